#include <algorithm>

#include "cli/agreement.h"
#include "cli/statement_text.h"
#include "core/base/edit_distance.h"

namespace steelyard::cli {

std::string near_names(const exchange::Registry& registry, const std::string& id) {
  std::vector<std::pair<std::size_t, std::string>> known;
  for (const AgreementId& one : registry.agreements()) known.emplace_back(edit_distance(id, one.text), one.text);
  if (known.empty()) return "there are none yet";
  std::sort(known.begin(), known.end());
  std::string text = "there are ";
  constexpr std::size_t kNamed = 5;
  for (std::size_t i = 0; i < known.size() && i < kNamed; ++i) text += (i == 0 ? "`" : ", `") + known[i].second + "`";
  if (known.size() > kNamed) text += " and " + std::to_string(known.size() - kNamed) + " more";
  return text;
}

Result<const exchange::AgreementRecord*> agreement_in(const exchange::Registry& registry, const std::string& id) {
  const exchange::AgreementRecord* record = registry.agreement(AgreementId(id));
  if (record == nullptr) return usage("there is no agreement `" + id + "`: " + near_names(registry, id));
  return record;
}

Status check_role(const std::string& role) {
  if (!role.empty()) TRY(role_named(role));
  return {};
}

Result<schemas::Role> own_role(const std::string& role, const schemas::Agreement& terms, const MemberId& member) {
  const std::string name = role.empty() ? role_in(terms, member) : role;
  if (name.empty()) return usage("`" + member.text + "` is no party to `" + terms.agreement.text + "`");
  return role_named(name);
}

}  // namespace steelyard::cli
