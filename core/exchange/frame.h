// Frame: what one hop carries at once, one ZeroMQ part. Three sorts: a member's bundle, the broker's, control.
//
// Owns: a parsed Frame borrows from the octets it was parsed from; an OutMessage owns its bytes.
// Threads: plain values. Errors: parse_frame refuses (kFix, malformed) whatever docs/formats/frame.md does not allow:
// version, flags, counts, lengths, kinds in the wrong sort of frame, trailing octets.
// Format: docs/formats/frame.md.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/crypto/keys.h"
#include "schemas/kinds.h"

namespace steelyard::exchange {

inline constexpr std::uint8_t kFrameVersion = 1;

enum class FrameSort : std::uint8_t { kMember = 1, kBroker = 2, kControl = 4 };  // the flags octet

// Ties one message to the bundle that its author signed.
struct Proof {
  MemberId author;
  KeyId key;
  std::uint16_t index = 0;
  std::uint16_t size = 0;  // 1 to 512
  crypto::Signature signature{};
  std::vector<Digest> path;  // exactly as long as index and size require
};

struct FrameMessage {
  schemas::MessageKind kind = schemas::MessageKind::kRequest;
  ByteView envelope;
  ByteView payload;
  std::optional<Proof> proof;  // forwarded by the broker; absent: the frame's own author wrote it
};

struct Frame {
  FrameSort sort = FrameSort::kMember;
  KeyId key;                        // zero in control frames and where the broker's bundle is empty
  crypto::Signature signature{};    // over the frame's own messages, in their order
  std::vector<FrameMessage> messages;
};

Result<Frame> parse_frame(ByteView octets);

// A message that waits to be framed. Shared, since the same bytes may wait for a repeat.
struct OutMessage {
  schemas::MessageKind kind = schemas::MessageKind::kRequest;
  std::shared_ptr<const Bytes> envelope;
  std::shared_ptr<const Bytes> payload;  // null: empty
  std::optional<Proof> proof;
  std::optional<Digest> digest{};  // of kind, envelope and payload, where whoever made it knows that already

  std::size_t framed_bytes() const;  // what it adds to a frame
};

// How many of `waiting` fit one frame (at least one): limits::kFrameBytesTarget and kFrameMessagesMax.
std::size_t count_for_frame(const std::vector<OutMessage>& waiting, std::size_t from);

Bytes control_frame(schemas::MessageKind kind, ByteView envelope);

}  // namespace steelyard::exchange
