// Texts in a policy that do not read as they are compared: characters that turn the direction, scripts that are mixed
// so that `а` may pass for `a`, characters that names should not have. Warnings, as the reference has them.
//
// Owns nothing. Threads: any. Errors: findings. Bounded by the size of the policy. Unicode's own tables say which
// script a character is of and which are for names (UTS 39); they come with ICU.
#pragma once

#include <string_view>

#include "policy/policy.h"
#include "policy/validation/findings.h"

namespace steelyard::policy::validation {

void check_texts(const Policy& policy, Findings& warnings);

// Some script has all of its characters; those that every script uses aside.
bool is_of_one_script(std::string_view text);
// Printable ASCII, or what UTS 39 allows in identifiers.
bool is_fit_for_names(std::string_view text);

}  // namespace steelyard::policy::validation
