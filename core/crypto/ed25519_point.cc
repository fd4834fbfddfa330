// What OpenSSL leaves out when it decodes an Ed25519 public key: it accepts any 32 octets. A point of small order
// verifies signatures that nobody made; a second encoding gives one key two ids; a point off the curve verifies nothing
// and is better refused when a key is registered than met as a bad signature for ever after.
#include <algorithm>
#include <array>

#include "core/crypto/openssl.h"
#include "core/crypto/pkey.h"

namespace steelyard::crypto {
namespace {

BigNum number(const char* hex) {
  BIGNUM* value = nullptr;
  CHECK(BN_hex2bn(&value, hex) > 0);
  return BigNum(value);
}

constexpr char kPrime[] = "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFED";
// d of -x^2 + y^2 = 1 + d x^2 y^2 (RFC 8032 §5.1).
constexpr char kD[] = "52036CEE2B6FFE738CC740797779E89800700A4D4141D8AB75EB4DCA135978A3";

// The y-coordinates of the eight points whose order divides 8; x and -x share one.
constexpr const char* kSmallOrder[] = {
    "0",
    "1",
    "7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEC",
    "05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826",
    "7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7",
};

// x^2 = (y^2 - 1) / (d y^2 + 1) has a root.
bool on_curve(const BIGNUM* y, const BIGNUM* p) {
  BigNumCtx scratch(BN_CTX_new());
  BigNum yy(BN_new()), above(BN_new()), below(BN_new()), root(BN_new());
  const BigNum d = number(kD);
  CHECK(scratch && yy && above && below && root);
  CHECK(BN_mod_sqr(yy.get(), y, p, scratch.get()) == 1);
  CHECK(BN_mod_sub(above.get(), yy.get(), BN_value_one(), p, scratch.get()) == 1);
  CHECK(BN_mod_mul(below.get(), yy.get(), d.get(), p, scratch.get()) == 1);
  CHECK(BN_mod_add(below.get(), below.get(), BN_value_one(), p, scratch.get()) == 1);
  CHECK(BN_mod_inverse(below.get(), below.get(), p, scratch.get()) != nullptr);  // -1/d is no square: never zero
  CHECK(BN_mod_mul(above.get(), above.get(), below.get(), p, scratch.get()) == 1);
  return BN_kronecker(above.get(), p, scratch.get()) >= 0;
}

}  // namespace

Status check_ed25519_point(ByteView octets) {
  CHECK(octets.size() == 32);
  std::array<std::uint8_t, 32> little;
  std::copy(octets.begin(), octets.end(), little.begin());
  little[31] &= 0x7F;  // the sign of x
  BigNum y(BN_lebin2bn(little.data(), static_cast<int>(little.size()), nullptr));
  const BigNum p = number(kPrime);
  CHECK(y != nullptr);
  if (BN_cmp(y.get(), p.get()) >= 0) return fail(ErrorKind::kFix, "Ed25519 public key is not in canonical form");
  for (const char* bad : kSmallOrder)
    if (BN_cmp(y.get(), number(bad).get()) == 0) return fail(ErrorKind::kFix, "Ed25519 public key is of small order");
  if (!on_curve(y.get(), p.get())) return fail(ErrorKind::kFix, "Ed25519 public key is not a point of the curve");
  return {};
}

}  // namespace steelyard::crypto
