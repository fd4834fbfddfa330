// Ids of the policies that decide: which say where each comes from. No id of one kind is ever one of the other.
//
// Threads: pure. Errors: none. Format: docs/formats/policy.md, Whose policies, and their ids.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/ids.h"

namespace steelyard::exchange {

std::string set_policies_prefix(std::string_view subject);      // "policy:SUBJECT#": its policies are numbered from 0
std::string agreement_policy_id(const AgreementId& agreement);  // "agreement:ID"

struct PolicyOrigin {
  std::string subject;                 // of the set, or the agreement
  std::optional<std::uint16_t> place;  // in the text of the set; nothing: an agreement's
};
PolicyOrigin origin_of(std::string_view policy_id);  // which must be such an id
std::string policy_id(const PolicyOrigin& origin);

}  // namespace steelyard::exchange
