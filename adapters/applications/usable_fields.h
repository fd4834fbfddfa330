// UsableFields: what a member may ask of a dataset now: by its active agreements, or because the dataset is
// unconditional. What policies say is weighed when it is asked.
//
// Threads: pure. Errors: none.
#pragma once

#include <set>
#include <vector>

#include "core/exchange/registry.h"

namespace steelyard::adapters {

struct UsableFields {
  bool unconditional = false;
  std::set<FieldName> fields;  // that rows may hold, be it masked
  std::set<FieldName> shown;   // of them those that show as they are: no others are tested, or claimed about
  std::vector<const schemas::Agreement*> agreements;  // those that say so
  std::set<PurposeId> purposes;                       // of the agreements

  static UsableFields of(const exchange::Registry& registry, const MemberId& member,
                         const exchange::Registered<schemas::Catalogue>& dataset, Instant now,
                         schemas::Action action = schemas::Action::kQuery);

 private:
  void add(const schemas::Catalogue& catalogue, const schemas::Agreement* agreement);
};

}  // namespace steelyard::adapters
