// Promise: the broker's signed word that an entry stands at an index; receipt: the entry with its proof.
//
// A Grant, Refusal or Recorded in a broker's bundle is a promise. It becomes a receipt when the tree's proof for its
// index is computed from tiles and checked against a signed checkpoint.
// Threads: pure. Errors: verification_failed, proof_invalid. Format: docs/formats/receipt.md (C2SP tlog-proof whose
// extra line is salt || body).
#pragma once

#include <optional>
#include <string>

#include "core/crypto/checkpoint.h"
#include "core/crypto/merkle.h"
#include "core/exchange/entry.h"

namespace steelyard::exchange {

struct Promise {
  LogIndex index;
  Salt salt;
  Bytes body;
  Instant received;                        // the receiver's clock, to hold the broker to limits::kPromiseWithin
  std::optional<Commitment> commitment{};  // to salt and body, where its receiver has made it already
};
// The body decodes and is about this message.
Result<EntryBody> check_promise(const Promise& promise, const Digest& about);
Result<EntryBody> check_promise(LogIndex index, ByteView body, const Digest& about);

struct Receipt {
  LogIndex index;
  Salt salt;
  Bytes body;
  std::vector<Digest> path;
  std::string checkpoint;  // signed note, cosignatures included
};

std::string format_receipt(const Receipt& receipt);
Result<Receipt> parse_receipt(std::string_view text);

struct ReceiptKeys {
  std::string origin;
  const crypto::Suite* suite = nullptr;
  const crypto::VerifyingKey* log_key = nullptr;
  std::vector<std::pair<std::string, const crypto::VerifyingKey*>> witnesses;  // pinned by the verifier
  std::size_t quorum = 0;                                                      // 0: signed by the log is enough
};
struct ReceiptVerdict {
  EntryBody entry;
  crypto::Checkpoint checkpoint;
  std::vector<std::string> witnessed_by;
};
Result<ReceiptVerdict> verify_receipt(const Receipt& receipt, const ReceiptKeys& keys);

}  // namespace steelyard::exchange
