// Keys by curve: octets in, OpenSSL's key out. What keys.h, opening_key.h and the KEM share.
//
// Owns: the returned Pkey.
// Threads: pure.
// Errors: wrong sizes, scalars out of range, points off the curve or not in their one accepted encoding.
// Format: public octets are raw (25519) or SEC 1 uncompressed points; private octets raw, big-endian scalars for P-n.
#pragma once

#include <memory>

#include "core/base/bytes.h"
#include "core/crypto/secret.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

struct Pkey;

enum class Curve : std::uint8_t { kEd25519, kX25519, kP256, kP521 };

Curve curve_of(Algorithm algorithm);
std::size_t private_size(Curve curve);
std::size_t public_size(Curve curve);

std::unique_ptr<Pkey> generate_pkey(Curve curve);
Result<std::unique_ptr<Pkey>> load_private(Curve curve, ByteView octets);
Result<std::unique_ptr<Pkey>> load_public(Curve curve, ByteView octets);
Bytes public_octets(Curve curve, const Pkey& key);
SecretBytes private_octets(Curve curve, const Pkey& key);

// The shared secret: the u-coordinate or the x-coordinate. Refuses an all-zero result.
Result<SecretBytes> diffie_hellman(const Pkey& own, const Pkey& peer);

// y < p, on the curve, not of small order (docs/formats/keys.md).
Status check_ed25519_point(ByteView octets);

}  // namespace steelyard::crypto
