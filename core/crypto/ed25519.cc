#include "core/crypto/ed25519.h"

#include <cstring>

#include <sodium.h>

#include "core/base/check.h"

namespace steelyard::crypto {
namespace {

static_assert(kSignatureBytes == crypto_sign_BYTES);

// Once for the process: libsodium chooses its code for this processor.
void make_ready() {
  static const bool ready = sodium_init() >= 0;
  CHECK(ready);
}

}  // namespace

SecretBytes ed25519_pair(ByteView seed, ByteView public_key) {
  make_ready();
  CHECK(seed.size() == crypto_sign_SEEDBYTES && public_key.size() == crypto_sign_PUBLICKEYBYTES);
  SecretBytes pair(crypto_sign_SECRETKEYBYTES);
  std::memcpy(pair.data(), seed.data(), seed.size());
  std::memcpy(pair.data() + seed.size(), public_key.data(), public_key.size());
  return pair;
}

Signature ed25519_sign(const SecretBytes& pair, ByteView message) {
  Signature signature;
  CHECK(crypto_sign_detached(signature.data(), nullptr, message.data(), message.size(), pair.data()) == 0);
  return signature;
}

bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature) {
  make_ready();
  CHECK(public_key.size() == crypto_sign_PUBLICKEYBYTES && signature.size() == crypto_sign_BYTES);
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(), public_key.data()) == 0;
}

}  // namespace steelyard::crypto
