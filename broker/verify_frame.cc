#include "broker/verify_frame.h"

#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {
namespace {

namespace code = schemas::code;
using schemas::MessageKind;

template <class Message>
void decode_as(Arrived& arrived) {
  auto decoded = schemas::decode<Message>(*arrived.envelope);
  if (decoded)
    arrived.decoded = std::move(*decoded);
  else
    arrived.malformed = code::malformed;
}

void decode(Arrived& arrived) {
  switch (arrived.kind) {
    case MessageKind::kRequest: return decode_as<schemas::Request>(arrived);
    case MessageKind::kAnswer: return decode_as<schemas::Answer>(arrived);
    case MessageKind::kReceived: return decode_as<schemas::Received>(arrived);
    case MessageKind::kEvent: return decode_as<schemas::Event>(arrived);
    case MessageKind::kStatement: return decode_as<schemas::Statement>(arrived);
    case MessageKind::kRejection: return decode_as<schemas::Rejection>(arrived);
    default: arrived.malformed = code::unknown_kind;
  }
}

}  // namespace

Result<ArrivedFrame> verify_frame(const exchange::Registry& registry, SessionNumber session,
                                  const MemberId& session_member, ByteView octets) {
  TRY_ASSIGN(exchange::Frame frame, exchange::parse_frame(octets));
  if (frame.sort != exchange::FrameSort::kMember)
    return fail(schemas::error_of(code::malformed, "a frame that is no member's bundle"));

  ArrivedFrame arrived;
  arrived.session = session;
  const exchange::RegisteredKey* key = registry.key(session_member, frame.key, schemas::KeyUse::kMessage);
  if (key == nullptr || key->verifying == nullptr) {
    arrived.why = code::unknown_key;
    return arrived;
  }
  auto bundle = exchange::open_bundle(registry.suite(), registry.origin(), session_member, *key->verifying, frame);
  if (!bundle) {
    arrived.why = bundle.error().code != 0 ? bundle.error().code : code::bad_signature;
    return arrived;
  }
  arrived.messages.reserve(frame.messages.size());
  for (std::size_t i = 0; i < frame.messages.size(); ++i) {
    const exchange::FrameMessage& message = frame.messages[i];
    Arrived& one = arrived.messages.emplace_back();
    one.kind = message.kind;
    one.envelope = std::make_shared<const Bytes>(to_bytes(message.envelope));
    one.payload = std::make_shared<const Bytes>(to_bytes(message.payload));
    one.digest = bundle->digests[i];
    decode(one);
  }
  arrived.bundle = std::make_shared<const exchange::VerifiedBundle>(std::move(*bundle));
  return arrived;
}

}  // namespace steelyard::broker
