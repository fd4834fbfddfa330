// UsableFields: what a member may ask of a dataset now: by its active agreements, or because the dataset is
// unconditional. What policies and masks say is weighed when it is asked.
//
// Threads: pure. Errors: none.
#pragma once

#include <set>
#include <vector>

#include "core/exchange/registry.h"

namespace steelyard::adapters {

struct UsableFields {
  bool unconditional = false;
  std::set<FieldName> fields;
  std::vector<const schemas::Agreement*> agreements;  // those that say so
  std::set<PurposeId> purposes;                       // of the agreements

  static UsableFields of(const exchange::Registry& registry, const MemberId& member,
                         const exchange::Registered<schemas::Catalogue>& dataset, Instant now,
                         schemas::Action action = schemas::Action::kQuery);
};

}  // namespace steelyard::adapters
