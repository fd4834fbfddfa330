// What an owner checks of a request and its grant before it looks at its own agreement (core/exchange/own_terms.h).
//
// The request is addressed to this owner, in this log, by the member that signed it, and fresh; the grant is the
// broker's promise about exactly this request.
// Threads: pure. Errors: wrong_origin, wrong_recipient, author_not_session, stale; grant_outside_agreement where grant
// and request contradict each other; verification_failed where the promised entry is not about the request.
#pragma once

#include <string>

#include "core/exchange/promise.h"
#include "schemas/messages.h"

namespace steelyard::adapters {

Status check_request_head(const schemas::Head& head, const MemberId& author, const MemberId& owner,
                          const std::string& origin, Instant now);

// The entry that the grant promises.
Result<exchange::EntryBody> check_grant(const schemas::Grant& grant, const Digest& request_digest,
                                        const schemas::Request& request);

}  // namespace steelyard::adapters
