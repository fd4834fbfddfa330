// Bundle: what one author signed at once: an RFC 6962 tree over message digests, one signature.
//
// sign_* make whole frames. open_member_frame checks a frame from its author; BundleVerifier checks the proof of one
// forwarded message, remembering bundles that verified.
// Threads: signing is pure; one thread owns a BundleVerifier. Errors: bad_signature, proof_invalid, malformed.
// Format: docs/formats/bundle.md: signature over "steelyard/bundle/v1" || 00 || suite || u8 len || origin ||
// u8 len || author || key id || u32le size || root.
#pragma once

#include <deque>
#include <functional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "core/crypto/keys.h"
#include "core/crypto/merkle.h"
#include "core/exchange/frame.h"
#include "core/exchange/proven_nodes.h"

namespace steelyard::exchange {

Bytes sign_member_frame(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                        const crypto::SigningKey& key, std::span<const OutMessage> messages);
// Signs over the messages without proof; forwards the others as they are. Order is kept.
Bytes sign_broker_frame(const crypto::Suite& suite, std::string_view origin, const crypto::SigningKey& key,
                        std::span<const OutMessage> messages);

// The signature alone, over a root that the caller has made: for whoever re-derives bundles from the log.
bool verify_bundle_signature(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                             const crypto::VerifyingKey& key, std::uint32_t size, const Digest& root,
                             ByteView signature);

// A bundle whose signature holds, with what is needed to forward its messages.
struct VerifiedBundle {
  MemberId author;
  KeyId key;
  crypto::Signature signature{};
  std::vector<Digest> digests;  // of its messages, in order
  crypto::BundleTree tree;

  Proof proof_of(std::size_t index) const;
};

// The messages of `frame` without proof are the bundle of `author`, signed by `key`. Digests are computed here.
Result<VerifiedBundle> open_bundle(const crypto::Suite& suite, std::string_view origin, const MemberId& author,
                                   const crypto::VerifyingKey& key, const Frame& frame);

// Of the messages of `frame` that others signed, in their order: what BundleVerifier is asked about.
std::vector<Digest> forwarded_digests(const crypto::Suite& suite, const Frame& frame);

class BundleVerifier {
 public:
  BundleVerifier(const crypto::Suite& suite, std::string origin) : suite_(&suite), origin_(std::move(origin)) {}

  // `digest` is in the bundle that the proof names and `key` (whose id the proof names, and whose validity the caller
  // has checked) signed it. At most kRememberedMax bundles of one author are remembered, successes only.
  Status verify(const Digest& digest, const Proof& proof, const crypto::VerifyingKey& key);

  std::uint64_t signatures_checked() const { return signatures_checked_; }

  static constexpr std::size_t kRememberedMax = 1'024;

 private:
  struct Remembered {
    std::unordered_set<Digest, FixedBytesHash> known;  // H(key id, size, root, signature)
    std::deque<Digest> order;
  };
  // A bundle whose messages are probably still coming, mostly in one frame: its tree is worth its memory.
  struct Recent {
    MemberId author;
    KeyId key;
    std::uint16_t size = 0;
    crypto::Signature signature;
    ProvenNodes nodes;
  };
  static constexpr std::size_t kRecentMax = 16;

  Recent* recent_of(const Proof& proof);
  Status verify_root(const Digest& root, const Proof& proof, const crypto::VerifyingKey& key);

  const crypto::Suite* suite_;
  std::string origin_;
  std::unordered_map<MemberId, Remembered> remembered_;
  std::deque<Recent> recent_;  // the newest first
  std::uint64_t signatures_checked_ = 0;
};

}  // namespace steelyard::exchange
