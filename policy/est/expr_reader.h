// expr_from_json(): a tree from Cedar's JSON form of an expression.
//
// Owns nothing. Threads: any. Errors: kFix, naming the way to what is wrong: "`&&`: left: `has`: missing key `attr`";
// nesting above limits::kExpressionDepthMax; slots, which have no place in conditions.
// Format: https://docs.cedarpolicy.com/policies/json-format.html: an object with one key, the operator or function.
#pragma once

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/expr.h"

namespace steelyard::policy::est {

Result<Expr> expr_from_json(const json::Value& value);

}  // namespace steelyard::policy::est
