#include "core/exchange/frame.h"

#include <array>
#include <cstring>
#include <span>
#include <string>

#include "core/base/check.h"
#include "core/crypto/merkle.h"
#include "core/exchange/frame_layout.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::MessageKind;

std::size_t size_of(const std::shared_ptr<const Bytes>& bytes) { return bytes ? bytes->size() : 0; }

tl::unexpected<Error> malformed(const std::string& what) {
  return fail(schemas::error_of(schemas::code::malformed, "frame: " + what));
}

// Reads forward; take() fails where octets run out, and everything else reads what take() gave.
class Reader {
 public:
  explicit Reader(ByteView octets) : rest_(octets) {}

  bool take(std::size_t count, ByteView& taken) {
    if (rest_.size() < count) return false;
    taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return true;
  }
  bool done() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

 private:
  ByteView rest_;
};

Result<Proof> read_proof(Reader& from) {
  ByteView octets;
  if (!from.take(1, octets)) return malformed("ends in a proof");
  const std::size_t author_bytes = octets[0];
  if (!from.take(author_bytes + layout::kProofFixedBytes - 1, octets)) return malformed("ends in a proof");
  Proof proof;
  proof.author = MemberId(std::string(as_text(octets.first(author_bytes))));
  if (!check_name(proof.author.text)) return malformed("the author of a proof is not a name");
  const std::uint8_t* at = octets.data() + author_bytes;
  std::memcpy(proof.key.octets.data(), at, KeyId::kSize);
  at += KeyId::kSize;
  proof.index = get_le<std::uint16_t>(at);
  proof.size = get_le<std::uint16_t>(at + 2);
  std::memcpy(proof.signature.data(), at + 4, proof.signature.size());
  if (proof.size > limits::kFrameMessagesMax || proof.index >= proof.size)
    return malformed("a proof for message " + std::to_string(proof.index) + " of " + std::to_string(proof.size));
  proof.path.resize(crypto::inclusion_path_length(proof.index, proof.size));
  if (!from.take(proof.path.size() * Digest::kSize, octets)) return malformed("ends in the path of a proof");
  for (std::size_t i = 0; i < proof.path.size(); ++i)
    std::memcpy(proof.path[i].octets.data(), octets.data() + i * Digest::kSize, Digest::kSize);
  return proof;
}

Status check_kind(FrameSort sort, std::uint8_t number, bool proven) {
  const auto kind = static_cast<MessageKind>(number);
  if (schemas::name_of(kind).empty())
    return fail(schemas::error_of(schemas::code::unknown_kind, "frame: kind " + std::to_string(number)));
  const bool allowed = sort == FrameSort::kMember ? !proven && layout::may_stand_in_member_frame(kind)
                       : proven                   ? layout::is_members(kind)
                                                  : layout::may_stand_in_broker_frame(kind);
  if (allowed) return {};
  return malformed(std::string(schemas::name_of(kind)) + (proven ? " with" : " without") + " a proof in a frame of " +
                   (sort == FrameSort::kMember ? "a member" : "the broker"));
}

Status read_message(FrameSort sort, Reader& from, FrameMessage& message) {
  ByteView head;
  if (!from.take(layout::kMessageHeadBytes, head)) return malformed("ends in the head of a message");
  const bool proven = (head[1] & layout::kProofFlag) != 0;
  if ((head[1] & ~layout::kProofFlag) != 0 || get_le<std::uint16_t>(head.data() + 2) != 0)
    return malformed("a flag of a message is unknown");
  TRY(check_kind(sort, head[0], proven));
  const std::size_t envelope_bytes = get_le<std::uint32_t>(head.data() + 4);
  const std::size_t payload_bytes = get_le<std::uint32_t>(head.data() + 8);
  if (envelope_bytes == 0 || envelope_bytes > limits::kEnvelopeBytesMax ||
      envelope_bytes + payload_bytes > limits::kMessageBytesMax)
    return malformed("a message of " + std::to_string(envelope_bytes) + " and " + std::to_string(payload_bytes) +
                     " octets");
  message.kind = static_cast<MessageKind>(head[0]);
  if (proven) {
    TRY_ASSIGN(message.proof, read_proof(from));
  }
  if (!from.take(envelope_bytes, message.envelope) || !from.take(payload_bytes, message.payload))
    return malformed("ends in a message");
  return {};
}

