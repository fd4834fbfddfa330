#include "core/crypto/secret.h"

#include <openssl/crypto.h>

namespace steelyard::crypto {

bool equal_constant_time(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

void cleanse(void* octets, std::size_t size) {
  if (size > 0) OPENSSL_cleanse(octets, size);
}

SecretBytes& SecretBytes::operator=(SecretBytes&& other) noexcept {
  if (this != &other) {
    wipe();
    octets_ = std::move(other.octets_);
  }
  return *this;
}

void SecretBytes::wipe() {
  cleanse(octets_.data(), octets_.size());
  octets_.clear();
}

}  // namespace steelyard::crypto
