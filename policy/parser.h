// The parser: Cedar text into policies and expressions, as they are written: nothing is folded or joined.
//
// What parses is within the limits of core/base/limits.h: octets of text, depth of nesting. Templates (`?principal`)
// are an error for now.
// Owns nothing; results keep no reference to the text. Threads: any. Errors: kFix, "line:column: what is wrong", the
// first error found. Format: Cedar's published grammar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "policy/policy.h"

namespace steelyard::policy {

Result<Policy> parse_policy(std::string id, std::string_view text);  // exactly one
// Any number; their ids are `id_prefix` and the position in the text, from 0.
Result<std::vector<Policy>> parse_policies(std::string_view text, std::string_view id_prefix = "policy");
Result<Expr> parse_expression(std::string_view text);

}  // namespace steelyard::policy
