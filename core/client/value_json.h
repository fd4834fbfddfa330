// Typed values as JSON, for command line and applications alike.
//
// Threads: pure. Errors: none. Format: docs/formats/http.md, Values.
#pragma once

#include "core/json/json.h"
#include "schemas/payload.h"

namespace steelyard::client {

json::Value to_json(const schemas::Value& value, schemas::ValueType type);

}  // namespace steelyard::client
