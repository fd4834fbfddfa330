#include "core/exchange/conditions.h"

#include <algorithm>

#include "core/base/limits.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {
namespace {

using schemas::SharingClass;
using schemas::VocabularyKind;

void check_dataset(const Registry& registry, const schemas::Agreement& terms, Instant now,
                   std::vector<Fallen>& fallen) {
  const auto* dataset = registry.dataset(terms.dataset);
  if (dataset == nullptr) {
    fallen.push_back({Ground::kDataset, terms.dataset.text, ""});
    return;
  }
  const schemas::Catalogue& catalogue = dataset->statement;
  if (catalogue.sharing_class == SharingClass::kNotShared) fallen.push_back({Ground::kSharing, terms.dataset.text, ""});
  for (const FieldName& field : terms.fields)
    if (std::none_of(catalogue.fields.begin(), catalogue.fields.end(),
                     [&](const auto& known) { return known.name == field; }))
      fallen.push_back({Ground::kField, field.text, terms.dataset.text});
  for (Fallen& one : fallen_of(registry, catalogue, now)) fallen.push_back(std::move(one));
}

}  // namespace

std::string describe(const Fallen& fallen) {
  switch (fallen.ground) {
    case Ground::kDataset: return "there is no dataset " + quoted(fallen.what);
    case Ground::kSharing: return "dataset " + quoted(fallen.what) + " is not shared: no agreement can be made over it";
    case Ground::kField: return "dataset " + quoted(fallen.other) + " has no field " + quoted(fallen.what);
    case Ground::kDatasetBasis:
    case Ground::kBasis: return "there is no legal basis " + quoted(fallen.what) + " in force";
    case Ground::kPurpose:
      return "legal basis " + quoted(fallen.other) + " does not carry purpose " + quoted(fallen.what);
    case Ground::kDatasetDuty:
    case Ground::kDuty: break;
  }
  if (fallen.other.empty()) return "there is no duty " + quoted(fallen.what);
  return "duty " + quoted(fallen.what) + " is not held by " + quoted(fallen.other);
}

bool basis_holds(const Registered<schemas::Vocabulary>* basis, Instant now) {
  return basis != nullptr && valid_during(basis->statement, now + limits::kSkew);
}

std::vector<Fallen> fallen_of(const Registry& registry, const schemas::Catalogue& dataset, Instant now) {
  std::vector<Fallen> fallen;
  const MemberId owner = owner_of(dataset.dataset);
  if (const auto* duty = registry.duty(dataset.duty); duty == nullptr || duty->statement.holder != owner)
    fallen.push_back({Ground::kDatasetDuty, dataset.duty.text, duty == nullptr ? "" : owner.text});
  if (!dataset.legal_basis.empty() &&
      !basis_holds(registry.term(VocabularyKind::kBasis, dataset.legal_basis.text), now))
    fallen.push_back({Ground::kDatasetBasis, dataset.legal_basis.text, ""});
  return fallen;
}

std::vector<Fallen> fallen_of(const Registry& registry, const schemas::Agreement& terms, Instant now) {
  std::vector<Fallen> fallen;
  check_dataset(registry, terms, now, fallen);
  if (!basis_holds(registry.term(VocabularyKind::kBasis, terms.legal_basis.text), now))
    fallen.push_back({Ground::kBasis, terms.legal_basis.text, ""});
  for (const PurposeId& purpose : terms.purposes) {
    const auto* term = registry.term(VocabularyKind::kPurpose, purpose.text);
    if (term == nullptr) continue;  // asked for with each question
    const auto& bases = term->statement.bases;
    if (!bases.empty() && std::find(bases.begin(), bases.end(), terms.legal_basis) == bases.end())
      fallen.push_back({Ground::kPurpose, purpose.text, terms.legal_basis.text});
  }
  if (const auto* duty = registry.duty(terms.user_duty); duty == nullptr || duty->statement.holder != terms.user)
    fallen.push_back({Ground::kDuty, terms.user_duty.text, duty == nullptr ? "" : terms.user.text});
  return fallen;
}

}  // namespace steelyard::exchange
