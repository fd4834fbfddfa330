#include "core/exchange/frame.h"

#include <cstring>

#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/crypto/merkle.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::MessageKind;

constexpr std::size_t kControlHeaderBytes = 2 + 8;
constexpr std::size_t kBundleHeaderBytes = 2 + 2 + 2 + 8 + 64;
constexpr std::size_t kMessageHeaderBytes = 12;
constexpr std::size_t kProofFixedBytes = 1 + 8 + 2 + 2 + 64;
constexpr std::uint8_t kProofFlag = 1;

auto malformed(std::string_view what) { return fail(schemas::error_of(schemas::code::malformed, what)); }

bool is_control(std::uint8_t kind) { return kind >= 64; }
bool is_members(std::uint8_t kind) { return kind < 16; }

// Takes octets off the front; after a short read everything is empty and ok() is false.
class Cursor {
 public:
  explicit Cursor(ByteView rest) : rest_(rest) {}
  ByteView take(std::size_t count) {
    if (count > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const ByteView taken = rest_.first(count);
    rest_ = rest_.subspan(count);
    return taken;
  }
  template <class Integer>
  Integer number() {
    const ByteView octets = take(sizeof(Integer));
    return octets.empty() ? Integer{} : get_le<Integer>(octets.data());
  }
  template <class Fixed>
  void into(Fixed& octets) {
    const ByteView taken = take(octets.size());
    if (!taken.empty()) std::memcpy(octets.data(), taken.data(), octets.size());
  }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  ByteView rest_;
  bool ok_ = true;
};

Result<Proof> parse_proof(Cursor& from) {
  Proof proof;
  const ByteView author = from.take(from.number<std::uint8_t>());
  proof.author = MemberId(std::string(as_text(author)));
  from.into(proof.key.octets);
  proof.index = from.number<std::uint16_t>();
  proof.size = from.number<std::uint16_t>();
  from.into(proof.signature);
  if (!from.ok()) return malformed("frame: a proof is cut off");
  if (!check_name(proof.author.text)) return malformed("frame: the author of a proof is not an id");
  if (proof.size == 0 || proof.size > limits::kFrameMessagesMax || proof.index >= proof.size)
    return malformed("frame: index or size of a proof");
  proof.path.resize(crypto::inclusion_path_length(proof.index, proof.size));
  for (Digest& digest : proof.path) from.into(digest.octets);
  if (!from.ok()) return malformed("frame: a path is cut off");
  return proof;
}

Status check_place(FrameSort sort, std::uint8_t kind, bool has_proof) {
  if (is_control(kind)) return malformed("frame: a control message in a bundle");
  if (sort == FrameSort::kMember) {
    if (has_proof) return malformed("frame: a member's bundle bears no proofs");
  } else if (is_members(kind) != has_proof) {
    return malformed("frame: forwarded messages bear proofs, the broker's own do not");
  }
  return {};
}

Result<FrameMessage> parse_message(Cursor& from, FrameSort sort) {
  const auto kind = from.number<std::uint8_t>();
  const auto flags = from.number<std::uint8_t>();
  const auto zero = from.number<std::uint16_t>();
  const auto envelope_bytes = from.number<std::uint32_t>();
  const auto payload_bytes = from.number<std::uint32_t>();
  if (!from.ok()) return malformed("frame: a message is cut off");
  if (zero != 0 || (flags & ~kProofFlag) != 0) return malformed("frame: reserved octets are not zero");
  if (envelope_bytes == 0 || envelope_bytes > limits::kEnvelopeBytesMax)
    return malformed("frame: size of an envelope");
  if (payload_bytes > limits::kMessageBytesMax || envelope_bytes + payload_bytes > limits::kMessageBytesMax)
    return malformed("frame: size of a message");
  TRY(check_place(sort, kind, (flags & kProofFlag) != 0));
  FrameMessage message;
  message.kind = static_cast<MessageKind>(kind);
  if ((flags & kProofFlag) != 0) {
    TRY_ASSIGN(message.proof, parse_proof(from));
  }
  message.envelope = from.take(envelope_bytes);
  message.payload = from.take(payload_bytes);
  if (!from.ok()) return malformed("frame: a message is cut off");
  return message;
}

Result<Frame> parse_control(Cursor& from) {
  Frame frame;
  frame.sort = FrameSort::kControl;
  FrameMessage message;
  const auto kind = from.number<std::uint8_t>();
  const ByteView zeros = from.take(3);
  const auto envelope_bytes = from.number<std::uint32_t>();
  message.kind = static_cast<MessageKind>(kind);
  message.envelope = from.take(envelope_bytes);
  if (!from.ok() || !from.at_end()) return malformed("frame: length of a control message");
  if (zeros[0] != 0 || zeros[1] != 0 || zeros[2] != 0) return malformed("frame: reserved octets are not zero");
  if (!is_control(kind)) return malformed("frame: only control messages stand in a control frame");
  if (envelope_bytes == 0 || envelope_bytes > limits::kEnvelopeBytesMax)
    return malformed("frame: size of an envelope");
  frame.messages.push_back(std::move(message));
  return frame;
}

}  // namespace

