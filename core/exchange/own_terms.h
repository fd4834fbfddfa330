// The owner's own judgement of a grant: what it signed itself holds, whatever the broker says.
//
// A grant must lie within the agreement that the owner approved (or, for an unconditional dataset, its own catalogue
// statement), as the owner's replica has them; the strictest of both holds. Deciding here needs no policies.
// Threads: pure. Errors: grant_outside_agreement, withdrawn_locally, naming what exceeds.
#pragma once

#include <set>

#include "core/exchange/gate.h"

namespace steelyard::exchange {

struct OwnTerms {
  std::vector<FieldName> fields;   // in the grant's order
  std::uint32_t rows_max = 0;
};

// `suspended_here`: agreements that the owner's office has stopped in this adapter, broker or no broker.
Result<OwnTerms> own_terms(const Registry& replica, const MemberId& owner, const schemas::Request& request,
                           const schemas::Grant& grant, const EntryBody& entry,
                           const std::set<AgreementId>& suspended_here, Instant now);

}  // namespace steelyard::exchange
