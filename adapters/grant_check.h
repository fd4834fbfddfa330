// What an owner checks of a request and its grant before it looks at its own agreement.
//
// The request is addressed to this owner, in this log, and fresh; the grant is the broker's promise about exactly this
// request, and the entry that it promises says what the grant says: parties, dataset, purpose, fields, limits.
// Threads: pure. Errors: wrong_origin, wrong_recipient, author_not_session, stale; grant_outside_agreement where grant,
// entry and request contradict each other; action_not_built for terms that this version cannot keep to.
#pragma once

#include "core/exchange/promise.h"
#include "core/exchange/registry.h"
#include "schemas/messages.h"

namespace steelyard::adapters {

Status check_request_head(const schemas::Head& head, const MemberId& author, const MemberId& owner,
                          const std::string& origin, Instant now);

// The entry that the grant promises.
Result<exchange::EntryBody> check_grant(const schemas::Grant& grant, const Digest& request_digest,
                                        const schemas::Request& request, const exchange::Registry& registry,
                                        const MemberId& owner);

}  // namespace steelyard::adapters
