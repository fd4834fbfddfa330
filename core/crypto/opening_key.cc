#include "core/crypto/opening_key.h"

#include "core/crypto/openssl.h"
#include "core/crypto/pkey.h"

namespace steelyard::crypto {

OpeningKey::OpeningKey(std::unique_ptr<Pkey> key, PublicKey public_key, SecretBytes octets)
    : key_(std::move(key)), public_key_(std::move(public_key)), id_(public_key_.id()), octets_(std::move(octets)) {}
OpeningKey::OpeningKey(OpeningKey&&) noexcept = default;
OpeningKey& OpeningKey::operator=(OpeningKey&&) noexcept = default;
OpeningKey::~OpeningKey() = default;

OpeningKey OpeningKey::generate(const Suite& suite) {
  const Curve curve = curve_of(suite.sealing);
  auto key = generate_pkey(curve);
  PublicKey public_key{suite.sealing, public_octets(curve, *key)};
  SecretBytes octets = crypto::private_octets(curve, *key);
  return OpeningKey(std::move(key), std::move(public_key), std::move(octets));
}

Result<OpeningKey> OpeningKey::from_private(Algorithm algorithm, ByteView octets) {
  if (algorithm != Algorithm::kX25519 && algorithm != Algorithm::kP256Seal)
    return fail(ErrorKind::kFix, "a key of algorithm " + std::string(name_of(algorithm)) + " cannot open seals");
  const Curve curve = curve_of(algorithm);
  TRY_ASSIGN(auto key, load_private(curve, octets));
  PublicKey public_key{algorithm, public_octets(curve, *key)};
  return OpeningKey(std::move(key), std::move(public_key), SecretBytes(octets));
}

CurveKey::CurveKey(PublicKey public_key, SecretBytes octets)
    : public_key_(std::move(public_key)), octets_(std::move(octets)) {}

CurveKey CurveKey::generate() {
  const auto key = generate_pkey(Curve::kX25519);
  return CurveKey({Algorithm::kCurve, public_octets(Curve::kX25519, *key)}, private_octets(Curve::kX25519, *key));
}

Result<CurveKey> CurveKey::from_private(ByteView octets) {
  TRY_ASSIGN(const auto key, load_private(Curve::kX25519, octets));
  return CurveKey({Algorithm::kCurve, public_octets(Curve::kX25519, *key)}, SecretBytes(octets));
}

}  // namespace steelyard::crypto
