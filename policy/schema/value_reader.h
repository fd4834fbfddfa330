// Values from JSON by the type that a schema says they have: an object may then be an entity without being wrapped in
// `__entity`, a text an address or an instant. What a type says about the value itself is not checked here:
// policy/validation/request_entity_validator.h does so.
//
// Owns nothing. Threads: any. Errors: kFix, naming the attribute; values, which may be secret, are not told.
// Format: as policy/entity_json.h has it, and where the type is
//   an entity type        {"type", "id"}
//   an extension type     "text", which its constructor reads, or {"fn", "arg" | "args"}, whose arguments are read
//   likewise a set                 an array of such a record              an object of such: its attributes and no
//   others; `__entity` and the like mean nothing there
#pragma once

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/validation/types.h"
#include "policy/value.h"

namespace steelyard::policy::schema {

Result<Value> typed_value_from_json(const json::Value& value, const validation::CedarType& type);

}  // namespace steelyard::policy::schema
