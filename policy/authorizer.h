// decide(): Cedar's authorization: allowed if some permit holds and no forbid does.
//
// A policy whose evaluation fails is skipped and reported; whoever wants an error to mean no (deny-on-error) looks at
// `errors`, whatever `decision` says.
// Owns nothing. Threads: any, as long as nobody changes policies or entities; takes no lock. Errors: in the decision.
#pragma once

#include <string>
#include <vector>

#include "policy/entities.h"
#include "policy/policy_set.h"
#include "policy/request.h"

namespace steelyard::policy {

struct PolicyError {
  std::string policy;  // its id
  std::string what;    // "line:column: ...", of the policy's text
};

struct Decision {
  bool allow = false;
  // The ids of the policies that decided: the forbids that held, else the permits that held, else none.
  std::vector<std::string> reasons;
  std::vector<PolicyError> errors;
};

Decision decide(const Request& request, const Entities& entities, const PolicySet& policies);

}  // namespace steelyard::policy
