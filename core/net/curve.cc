#include "core/net/curve.h"

#include <string.h>
#include <zmq.h>

namespace steelyard::net {
namespace {

constexpr std::size_t kZ85Size = 41;  // 40 characters and a NUL

}  // namespace

CurveSecret::~CurveSecret() { explicit_bzero(octets_.data(), octets_.size()); }

Result<CurveSecret> CurveSecret::from(ByteView octets) {
  CurveSecret secret;
  if (octets.size() != secret.octets_.size())
    return fail(ErrorKind::kFix, "a CURVE secret key has 32 octets, this one " + std::to_string(octets.size()));
  std::memcpy(secret.octets_.data(), octets.data(), octets.size());
  return secret;
}

Result<CurveKeyPair> CurveKeyPair::generate() {
  char public_z85[kZ85Size];
  char secret_z85[kZ85Size];
  if (zmq_curve_keypair(public_z85, secret_z85) != 0)
    return fail(ErrorKind::kStop, "making a CURVE key: this libzmq was built without CURVE");
  CurveKeyPair pair;
  std::array<std::uint8_t, 32> secret{};
  zmq_z85_decode(pair.public_key.octets.data(), public_z85);
  zmq_z85_decode(secret.data(), secret_z85);
  auto kept = CurveSecret::from(secret);
  explicit_bzero(secret.data(), secret.size());
  explicit_bzero(secret_z85, sizeof(secret_z85));
  TRY_ASSIGN(pair.secret_key, std::move(kept));
  return pair;
}

Result<CurveKeyPair> CurveKeyPair::from_secret(ByteView octets) {
  CurveKeyPair pair;
  TRY_ASSIGN(pair.secret_key, CurveSecret::from(octets));
  char secret_z85[kZ85Size];
  char public_z85[kZ85Size];
  zmq_z85_encode(secret_z85, octets.data(), octets.size());
  const int rc = zmq_curve_public(public_z85, secret_z85);
  explicit_bzero(secret_z85, sizeof(secret_z85));
  if (rc != 0) return fail(ErrorKind::kStop, "deriving a CURVE key: this libzmq was built without CURVE");
  zmq_z85_decode(pair.public_key.octets.data(), public_z85);
  return pair;
}

}  // namespace steelyard::net
