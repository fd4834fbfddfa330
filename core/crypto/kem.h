// DHKEM of RFC 9180 §4.1: a shared secret sent to a public key.
//
// Threads: pure.
// Errors: keys that do not decode; an all-zero shared point.
#pragma once

#include "core/base/bytes.h"
#include "core/crypto/secret.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

struct Pkey;

struct Encapsulated {
  Bytes enc;
  SecretBytes shared_secret;
};

std::size_t enc_bytes(Kem kem);
Result<Encapsulated> encapsulate(Kem kem, ByteView recipient);
// With the ephemeral key given: for RFC 9180's vectors. Anything else must let encapsulate make its own.
Result<Encapsulated> encapsulate_with(Kem kem, ByteView recipient, const Pkey& ephemeral);
Result<SecretBytes> decapsulate(Kem kem, const Pkey& own, ByteView enc);

}  // namespace steelyard::crypto
