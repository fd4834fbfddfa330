#include "adapters/applications/usable_fields.h"

#include <algorithm>

namespace steelyard::adapters {

UsableFields UsableFields::of(const exchange::Registry& registry, const MemberId& member,
                              const exchange::Registered<schemas::Catalogue>& dataset, Instant now,
                              schemas::Action action) {
  const schemas::Catalogue& body = dataset.statement;
  std::set<FieldName> known;
  for (const schemas::CatalogueField& field : body.fields) known.insert(field.name);
  UsableFields usable;
  usable.unconditional = body.sharing_class == schemas::SharingClass::kUnconditional;
  if (usable.unconditional) usable.fields = known;
  for (const exchange::AgreementRecord* record : registry.agreements_of(member, body.dataset)) {
    if (record->phase != exchange::AgreementPhase::kActive || !record->in_force) continue;
    const schemas::Agreement& terms = record->in_force->statement;
    const bool covers = std::find(terms.actions.begin(), terms.actions.end(), action) != terms.actions.end();
    if (!covers || !exchange::valid_during(terms, now)) continue;
    usable.agreements.push_back(&terms);
    usable.purposes.insert(terms.purposes.begin(), terms.purposes.end());
    for (const FieldName& field : terms.fields)
      if (known.contains(field)) usable.fields.insert(field);
  }
  return usable;
}

}  // namespace steelyard::adapters
