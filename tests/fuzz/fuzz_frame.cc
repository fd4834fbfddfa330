// Frames: what parses is written back to the same octets; what a member signed the broker reads as it stood, forwards,
// and proves; with one octet changed nothing of it is believed.
#include "core/exchange/frame.h"

#include "broker/verify_frame.h"
#include "core/exchange/bundle.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using exchange::FrameSort;
using exchange::OutMessage;
using exchange::testing::World;
using fuzz::Input;

namespace {

const MemberId kTax("tax");

const World& world() {
  static const World made = World::city();
  return made;
}

bool within(ByteView part, ByteView whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// docs/formats/frame.md, written down once more.
Bytes written(const exchange::Frame& frame) {
  if (frame.sort == FrameSort::kControl)
    return exchange::control_frame(frame.messages.at(0).kind, frame.messages.at(0).envelope);
  Bytes to{exchange::kFrameVersion, static_cast<std::uint8_t>(frame.sort)};
  put_le(to, static_cast<std::uint16_t>(frame.messages.size()));
  put_le(to, std::uint16_t{0});
  append(to, frame.key.view());
  append(to, frame.signature);
  for (const auto& message : frame.messages) {
    put_le(to, static_cast<std::uint8_t>(message.kind));
    put_le(to, std::uint8_t{message.proof ? std::uint8_t{1} : std::uint8_t{0}});
    put_le(to, std::uint16_t{0});
    put_le(to, static_cast<std::uint32_t>(message.envelope.size()));
    put_le(to, static_cast<std::uint32_t>(message.payload.size()));
    if (message.proof) {
      put_le(to, static_cast<std::uint8_t>(message.proof->author.text.size()));
      append(to, as_bytes(message.proof->author.text));
      append(to, message.proof->key.view());
      put_le(to, message.proof->index);
      put_le(to, message.proof->size);
      append(to, message.proof->signature);
      for (const Digest& digest : message.proof->path) append(to, digest.view());
    }
    append(to, message.envelope);
    append(to, message.payload);
  }
  return to;
}

void check_arrived(const exchange::Frame& frame, const broker::ArrivedFrame& arrived) {
  CHECK(arrived.messages.size() == frame.messages.size());
  for (std::size_t i = 0; i < arrived.messages.size(); ++i) {
    const auto& [kind, envelope, payload, digest, decoded, malformed] = arrived.messages[i];
    CHECK(kind == frame.messages[i].kind);
    CHECK(equal(*envelope, frame.messages[i].envelope) && equal(*payload, frame.messages[i].payload));
    CHECK(digest == exchange::message_digest(world().suite(), kind, *envelope, *payload));
    CHECK((malformed == 0) != std::holds_alternative<std::monostate>(decoded));
  }
}

Result<broker::ArrivedFrame> arrive(ByteView octets) {
  return broker::verify_frame(world().registry(), broker::SessionNumber(1), kTax, octets);
}

// Any octets.
void any_frame(Input input) {
  const auto frame = exchange::parse_frame(input.rest());
  const auto arrived = arrive(input.rest());
  CHECK(arrived.has_value() == (frame && frame->sort == FrameSort::kMember));
  if (!frame) return;
  CHECK(equal(written(*frame), input.rest()));
  for (const auto& message : frame->messages)
    CHECK(within(message.envelope, input.rest()) && within(message.payload, input.rest()));
  if (!arrived) return;
  CHECK((arrived->bundle == nullptr) == (arrived->why != 0));
  if (arrived->bundle) check_arrived(*frame, *arrived);
}

// The messages of any member's frame, signed; then one octet of the frame changed.
void signed_frame(Input input) {
  const auto change = input.number<std::uint8_t>();
  const auto place = input.number<std::uint32_t>();
  const auto frame = exchange::parse_frame(input.rest());
  if (!frame || frame->sort != FrameSort::kMember) return;
  std::vector<OutMessage> messages;
  for (const auto& message : frame->messages)
    messages.push_back({message.kind, std::make_shared<const Bytes>(to_bytes(message.envelope)),
                        std::make_shared<const Bytes>(to_bytes(message.payload)), std::nullopt});
  Bytes octets =
      exchange::sign_member_frame(world().suite(), World::kOrigin, kTax, world().keys(kTax).message, messages);
  const auto arrived = arrive(octets);
  CHECK(arrived.has_value() && arrived->bundle != nullptr);
  check_arrived(*frame, *arrived);

  // As the broker forwards it.
  std::vector<OutMessage> forwarded;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (messages[i].kind == schemas::MessageKind::kRejection) continue;  // between two parties, never forwarded
    forwarded.push_back(messages[i]);
    forwarded.back().proof = arrived->bundle->proof_of(i);
  }
  if (!forwarded.empty()) {
    const Bytes onward =
        exchange::sign_broker_frame(world().suite(), World::kOrigin, world().broker().bundle, forwarded);
    const auto received = exchange::parse_frame(onward);
    CHECK(received.has_value() && received->messages.size() == forwarded.size());
    exchange::BundleVerifier verifier(world().suite(), World::kOrigin);
    const auto* key = world().registry().key(kTax, arrived->bundle->key, schemas::KeyUse::kMessage);
    CHECK(key != nullptr && key->verifying != nullptr);
    for (const auto& message : received->messages) {
      const Digest digest = exchange::message_digest(world().suite(), message.kind, message.envelope, message.payload);
      CHECK(verifier.verify(digest, *message.proof, *key->verifying).has_value());
    }
    CHECK(verifier.signatures_checked() == 1);
  }

  if (change == 0) return;
  octets[place % octets.size()] = static_cast<std::uint8_t>(octets[place % octets.size()] ^ change);
  const auto changed = arrive(octets);
  CHECK(!changed || changed->bundle == nullptr);
}

constexpr void (*kReaders[])(Input) = {any_frame, signed_frame};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
