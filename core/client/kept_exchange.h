// KeptExchange: what the receipt store keeps of one exchange; one record holds its envelopes and digests.
//
// Threads: plain value. Errors: decode refuses what encode would not give back. Id, hand-over and receipts stand in
// rows of their own. Format: docs/formats/client-state.md.
#pragma once

#include <optional>
#include <vector>

#include "core/exchange/promise.h"

namespace steelyard::client {

struct KeptExchange {
  ExchangeId id;
  Bytes request;  // envelope
  Digest request_digest;
  Bytes granted;  // Grant or Refusal envelope
  Bytes answer;   // envelope; empty for a refusal
  Digest answer_digest;
  Bytes recorded;             // Recorded envelope of the answer
  bool acknowledged = false;  // its Received was recorded
  std::optional<LogIndex> received_entry;
  std::vector<exchange::Receipt> receipts;  // request or refusal first, then answer, then received
};

Bytes encode(const KeptExchange& kept);
Status decode_kept_exchange(ByteView record, KeptExchange& kept);

}  // namespace steelyard::client
