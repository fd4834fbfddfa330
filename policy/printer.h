// Printing trees as Cedar text: policies, templates, expressions; what is read from it is the same tree again.
//
// Parentheses stand where the tree needs them and nowhere else; comments and layout are format.h's business.
// Owns nothing. Threads: any. Errors: kFix: the text would be longer than limits::kPolicyPrintedBytesMax, or the JSON
// that the tree is of says what no text can.
#pragma once

#include <string>

#include "core/base/result.h"
#include "policy/policy.h"

namespace steelyard::policy {

Result<std::string> to_source(const Policy& policy);  // one line; before it each annotation on one of its own
Result<std::string> to_source(const Expr& expr);

}  // namespace steelyard::policy
