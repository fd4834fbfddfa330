// Sealing to a key: HPKE base mode (RFC 9180), with the sequence number carried beside each message.
//
// A SealingContext serves one sender, one recipient, one direction, and ends after limits::kSealMessagesMax messages;
// its owner also ends it by time (limits::kSealLife) and with any key change. It is never stored.
// An OpeningContext opens any message of its sender in any order: nonce = base nonce XOR seq, nothing is counted. So it
// does not notice repeats; `once` does (docs/ARCHITECTURE.md).
//
// Owns: the keys of the context, wiped when it goes.
// Threads: one thread owns a context.
// Errors: open refuses keys of another suite and points that give an all-zero secret; open_message refuses what was
//   changed, without saying where.
// Format: docs/formats/seal.md
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/crypto/keys.h"
#include "core/crypto/opening_key.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

class AeadKey;  // aead.h

class SealingContext {
 public:
  static Result<SealingContext> open(const Suite& suite, const PublicKey& recipient, ByteView info);
  SealingContext(SealingContext&&) noexcept;
  SealingContext& operator=(SealingContext&&) noexcept;
  ~SealingContext();

  ByteView enc() const { return enc_; }  // goes in front of every message
  std::uint64_t next_seq() const { return next_seq_; }
  bool ended() const;  // then open another

  // Ciphertext and tag. Sets seq_out to the number that the message must carry.
  Result<Bytes> seal(ByteView aad, ByteView plaintext, std::uint64_t& seq_out);
  // The same where the plaintext stands, with room for the tag behind it. The message carries the next_seq() of before;
  // not of a context that has ended().
  void seal_in_place(ByteView aad, std::span<std::uint8_t> octets);

 private:
  SealingContext(std::unique_ptr<AeadKey> key, Bytes enc);

  std::unique_ptr<AeadKey> key_;
  Bytes enc_;
  std::uint64_t next_seq_ = 0;
};

class OpeningContext {
 public:
  static Result<OpeningContext> open(const Suite& suite, const OpeningKey& key, ByteView enc, ByteView info);
  OpeningContext(OpeningContext&&) noexcept;
  OpeningContext& operator=(OpeningContext&&) noexcept;
  ~OpeningContext();

  // Not const for the cipher's scratch alone: no call changes what another one gives.
  Result<Bytes> open_message(std::uint64_t seq, ByteView aad, ByteView ciphertext);

 private:
  explicit OpeningContext(std::unique_ptr<AeadKey> key);

  std::unique_ptr<AeadKey> key_;
};

}  // namespace steelyard::crypto