Result<Frame> read_bundle(FrameSort sort, Reader& from) {
  ByteView head;
  if (!from.take(layout::kBundleHeadBytes - 2, head)) return malformed("ends in its head");
  const std::size_t count = get_le<std::uint16_t>(head.data());
  if (count == 0 || count > limits::kFrameMessagesMax) return malformed(std::to_string(count) + " messages");
  if (get_le<std::uint16_t>(head.data() + 2) != 0) return malformed("octets 4 and 5 are not zero");
  if (from.left() < count * (layout::kMessageHeadBytes + 1)) return malformed("too short for its messages");
  Frame frame;
  frame.sort = sort;
  std::memcpy(frame.key.octets.data(), head.data() + 4, KeyId::kSize);
  std::memcpy(frame.signature.data(), head.data() + 4 + KeyId::kSize, frame.signature.size());
  frame.messages.reserve(count);
  bool any_own = false;
  for (std::size_t i = 0; i < count; ++i) {
    FrameMessage& message = frame.messages.emplace_back();
    TRY(read_message(sort, from, message));
    any_own = any_own || !message.proof;
  }
  if (!any_own && !(frame.key.is_zero() && frame.signature == crypto::Signature{}))
    return malformed("a signature over no messages");
  return frame;
}

Result<Frame> read_control(Reader& from) {
  ByteView head;
  if (!from.take(layout::kControlHeadBytes - 2, head)) return malformed("ends in its head");
  const auto kind = static_cast<MessageKind>(head[0]);
  if (schemas::name_of(kind).empty())
    return fail(schemas::error_of(schemas::code::unknown_kind, "frame: kind " + std::to_string(head[0])));
  if (kind < MessageKind::kHello) return malformed(std::string(schemas::name_of(kind)) + " in a control frame");
  if (head[1] != 0 || head[2] != 0 || head[3] != 0) return malformed("octets 3 to 5 are not zero");
  const std::size_t envelope_bytes = get_le<std::uint32_t>(head.data() + 4);
  if (envelope_bytes == 0 || envelope_bytes > limits::kEnvelopeBytesMax)
    return malformed("a control message of " + std::to_string(envelope_bytes) + " octets");
  Frame frame;
  frame.sort = FrameSort::kControl;
  FrameMessage& message = frame.messages.emplace_back();
  message.kind = kind;
  if (!from.take(envelope_bytes, message.envelope)) return malformed("ends in its message");
  return frame;
}

void write_proof(Bytes& to, const Proof& proof) {
  CHECK(!proof.author.empty() && proof.author.text.size() <= 64 && proof.index < proof.size);
  CHECK(proof.path.size() == crypto::inclusion_path_length(proof.index, proof.size));
  put_le(to, static_cast<std::uint8_t>(proof.author.text.size()));
  append(to, as_bytes(proof.author.text));
  append(to, proof.key.view());
  put_le(to, proof.index);
  put_le(to, proof.size);
  append(to, proof.signature);
  for (const Digest& digest : proof.path) append(to, digest.view());
}

}  // namespace

