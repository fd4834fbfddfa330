// Writes a fragment in Cedar's schema syntax: a declaration for each name, in the order they stand there.
//
// What was parsed is parsed again as the same fragment. What was read from JSON is parsed as one that resolves to the
// same schema, with one exception that the reference makes, too: of an action that applies to no principal or no
// resource the rest of what it applies to is not written, since no request can be about it.
// Owns nothing. Threads: any. Errors: kFix, with the path in JSON: what only JSON can say: the shape of an entity type
// by the name of a common type, an entity type that a common type of the same name hides.
// Format: Cedar's published schema grammar, two spaces a level, one attribute a line.
#pragma once

#include <string>

#include "core/base/result.h"
#include "policy/schema/fragment.h"

namespace steelyard::policy::schema {

Result<std::string> to_cedar(const Fragment& fragment);

}  // namespace steelyard::policy::schema
