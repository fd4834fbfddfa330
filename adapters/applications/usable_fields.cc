#include "adapters/applications/usable_fields.h"

#include <algorithm>

#include "core/exchange/terms.h"

namespace steelyard::adapters {

// Under `agreement`; null: under none.
void UsableFields::add(const schemas::Catalogue& catalogue, const schemas::Agreement* agreement) {
  const exchange::StandingTerms terms = exchange::standing_terms(catalogue, agreement);
  if (!terms.sound()) return;
  for (std::size_t place = 0; place < catalogue.fields.size(); ++place) {
    const FieldName& name = catalogue.fields[place].name;
    if (agreement != nullptr &&
        std::find(agreement->fields.begin(), agreement->fields.end(), name) == agreement->fields.end())
      continue;
    const auto* masked = terms.mask_at(place);
    if (masked == nullptr) shown.insert(name);
    if (masked == nullptr || !masked->mask.empty()) fields.insert(name);
  }
}

UsableFields UsableFields::of(const exchange::Registry& registry, const MemberId& member,
                              const exchange::Registered<schemas::Catalogue>& dataset, Instant now,
                              schemas::Action action) {
  const schemas::Catalogue& body = dataset.statement;
  UsableFields usable;
  usable.unconditional = body.sharing_class == schemas::SharingClass::kUnconditional;
  if (usable.unconditional) usable.add(body, nullptr);
  for (const exchange::AgreementRecord* record : registry.agreements_of(member, body.dataset)) {
    if (record->phase != exchange::AgreementPhase::kActive || !record->in_force) continue;
    const schemas::Agreement& terms = record->in_force->statement;
    const bool covers = std::find(terms.actions.begin(), terms.actions.end(), action) != terms.actions.end();
    if (!covers || !exchange::valid_during(terms, now)) continue;
    usable.agreements.push_back(&terms);
    usable.purposes.insert(terms.purposes.begin(), terms.purposes.end());
    usable.add(body, &terms);
  }
  return usable;
}

}  // namespace steelyard::adapters
