#include "core/crypto/pkey.h"

#include <string>

#include <openssl/core_names.h>
#include <openssl/param_build.h>

#include "core/crypto/openssl.h"

namespace steelyard::crypto {
namespace {

struct CurveRow {
  const char* name;  // for errors
  int raw_type;      // of OpenSSL's raw keys; 0 for P-n
  int group;         // 0 for raw keys
  const char* group_name;
  std::size_t private_octets;
  std::size_t public_octets;
};

constexpr CurveRow kCurves[] = {
    {"Ed25519", EVP_PKEY_ED25519, 0, nullptr, 32, 32},
    {"X25519", EVP_PKEY_X25519, 0, nullptr, 32, 32},
    {"P-256", 0, NID_X9_62_prime256v1, "P-256", 32, 65},
    {"P-521", 0, NID_secp521r1, "P-521", 66, 133},
};

const CurveRow& row_of(Curve curve) { return kCurves[static_cast<std::size_t>(curve)]; }

using ParamBuilder = std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>>;
using Params = std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>>;

std::unique_ptr<Pkey> wrap(EVP_PKEY* handle) { return std::make_unique<Pkey>(EvpPkey(handle)); }

// `scalar` may be null: a public key. OpenSSL checks that the point is on the curve.
EVP_PKEY* ec_pkey(const CurveRow& row, ByteView point, const BIGNUM* scalar) {
  ParamBuilder builder(OSSL_PARAM_BLD_new());
  CHECK(builder != nullptr);
  CHECK(OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, row.group_name, 0) == 1);
  CHECK(OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1);
  if (scalar != nullptr) CHECK(OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar) == 1);
  Params params(OSSL_PARAM_BLD_to_param(builder.get()));
  EvpPkeyCtx context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  CHECK(params != nullptr && context != nullptr && EVP_PKEY_fromdata_init(context.get()) == 1);
  EVP_PKEY* handle = nullptr;
  const int selection = scalar != nullptr ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY;
  return EVP_PKEY_fromdata(context.get(), &handle, selection, params.get()) == 1 ? handle : nullptr;
}

Result<std::unique_ptr<Pkey>> load_ec_private(const CurveRow& row, ByteView octets) {
  EcGroup group(EC_GROUP_new_by_curve_name(row.group));
  BigNum scalar(BN_secure_new());
  EcPoint point(group ? EC_POINT_new(group.get()) : nullptr);
  CHECK(group != nullptr && scalar != nullptr && point != nullptr);
  CHECK(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), scalar.get()) != nullptr);
  if (BN_is_zero(scalar.get()) || BN_cmp(scalar.get(), EC_GROUP_get0_order(group.get())) >= 0)
    return fail(ErrorKind::kFix, std::string(row.name) + " private key is out of range");
  BN_set_flags(scalar.get(), BN_FLG_CONSTTIME);
  CHECK(EC_POINT_mul(group.get(), point.get(), scalar.get(), nullptr, nullptr, nullptr) == 1);
  Bytes encoded(row.public_octets);
  CHECK(EC_POINT_point2oct(group.get(), point.get(), POINT_CONVERSION_UNCOMPRESSED, encoded.data(), encoded.size(),
                           nullptr) == encoded.size());
  EVP_PKEY* handle = ec_pkey(row, encoded, scalar.get());
  CHECK(handle != nullptr);
  return wrap(handle);
}

Status check_size(const CurveRow& row, std::string_view what, std::size_t size, std::size_t wanted) {
  if (size == wanted) return {};
  return fail(ErrorKind::kFix, std::string(row.name) + " " + std::string(what) + " key has " + std::to_string(size) +
                                   " octets instead of " + std::to_string(wanted));
}

}  // namespace

Curve curve_of(Algorithm algorithm) {
  switch (algorithm) {
    case Algorithm::kEd25519: return Curve::kEd25519;
    case Algorithm::kP256Sign:
    case Algorithm::kP256Seal: return Curve::kP256;
    case Algorithm::kX25519:
    case Algorithm::kCurve: return Curve::kX25519;
  }
  check_failed("a known algorithm", __FILE__, __LINE__);
}

std::size_t private_size(Curve curve) { return row_of(curve).private_octets; }
std::size_t public_size(Curve curve) { return row_of(curve).public_octets; }

