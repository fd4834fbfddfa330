// expr_to_json(): the JSON form of a tree, as expr_from_json() reads it.
//
// What was read from JSON is written as it stood there; what was parsed from text is written as the reference does.
// Owns nothing. Threads: any. Errors: kFix: `&&` or `||` in chains so long that their JSON would nest too deep.
#pragma once

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/expr.h"

namespace steelyard::policy::est {

Result<json::Value> expr_to_json(const Expr& expr);

json::Value entity_to_json(const EntityUid& uid);  // {"type", "id"}

}  // namespace steelyard::policy::est
