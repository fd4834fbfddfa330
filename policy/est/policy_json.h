// Policies, templates and sets of them in Cedar's JSON form (EST), in and out.
//
// What is read is a tree as the parser makes it, apart from places: JSON has none. What was read is written as the same
// document again, but for the order of keys and for numbers of arguments in escapes.
// Owns nothing. Threads: any. Errors: kFix, naming the policy and the way to what is wrong in it; an id that stands
// twice; links that do not fit.
// Format: https://docs.cedarpolicy.com/policies/json-format.html
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/policy_document.h"

namespace steelyard::policy::est {

// Reads JSON as these need it: deeper than other documents go.
Result<json::Value> read_json(std::string_view text);

Result<Policy> policy_from_json(std::string id, const json::Value& value);  // or a template
Result<json::Value> to_json(const Policy& policy);

// {"staticPolicies", "templates", "templateLinks"}, each of which may be missing; or one policy or template, which then
// has the id `policy0`.
Result<PolicyDocument> document_from_json(const json::Value& value);
Result<json::Value> to_json(const PolicyDocument& document);

}  // namespace steelyard::policy::est
