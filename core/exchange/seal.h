// Sealing payloads: HPKE contexts per pair of keys, padding, and the commitment that the envelope makes.
//
// A Sealer keeps open sending contexts, an Opener a bounded cache of receiving ones (limits::kOpeningContextsMax). Use
// an Opener only on messages whose signature holds. Neither is ever stored.
// Owns: contexts. Threads: one thread owns a Sealer or Opener. Errors: verification_failed where a payload does not
// open or does not keep its commitment; malformed. Format: docs/formats/seal.md: enc || u64le seq || ciphertext over
// salt(32) || u32le length || plaintext || zeros up to the bucket.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>

#include "core/base/ids.h"
#include "core/base/time.h"
#include "core/crypto/hpke.h"
#include "schemas/kinds.h"

namespace steelyard::exchange {

// All that `info` binds.
struct SealParties {
  std::string origin;
  MemberId author;
  MemberId recipient;
  KeyId recipient_key;
  schemas::MessageKind kind = schemas::MessageKind::kRequest;
};

struct BytesHash {
  std::size_t operator()(const Bytes& bytes) const { return std::hash<std::string_view>{}(as_text(bytes)); }
};

// Octets of salt, length and plaintext after padding: powers of two up to 4 KiB, then eighths of the power below.
std::size_t padded_size(std::size_t inner);

// The inside of what is sealed: salt, length, plaintext and zeros up to the bucket.
std::size_t inside_size(std::size_t plaintext);
void append_inside(Bytes& to, const PlainSalt& salt, ByteView plaintext);
// The plaintext of an opened inside, checked against `commitment`.
Result<Bytes> take_inside(const crypto::Suite& suite, Bytes inside, const Commitment& commitment);

class Sealer {
 public:
  explicit Sealer(const crypto::Suite& suite) : suite_(&suite) {}

  // `now` is monotonic: a context ends after limits::kSealLife.
  Result<Bytes> seal(const SealParties& parties, const crypto::PublicKey& recipient_key, ByteView aad,
                     const PlainSalt& salt, ByteView plaintext, Duration now);
  void forget_all() { contexts_.clear(); }  // at any change of keys

 private:
  struct Open {
    crypto::SealingContext context;
    Duration since;
    Bytes recipient;  // public octets: a key id alone has 64 bits
  };
  Result<Open*> context_for(const SealParties& parties, const crypto::PublicKey& recipient_key, Duration now);

  const crypto::Suite* suite_;
  std::unordered_map<Bytes, Open, BytesHash> contexts_;  // by info; at most limits::kOpeningContextsMax
  Bytes info_;                                           // scratch
};

class Opener {
 public:
  explicit Opener(const crypto::Suite& suite) : suite_(&suite) {}

  // The plaintext, checked against `commitment`.
  Result<Bytes> open(const SealParties& parties, const crypto::OpeningKey& key, ByteView aad, ByteView sealed,
                     const Commitment& commitment);

 private:
  const crypto::Suite* suite_;
  std::unordered_map<Bytes, crypto::OpeningContext, BytesHash> contexts_;  // by info || enc; cleared when full
  Bytes name_;                                                             // scratch
};

}  // namespace steelyard::exchange
