// The parser: Cedar text into policies and expressions, as they are written: nothing is folded or joined.
//
// What parses is within the limits of core/base/limits.h: octets of text, depth of nesting. A template, whose scope has
// `?principal` or `?resource`, is an error for whoever does not ask for templates.
// Owns nothing; results keep no reference to the text. Threads: any. Errors: kFix, "line:column: what is wrong", the
// first error found. Format: Cedar's published grammar.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "policy/policy.h"

namespace steelyard::policy {

enum class Templates : std::uint8_t { kRefused, kTaken };

Result<Policy> parse_policy(std::string id, std::string_view text,
                            Templates templates = Templates::kRefused);  // exactly one
// Any number; their ids are `id_prefix` and the position in the text, from 0.
Result<std::vector<Policy>> parse_policies(std::string_view text, std::string_view id_prefix = "policy",
                                           Templates templates = Templates::kRefused,
                                           std::size_t bytes_max = limits::kPolicyBytesMax);
Result<Expr> parse_expression(std::string_view text);
Result<EntityUid> parse_entity_uid(std::string_view text);  // `Type::"id"` and nothing else

}  // namespace steelyard::policy
