// parents_first(): entities so that none comes before one that it is in: each is then put once, and what is in it is
// not looked at again.
//
// Owns nothing. Threads: any. Errors: kFix: an entity that would be its own ancestor, named with a parent on the way.
#pragma once

#include <vector>

#include "core/base/result.h"
#include "policy/entities.h"

namespace steelyard::policy {

Result<std::vector<Entity>> parents_first(std::vector<Entity> entities);  // no uid twice

}  // namespace steelyard::policy
