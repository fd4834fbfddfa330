// Opening what a request carries sealed, and holding it to what its envelope says in clear.
//
// A payload that was taken from another request does not open (the envelope is its additional data); one whose
// parameters test other fields than the envelope's conditions, which the gate decided on, or whose behalf is not the
// one committed to, is refused.
// Threads: the opener's. Errors: unknown_key, verification_failed, malformed; never a value of the payload.
#pragma once

#include "core/exchange/seal.h"
#include "schemas/messages.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

Result<schemas::RequestPayload> open_request(exchange::Opener& opener, const crypto::Suite& suite,
                                             const crypto::OpeningKey& key, const schemas::Request& request,
                                             ByteView envelope, ByteView sealed);

}  // namespace steelyard::adapters
