// Compares what the validator says of a case with the results that are published beside it.
//
// Owns nothing. Threads: any. Errors: kFix: the results are not in their form.
// Format: {"policyValidation": {"perPolicy": {ID: {"strict", "permissive"}}}, "entityValidation": {"perEntity": {UID:
// {}, with something in it where the entity is wrong}}, "requestValidation": [{"strict", "permissive"}]}.
#pragma once

#include <string>
#include <vector>

#include "core/json/json.h"
#include "policy/conformance/conformance.h"
#include "policy/entities.h"
#include "policy/policy.h"
#include "policy/request.h"
#include "policy/validation/schema.h"
#include "policy/validation/validator.h"

namespace steelyard::policy::conformance {

struct Validated {
  const std::vector<Policy>& policies;
  const Entities& entities;
  const std::vector<Request>& requests;
  const validation::Schema& schema;
};

Status compare_validation(const json::Value& results, const Validated& all, Outcome& outcome);

std::string first_error(const validation::Report& report);  // empty if there is none

}  // namespace steelyard::policy::conformance
