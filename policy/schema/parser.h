// Parses Cedar's schema syntax.
//
// A declaration of several names becomes one of each. Stricter than the reference in one thing: an attribute that
// stands twice in a record is an error; there the last one wins in silence.
// Owns nothing; the result keeps no reference to the text. Threads: any.
// Errors: kFix, "line:column: what is wrong and what to do", the first one found: text that is no schema, names that
// are reserved or declared twice, text above limits::kSchemaBytesMax, types deeper than limits::kTypeDepthMax,
// declarations of many names above limits::kSchemaRepeatedBytesMax.
// Format: Cedar's published schema grammar.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "policy/schema/fragment.h"

namespace steelyard::policy::schema {

Result<Fragment> parse_schema(std::string_view text);

}  // namespace steelyard::policy::schema
