// Names in a policy that its schema does not know: entity types, actions, ids of enumerated types; and scopes that no
// action applies to.
//
// These are looked for in all of a policy, also where the typechecker does not go because it is never evaluated.
// Owns nothing. Threads: any. Errors: findings. Bounded by the size of the policy, and by steps.
#pragma once

#include "policy/policy.h"
#include "policy/validation/findings.h"
#include "policy/validation/schema.h"
#include "policy/validation/steps.h"

namespace steelyard::policy::validation {

void check_names(const Policy& policy, const Schema& schema, Steps& steps, Findings& errors);

}  // namespace steelyard::policy::validation
