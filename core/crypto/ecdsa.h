// ECDSA signatures of P-256 as r || s, 64 octets big-endian, with the smaller of the two values of s.
//
// Threads: pure.
// Errors: from_raw gives nothing for r or s out of range or for the larger s, so that a signature has one form.
#pragma once

#include "core/base/bytes.h"
#include "core/crypto/keys.h"

namespace steelyard::crypto {

Signature ecdsa_to_raw(ByteView der);  // of our own making
Bytes ecdsa_from_raw(ByteView raw);    // empty: not a signature

}  // namespace steelyard::crypto
