// CurvePublic, CurveSecret, CurveKeyPair: the X25519 transport keys of CURVE (ZeroMQ RFC 26), 32 octets each.
//
// Owns: CurveSecret wipes its octets when it goes.
// Threads: values.
// Errors: kFix for octets of the wrong size; kStop when libzmq has no CURVE.
// Format: raw octets everywhere; Z85 stays inside this folder.
#pragma once

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace steelyard::net {

using CurvePublic = FixedBytes<struct CurvePublicTag, 32>;

class CurveSecret {
 public:
  CurveSecret() = default;
  CurveSecret(const CurveSecret&) = default;
  CurveSecret& operator=(const CurveSecret&) = default;
  ~CurveSecret();

  static Result<CurveSecret> from(ByteView octets);
  ByteView view() const { return octets_; }

 private:
  std::array<std::uint8_t, 32> octets_{};
};

struct CurveKeyPair {
  CurvePublic public_key;
  CurveSecret secret_key;

  static Result<CurveKeyPair> generate();
  static Result<CurveKeyPair> from_secret(ByteView octets);  // derives the public key
};

}  // namespace steelyard::net
