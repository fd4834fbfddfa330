// fold(): what was written, made ready to be run many times.
//
// Constant parts become literals: constant sets one sorted set, so that `[...].contains(x)` is a look-up;
// `datetime("...")` and its like are read once. What would fail stays as it is and fails when it is run, as the
// language wants. What stands for several operations (`e has a.b`, `e is T in x`) becomes these. Owns nothing. Threads:
// any. Errors: none.
#pragma once

#include <vector>

#include "policy/policy.h"

namespace steelyard::policy {

Expr fold(const Expr& expr);
// The conditions of a policy under one kAnd, in order, each `unless` negated; of no nodes if there are none.
Expr fold(const std::vector<Condition>& conditions);

}  // namespace steelyard::policy
