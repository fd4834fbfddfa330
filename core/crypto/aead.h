// AeadKey: one AEAD key with its base nonce. Its cipher contexts keep the key set, so a message costs a nonce.
//
// Owns: OpenSSL's contexts, or intel-ipsec-mb's keys (docs/decisions/0011); wiped when they go.
// Threads: one thread owns it.
// Errors: open refuses what was changed.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

inline constexpr std::size_t kNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;
using Nonce = std::array<std::uint8_t, kNonceBytes>;

std::size_t key_bytes(Aead aead);  // 0 for kExportOnly

class AeadKey {
 public:
  enum class Direction { kSeal, kOpen };

  AeadKey(Aead aead, Direction direction, ByteView key, ByteView base_nonce);
  ~AeadKey();

  Nonce nonce(std::uint64_t seq) const;  // base XOR seq
  Bytes seal(std::uint64_t seq, ByteView aad, ByteView plaintext);
  void seal_in_place(std::uint64_t seq, ByteView aad, std::span<std::uint8_t> octets);  // plaintext, room for the tag
  Result<Bytes> open(std::uint64_t seq, ByteView aad, ByteView ciphertext);

 private:
  struct Cipher;

  std::unique_ptr<Cipher> cipher_;
  Nonce base_nonce_;
};

}  // namespace steelyard::crypto
