// The numbers of docs/formats/frame.md, and what writes them: shared by frame.cc and bundle.cc.
//
// Threads: pure. Errors: none; a frame that breaks a limit is our own mistake and aborts.
#pragma once

#include <span>

#include "core/base/limits.h"
#include "core/exchange/frame.h"

namespace steelyard::exchange::layout {

inline constexpr std::size_t kBundleHeadBytes = 2 + 2 + 2 + KeyId::kSize + crypto::kSignatureBytes;
inline constexpr std::size_t kControlHeadBytes = 2 + 4 + 4;
inline constexpr std::size_t kMessageHeadBytes = 4 + 4 + 4;
inline constexpr std::size_t kProofFixedBytes = 1 + KeyId::kSize + 2 + 2 + crypto::kSignatureBytes;  // and author, path
inline constexpr std::uint8_t kProofFlag = 1;

static_assert(limits::kMessageBytesMax + kBundleHeadBytes + kMessageHeadBytes + kProofFixedBytes + 64 +
                      9 * Digest::kSize <=
                  limits::kFrameBytesMax,
              "one message plus its proof fits a frame");

// What the broker passes on for members: Request, Answer, Received, Statement, Event.
bool is_members(schemas::MessageKind kind);
// What stands in a member's own frame, and in the broker's without a proof.
bool may_stand_in_member_frame(schemas::MessageKind kind);
bool may_stand_in_broker_frame(schemas::MessageKind kind);

Bytes write_bundle_frame(FrameSort sort, const KeyId& key, const crypto::Signature& signature,
                         std::span<const OutMessage> messages);

}  // namespace steelyard::exchange::layout
