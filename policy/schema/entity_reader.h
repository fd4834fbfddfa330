// Entities and contexts from JSON by a schema: read as it says what they are, held to it, and with the actions that it
// declares. As Cedar's `Entities::from_json_str` and `Context::from_json_str` do with a schema.
//
// Owns nothing. Threads: any. Errors: kFix, naming entity and attribute: what cannot be read as the schema says, what
// is not as it says; values, which may be secret, are not told. Format: policy/entity_json.h and
// policy/schema/value_reader.h.
#pragma once

#include <string_view>

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/entities.h"
#include "policy/validation/schema.h"

namespace steelyard::policy::schema {

Result<Entities> entities_from_json(std::string_view text, const validation::Schema& schema);

// The context of a request for `action`, which the schema declares.
Result<Value> context_from_json(const json::Value& value, const EntityUid& action, const validation::Schema& schema);

}  // namespace steelyard::policy::schema
