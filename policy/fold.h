// fold(): an expression with its constant parts made into literals, ready to be run many times.
//
// Constant sets become one sorted set, so that `[...].contains(x)` is a look-up; `datetime("...")` and its like are
// read once. What would fail stays as it is and fails when it is run, as the language wants.
// Owns nothing. Threads: any. Errors: none.
#pragma once

#include "policy/expr.h"

namespace steelyard::policy {

Expr fold(const Expr& expr);

}  // namespace steelyard::policy
