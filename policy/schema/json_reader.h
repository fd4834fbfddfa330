// Reads the JSON form of schemas.
//
// Owns nothing; the result keeps no reference to the text. Threads: any.
// Errors: kFix, the first one found: text that is no JSON (line and column), and what is no schema, with its path:
// "/Shop/entityTypes/User/shape/attributes/age: ...". Unknown keys, names that are no names or reserved, text above
// limits::kSchemaBytesMax, types deeper than limits::kTypeDepthMax, records open for further attributes, actions with
// attributes (which Cedar 4 gave up).
// Format: Cedar's published JSON schema format.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/schema/fragment.h"

namespace steelyard::policy::schema {

Result<Fragment> parse_json_schema(std::string_view text);
Result<Fragment> read_json_schema(const json::Value& document);

}  // namespace steelyard::policy::schema