namespace layout {

bool is_members(MessageKind kind) { return kind >= MessageKind::kRequest && kind <= MessageKind::kEvent; }

bool may_stand_in_member_frame(MessageKind kind) { return is_members(kind) || kind == MessageKind::kRejection; }

bool may_stand_in_broker_frame(MessageKind kind) {
  return (kind >= MessageKind::kGrant && kind <= MessageKind::kRecorded) || kind == MessageKind::kRejection;
}

Bytes write_bundle_frame(FrameSort sort, const KeyId& key, const crypto::Signature& signature,
                         std::span<const OutMessage> messages) {
  CHECK(!messages.empty() && messages.size() <= limits::kFrameMessagesMax);
  std::size_t size = kBundleHeadBytes;
  for (const OutMessage& message : messages) size += message.framed_bytes();
  CHECK(size <= limits::kFrameBytesMax);
  Bytes frame;
  frame.reserve(size);  // and not a zero is written first
  put_le(frame, kFrameVersion);
  put_le(frame, static_cast<std::uint8_t>(sort));
  put_le(frame, static_cast<std::uint16_t>(messages.size()));
  put_le(frame, std::uint16_t{0});
  append(frame, key.view());
  append(frame, signature);
  for (const OutMessage& message : messages) {
    CHECK(size_of(message.envelope) > 0 && size_of(message.envelope) <= limits::kEnvelopeBytesMax);
    CHECK(size_of(message.envelope) + size_of(message.payload) <= limits::kMessageBytesMax);
    put_le(frame, static_cast<std::uint8_t>(message.kind));
    put_le(frame, message.proof ? kProofFlag : std::uint8_t{0});
    put_le(frame, std::uint16_t{0});
    put_le(frame, static_cast<std::uint32_t>(size_of(message.envelope)));
    put_le(frame, static_cast<std::uint32_t>(size_of(message.payload)));
    if (message.proof) write_proof(frame, *message.proof);
    append(frame, *message.envelope);
    if (message.payload) append(frame, *message.payload);
  }
  CHECK(frame.size() == size);
  return frame;
}

}  // namespace layout

Result<Frame> parse_frame(ByteView octets) {
  if (octets.size() > limits::kFrameBytesMax) return malformed(std::to_string(octets.size()) + " octets");
  Reader from(octets);
  ByteView head;
  if (!from.take(2, head)) return malformed("ends in its head");
  if (head[0] != kFrameVersion) return malformed("version " + std::to_string(head[0]) + " is unknown");
  const auto sort = static_cast<FrameSort>(head[1]);
  if (sort != FrameSort::kMember && sort != FrameSort::kBroker && sort != FrameSort::kControl)
    return malformed("sort " + std::to_string(head[1]) + " is unknown");
  TRY_ASSIGN(Frame frame, sort == FrameSort::kControl ? read_control(from) : read_bundle(sort, from));
  if (!from.done()) return malformed(std::to_string(from.left()) + " octets after the last message");
  return frame;
}

std::size_t OutMessage::framed_bytes() const {
  std::size_t size = layout::kMessageHeadBytes + size_of(envelope) + size_of(payload);
  if (proof) size += layout::kProofFixedBytes + proof->author.text.size() + proof->path.size() * Digest::kSize;
  return size;
}

std::size_t count_for_frame(const std::vector<OutMessage>& waiting, std::size_t from) {
  CHECK(from < waiting.size());
  std::size_t size = layout::kBundleHeadBytes + waiting[from].framed_bytes();
  std::size_t count = 1;
  while (from + count < waiting.size() && count < limits::kFrameMessagesMax) {
    size += waiting[from + count].framed_bytes();
    if (size > limits::kFrameBytesTarget) break;
    ++count;
  }
  return count;
}

Bytes control_frame(MessageKind kind, ByteView envelope) {
  CHECK(kind >= MessageKind::kHello && !envelope.empty() && envelope.size() <= limits::kEnvelopeBytesMax);
  Bytes frame;
  frame.reserve(layout::kControlHeadBytes + envelope.size());
  put_le(frame, kFrameVersion);
  put_le(frame, static_cast<std::uint8_t>(FrameSort::kControl));
  put_le(frame, static_cast<std::uint32_t>(kind));  // the kind, then three zero octets
  put_le(frame, static_cast<std::uint32_t>(envelope.size()));
  append(frame, envelope);
  return frame;
}

}  // namespace steelyard::exchange
