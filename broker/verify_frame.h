// verify_frame: a member's frame as it came, to the messages that the pipeline judges.
//
// Everything that costs cryptography happens here, so that it can move to workers; what needs the broker's state
// happens in the pipeline. Nothing is trusted but the session: the bundle must be signed by a message key of the
// member that the transport authenticated.
// Threads: pure; the registry must not change meanwhile. Errors: malformed: the frame is to be dropped and counted.
// A frame whose key or signature is wrong is no error: it comes back without a bundle, to be rejected.
#pragma once

#include "broker/pipeline.h"

namespace steelyard::broker {

Result<ArrivedFrame> verify_frame(const exchange::Registry& registry, SessionNumber session,
                                  const MemberId& session_member, ByteView octets);

}  // namespace steelyard::broker