std::unique_ptr<Pkey> generate_pkey(Curve curve) {
  const auto& row = row_of(curve);
  EVP_PKEY* handle = row.raw_type != 0 ? EVP_PKEY_Q_keygen(nullptr, nullptr, row.name)
                                       : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", row.group_name);
  CHECK(handle != nullptr);
  return wrap(handle);
}

Result<std::unique_ptr<Pkey>> load_private(Curve curve, ByteView octets) {
  const auto& row = row_of(curve);
  TRY(check_size(row, "private", octets.size(), row.private_octets));
  if (row.raw_type == 0) return load_ec_private(row, octets);
  EVP_PKEY* handle = EVP_PKEY_new_raw_private_key(row.raw_type, nullptr, octets.data(), octets.size());
  CHECK(handle != nullptr);
  return wrap(handle);
}

Result<std::unique_ptr<Pkey>> load_public(Curve curve, ByteView octets) {
  const auto& row = row_of(curve);
  TRY(check_size(row, "public", octets.size(), row.public_octets));
  if (curve == Curve::kEd25519) TRY(check_ed25519_point(octets));
  if (row.raw_type != 0) {
    EVP_PKEY* handle = EVP_PKEY_new_raw_public_key(row.raw_type, nullptr, octets.data(), octets.size());
    CHECK(handle != nullptr);
    return wrap(handle);
  }
  // 04 alone: hybrid encodings (06, 07) have the same size and would give one point two names.
  EVP_PKEY* handle = octets[0] == 0x04 ? ec_pkey(row, octets, nullptr) : nullptr;
  if (handle == nullptr)
    return fail(ErrorKind::kFix, std::string(row.name) + " public key is not an uncompressed point of the curve");
  return wrap(handle);
}

Bytes public_octets(Curve curve, const Pkey& key) {
  const auto& row = row_of(curve);
  Bytes octets(row.public_octets);
  std::size_t size = octets.size();
  if (row.raw_type != 0)
    CHECK(EVP_PKEY_get_raw_public_key(key.handle.get(), octets.data(), &size) == 1);
  else
    CHECK(EVP_PKEY_get_octet_string_param(key.handle.get(), OSSL_PKEY_PARAM_PUB_KEY, octets.data(), octets.size(),
                                          &size) == 1);
  CHECK(size == octets.size());
  return octets;
}

SecretBytes private_octets(Curve curve, const Pkey& key) {
  const auto& row = row_of(curve);
  SecretBytes octets(row.private_octets);
  std::size_t size = octets.size();
  if (row.raw_type != 0) {
    CHECK(EVP_PKEY_get_raw_private_key(key.handle.get(), octets.data(), &size) == 1 && size == octets.size());
    return octets;
  }
  BIGNUM* taken = nullptr;
  CHECK(EVP_PKEY_get_bn_param(key.handle.get(), OSSL_PKEY_PARAM_PRIV_KEY, &taken) == 1);
  BigNum scalar(taken);
  CHECK(BN_bn2binpad(scalar.get(), octets.data(), static_cast<int>(octets.size())) == static_cast<int>(octets.size()));
  return octets;
}

Result<SecretBytes> diffie_hellman(const Pkey& own, const Pkey& peer) {
  EvpPkeyCtx context(EVP_PKEY_CTX_new(own.handle.get(), nullptr));
  CHECK(context != nullptr && EVP_PKEY_derive_init(context.get()) == 1);
  std::size_t size = 0;
  if (EVP_PKEY_derive_set_peer(context.get(), peer.handle.get()) != 1 ||
      EVP_PKEY_derive(context.get(), nullptr, &size) != 1)
    return fail(ErrorKind::kFix, "this public key cannot be used with ours");
  SecretBytes shared(size);
  std::uint8_t any = 0;
  // OpenSSL refuses an all-zero X25519 result itself; RFC 9180 §7.1.4 wants it refused, so nothing is left to chance.
  if (EVP_PKEY_derive(context.get(), shared.data(), &size) == 1 && size == shared.size())
    for (std::size_t i = 0; i < size; ++i) any |= shared.data()[i];
  if (any == 0) return fail(ErrorKind::kFix, "this public key gives no shared secret: it is of small order");
  return shared;
}

}  // namespace steelyard::crypto
