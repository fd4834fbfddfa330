// Content keys of events: one for each (view, period), under which what all its readers read is sealed once, and which
// is wrapped to each reader with the agreement bound in.
//
// An owner makes a key, wraps it for each subscription and keeps it in memory; a reader unwraps it once and keeps it.
// Owns: key octets, wiped when they go. Threads: one thread owns a sealer or opener. Errors: verification_failed where
// a wrap or a payload does not open, or is not what the envelope commits to; malformed. Format: docs/formats/events.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/crypto/aead.h"
#include "core/crypto/opening_key.h"
#include "core/crypto/secret.h"

namespace steelyard::exchange {

// All that a wrap binds.
struct WrapParties {
  std::string origin;
  MemberId owner;
  MemberId user;
  AgreementId agreement;  // empty: none was needed
  DatasetId dataset;
  ExchangeId view;
  ExchangeId subscription;
  std::uint32_t period = 0;
};

crypto::SecretBytes make_content_key(const crypto::Suite& suite);

Result<Bytes> wrap_content_key(const crypto::Suite& suite, const crypto::SecretBytes& key, const WrapParties& parties,
                               const crypto::PublicKey& reader);
Result<crypto::SecretBytes> unwrap_content_key(const crypto::Suite& suite, ByteView wrapped, const WrapParties& parties,
                                               const crypto::OpeningKey& reader);

// The payload of an event that begins a period.
struct Wrap {
  ExchangeId subscription;
  Bytes octets;
  bool operator==(const Wrap&) const = default;
};
Bytes encode_wraps(const std::vector<Wrap>& wraps);  // 1 to limits::kSubscriptionsOfDatasetMax
Result<std::vector<Wrap>> decode_wraps(const crypto::Suite& suite, ByteView octets);

// One content key in use.
class EventKey {
 public:
  enum class Direction { kSeal, kOpen };
  static Result<EventKey> open(const crypto::Suite& suite, const crypto::SecretBytes& key, Direction direction);
  EventKey(EventKey&&) noexcept = default;
  EventKey& operator=(EventKey&&) noexcept = default;

  // A sequence is sealed once under one key.
  Result<Bytes> seal(std::uint64_t sequence, ByteView envelope, const PlainSalt& salt, ByteView plaintext);
  Result<Bytes> open(std::uint64_t sequence, ByteView envelope, ByteView sealed, const Commitment& commitment);

 private:
  EventKey(const crypto::Suite& suite, std::unique_ptr<crypto::AeadKey> key) : suite_(&suite), key_(std::move(key)) {}

  const crypto::Suite* suite_;
  std::unique_ptr<crypto::AeadKey> key_;
};

}  // namespace steelyard::exchange
