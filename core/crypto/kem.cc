#include "core/crypto/kem.h"

#include "core/crypto/hkdf.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pkey.h"

namespace steelyard::crypto {
namespace {

struct KemRow {
  Kem kem;
  Curve curve;
  Kdf kdf;
  std::size_t secret_bytes;
};

constexpr KemRow kRows[] = {
    {Kem::kP256, Curve::kP256, Kdf::kHkdfSha256, 32},
    {Kem::kP521, Curve::kP521, Kdf::kHkdfSha512, 64},
    {Kem::kX25519, Curve::kX25519, Kdf::kHkdfSha256, 32},
};

const KemRow& row_of(Kem kem) {
  for (const auto& row : kRows)
    if (row.kem == kem) return row;
  check_failed("a known KEM", __FILE__, __LINE__);
}

SecretBytes extract_and_expand(const KemRow& row, ByteView dh, ByteView enc, ByteView recipient) {
  Bytes suite_id = to_bytes(as_bytes("KEM"));
  put_be(suite_id, static_cast<std::uint16_t>(row.kem));
  const LabeledHkdf hkdf(row.kdf, std::move(suite_id));
  Bytes context = to_bytes(enc);
  append(context, recipient);
  const SecretBytes extracted = hkdf.extract({}, "eae_prk", dh);
  return hkdf.expand(extracted.view(), "shared_secret", context, row.secret_bytes);
}

}  // namespace

std::size_t enc_bytes(Kem kem) { return public_size(row_of(kem).curve); }

Result<Encapsulated> encapsulate(Kem kem, ByteView recipient) {
  const auto ephemeral = generate_pkey(row_of(kem).curve);
  return encapsulate_with(kem, recipient, *ephemeral);
}

Result<Encapsulated> encapsulate_with(Kem kem, ByteView recipient, const Pkey& ephemeral) {
  const auto& row = row_of(kem);
  TRY_ASSIGN(const auto peer, load_public(row.curve, recipient));
  TRY_ASSIGN(const auto dh, diffie_hellman(ephemeral, *peer));
  Bytes enc = public_octets(row.curve, ephemeral);
  SecretBytes shared = extract_and_expand(row, dh.view(), enc, recipient);
  return Encapsulated{std::move(enc), std::move(shared)};
}

Result<SecretBytes> decapsulate(Kem kem, const Pkey& own, ByteView enc) {
  const auto& row = row_of(kem);
  TRY_ASSIGN(const auto peer, load_public(row.curve, enc));
  TRY_ASSIGN(const auto dh, diffie_hellman(own, *peer));
  return extract_and_expand(row, dh.view(), enc, public_octets(row.curve, own));
}

}  // namespace steelyard::crypto
