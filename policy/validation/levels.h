// check_levels(): how many entities a policy looks at one behind the other (Cedar's RFC 76). Lean:
// Cedar/Validation/Levels.lean.
//
// `principal.manager.name` looks at two: the principal, which names its manager, and that one. A policy of level n does
// with the entities that are n steps away from the request: whoever fetches them knows how far to go. An entity that
// the policy names itself is none of them, and may be compared, not looked at; but for the action that is asked for.
// What the typechecker did not visit is never evaluated, and is not looked at here.
// Owns nothing. Threads: any. Errors: findings. Bounded by the size of the expression.
#pragma once

#include "policy/entity_uid.h"
#include "policy/expr.h"
#include "policy/validation/findings.h"
#include "policy/validation/typechecker.h"

namespace steelyard::policy::validation {

void check_levels(const Expr& expr, const Visited& visited, const EntityUid& action, std::size_t level,
                  Findings& findings);

}  // namespace steelyard::policy::validation
