// Scopes, and the entities that links put into slots, in Cedar's JSON form.
//
// Owns nothing. Threads: any. Errors: kFix, naming the part of the scope.
#pragma once

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/policy.h"
#include "policy/template.h"

namespace steelyard::policy::est {

Result<Scope> scope_from_json(const json::Value& policy);  // from its `principal`, `action` and `resource`
void add_scope(const Scope& scope, json::Value& policy);

Result<SlotValues> slot_values_from_json(const json::Value& value);  // {"?principal": {"type", "id"}}
json::Value slot_values_to_json(const SlotValues& values);

}  // namespace steelyard::policy::est
