// Ed25519 (RFC 8032) by libsodium, which signs and verifies in half of OpenSSL's time: signatures are what an exchange
// spends most on after hashing. Keys are decoded and checked elsewhere (pkey.h).
//
// Threads: pure. Errors: verifying says no to s >= L, and to R or keys of small order or in a second encoding.
#pragma once

#include "core/base/bytes.h"
#include "core/crypto/keys.h"
#include "core/crypto/secret.h"

namespace steelyard::crypto {

// seed || public key, the form that libsodium signs with: 64 octets.
SecretBytes ed25519_pair(ByteView seed, ByteView public_key);
Signature ed25519_sign(const SecretBytes& pair, ByteView message);
bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature);

}  // namespace steelyard::crypto
