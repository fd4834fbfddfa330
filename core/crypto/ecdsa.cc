#include "core/crypto/ecdsa.h"

#include <openssl/ecdsa.h>

#include "core/crypto/openssl.h"

namespace steelyard::crypto {
namespace {

using EcdsaSig = std::unique_ptr<ECDSA_SIG, Freed<ECDSA_SIG_free>>;

struct Order {
  EcGroup group{EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1)};
  BigNum half{BN_new()};
  const BIGNUM* n = nullptr;

  Order() {
    CHECK(group != nullptr && half != nullptr);
    n = EC_GROUP_get0_order(group.get());
    CHECK(BN_rshift1(half.get(), n) == 1);
  }
};

const Order& order() {
  static const Order value;
  return value;
}

bool in_range(const BIGNUM* value) { return !BN_is_zero(value) && BN_cmp(value, order().n) < 0; }

}  // namespace

Signature ecdsa_to_raw(ByteView der) {
  const std::uint8_t* at = der.data();
  EcdsaSig parsed(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  CHECK(parsed != nullptr);
  BigNum s(BN_dup(ECDSA_SIG_get0_s(parsed.get())));
  CHECK(s != nullptr);
  if (BN_cmp(s.get(), order().half.get()) > 0) CHECK(BN_sub(s.get(), order().n, s.get()) == 1);
  Signature raw;
  CHECK(BN_bn2binpad(ECDSA_SIG_get0_r(parsed.get()), raw.data(), 32) == 32);
  CHECK(BN_bn2binpad(s.get(), raw.data() + 32, 32) == 32);
  return raw;
}

Bytes ecdsa_from_raw(ByteView raw) {
  if (raw.size() != kSignatureBytes) return {};
  BigNum r(BN_bin2bn(raw.data(), 32, nullptr));
  BigNum s(BN_bin2bn(raw.data() + 32, 32, nullptr));
  CHECK(r != nullptr && s != nullptr);
  if (!in_range(r.get()) || !in_range(s.get()) || BN_cmp(s.get(), order().half.get()) > 0) return {};
  EcdsaSig made(ECDSA_SIG_new());
  CHECK(made != nullptr && ECDSA_SIG_set0(made.get(), r.release(), s.release()) == 1);
  Bytes der(static_cast<std::size_t>(i2d_ECDSA_SIG(made.get(), nullptr)));
  std::uint8_t* to = der.data();
  CHECK(i2d_ECDSA_SIG(made.get(), &to) == static_cast<int>(der.size()));
  return der;
}

}  // namespace steelyard::crypto
