// DirectGcm: AES-GCM of whole messages by intel-ipsec-mb (docs/decisions/0011), without what OpenSSL's EVP does beside
// the cipher, which takes as long as a kilobyte of it.
//
// Owns: its expanded key, wiped when it goes. Threads: one at a time. Errors: none; open() says no.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/bytes.h"
#include "core/crypto/aead.h"

namespace steelyard::crypto {

class DirectGcm {
 public:
  // Null: for this cipher, on this processor or in this build, there is none.
  static std::unique_ptr<const DirectGcm> of(Aead aead, ByteView key);
  ~DirectGcm();
  DirectGcm(const DirectGcm&) = delete;
  DirectGcm& operator=(const DirectGcm&) = delete;

  // In place; the tag goes to `tag`.
  void seal(const Nonce& nonce, ByteView aad, std::uint8_t* octets, std::size_t size, std::uint8_t* tag) const;
  // False: not what was sealed; then `to` holds what nobody may read.
  bool open(const Nonce& nonce, ByteView aad, ByteView from, std::uint8_t* to, const std::uint8_t* tag) const;

 private:
  struct Key;
  explicit DirectGcm(std::unique_ptr<Key> key);

  std::unique_ptr<Key> key_;
};

}  // namespace steelyard::crypto