Result<Frame> parse_frame(ByteView octets) {
  if (octets.size() > limits::kFrameBytesMax) return malformed("frame: too large");
  Cursor from(octets);
  const auto version = from.number<std::uint8_t>();
  const auto sort = from.number<std::uint8_t>();
  if (!from.ok() || version != kFrameVersion) return malformed("frame: unknown version");
  if (sort == static_cast<std::uint8_t>(FrameSort::kControl)) return parse_control(from);
  if (sort != static_cast<std::uint8_t>(FrameSort::kMember) && sort != static_cast<std::uint8_t>(FrameSort::kBroker))
    return malformed("frame: unknown sort");

  Frame frame;
  frame.sort = static_cast<FrameSort>(sort);
  const auto count = from.number<std::uint16_t>();
  const auto zero = from.number<std::uint16_t>();
  from.into(frame.key.octets);
  from.into(frame.signature);
  if (!from.ok()) return malformed("frame: its header is cut off");
  if (zero != 0) return malformed("frame: reserved octets are not zero");
  if (count == 0 || count > limits::kFrameMessagesMax) return malformed("frame: number of messages");
  frame.messages.reserve(count);
  for (std::uint16_t i = 0; i < count; ++i) {
    TRY_ASSIGN(auto message, parse_message(from, frame.sort));
    frame.messages.push_back(std::move(message));
  }
  if (!from.at_end()) return malformed("frame: trailing octets");
  return frame;
}

std::size_t OutMessage::framed_bytes() const {
  std::size_t bytes = kMessageHeaderBytes + envelope->size() + (payload ? payload->size() : 0);
  if (proof) bytes += kProofFixedBytes + proof->author.text.size() + proof->path.size() * Digest::kSize;
  return bytes;
}

std::size_t count_for_frame(const std::vector<OutMessage>& waiting, std::size_t from) {
  std::size_t bytes = kBundleHeaderBytes;
  std::size_t count = 0;
  while (from + count < waiting.size() && count < limits::kFrameMessagesMax) {
    bytes += waiting[from + count].framed_bytes();
    if (count > 0 && bytes > limits::kFrameBytesTarget) break;
    ++count;
  }
  return count;
}

Bytes control_frame(schemas::MessageKind kind, ByteView envelope) {
  CHECK(is_control(static_cast<std::uint8_t>(kind)));
  Bytes frame;
  frame.reserve(kControlHeaderBytes + envelope.size());
  frame = {kFrameVersion, static_cast<std::uint8_t>(FrameSort::kControl), static_cast<std::uint8_t>(kind), 0, 0, 0};
  put_le(frame, static_cast<std::uint32_t>(envelope.size()));
  append(frame, envelope);
  return frame;
}

}  // namespace steelyard::exchange
