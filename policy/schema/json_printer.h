// Writes a fragment in the JSON form of schemas, as the reference does from the same text; what was read from it is
// read again as the same fragment.
//
// Owns nothing. Threads: any. Errors: none.
// Format: Cedar's published JSON schema format.
#pragma once

#include "core/json/json.h"
#include "policy/schema/fragment.h"

namespace steelyard::policy::schema {

json::Value to_json(const Fragment& fragment);

}  // namespace steelyard::policy::schema
