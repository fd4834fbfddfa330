#include "core/exchange/policy_ids.h"

#include <charconv>

#include "core/base/check.h"

namespace steelyard::exchange {
namespace {

constexpr std::string_view kOfSet = "policy:";
constexpr std::string_view kOfAgreement = "agreement:";

}  // namespace

std::string set_policies_prefix(std::string_view subject) { return std::string(kOfSet).append(subject) + "#"; }

std::string agreement_policy_id(const AgreementId& agreement) { return std::string(kOfAgreement) + agreement.text; }

PolicyOrigin origin_of(std::string_view policy_id) {
  if (policy_id.starts_with(kOfAgreement)) return {std::string(policy_id.substr(kOfAgreement.size())), {}};
  const std::size_t mark = policy_id.rfind('#');
  CHECK(policy_id.starts_with(kOfSet) && mark != std::string_view::npos);
  std::uint16_t place = 0;  // a set of 60,000 octets has fewer
  const std::string_view digits = policy_id.substr(mark + 1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), place);
  CHECK(read.ec == std::errc() && read.ptr == digits.data() + digits.size());
  return {std::string(policy_id.substr(kOfSet.size(), mark - kOfSet.size())), place};
}

std::string policy_id(const PolicyOrigin& origin) {
  if (!origin.place) return agreement_policy_id(AgreementId(origin.subject));
  return set_policies_prefix(origin.subject) + std::to_string(*origin.place);
}

}  // namespace steelyard::exchange
