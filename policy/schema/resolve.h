// Resolves a fragment into the schema that validation asks: every name looked up, common types written out, what
// entity types and actions may be in through any number of others. Beside the Lean specification, whose schemas are
// resolved already: this is where Validation/Types.lean begins. Names go by Cedar's RFCs 24 and 70.
//
// Owns nothing; the result keeps no reference to the fragment. Threads: any.
// Errors: kFix, the first one found, with line and column or, of JSON, the path: names that are not declared, declared
// twice or hide others; common types and actions that lead back to themselves; shapes and contexts that are no records;
// types above limits::kTypeDepthMax or kTypeWeightMax, and what schema's limits in policy/limits.h exclude.
#pragma once

#include "core/base/result.h"
#include "policy/schema/fragment.h"
#include "policy/validation/schema.h"

namespace steelyard::policy::schema {

Result<validation::Schema> resolve(const Fragment& fragment);

// The same from text in either syntax, parsed and resolved.
Result<validation::Schema> schema_from_cedar(std::string_view text);
Result<validation::Schema> schema_from_json(std::string_view text);

}  // namespace steelyard::policy::schema
