#include "core/crypto/keys.h"

#include "core/crypto/ecdsa.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/hash.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pkey.h"

namespace steelyard::crypto {
namespace {

constexpr const char* kEcdsaHash = "SHA256";

bool signs(Algorithm algorithm) { return algorithm == Algorithm::kEd25519 || algorithm == Algorithm::kP256Sign; }

Status check_signs(Algorithm algorithm) {
  if (signs(algorithm)) return {};
  return fail(ErrorKind::kFix, "a key of algorithm " + std::string(name_of(algorithm)) + " cannot sign");
}

}  // namespace

KeyId PublicKey::id() const {
  const std::uint8_t zero_and_algorithm[] = {0, static_cast<std::uint8_t>(algorithm)};
  const Digest digest = Hasher(HashId::kSha256).add("steelyard/key/v1").add(zero_and_algorithm).add(octets).finish();
  KeyId id;
  std::memcpy(id.octets.data(), digest.octets.data(), KeyId::kSize);
  return id;
}

Status check_public_key(const PublicKey& key) {
  TRY(find_algorithm(static_cast<std::uint8_t>(key.algorithm)));
  TRY_ASSIGN(const auto decoded, load_public(curve_of(key.algorithm), key.octets));
  if (curve_of(key.algorithm) != Curve::kX25519) return {};
  // Any 32 octets name a point of Curve25519; those of small order show in the product.
  const auto probe = generate_pkey(Curve::kX25519);
  TRY(diffie_hellman(*probe, *decoded));
  return {};
}

std::string to_text(const PublicKey& key) { return std::string(name_of(key.algorithm)) + ":" + to_base64(key.octets); }

Result<PublicKey> public_key_from_text(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos)
    return fail(ErrorKind::kFix, "a public key is written as `algorithm:base64`, found no colon");
  PublicKey key;
  TRY_ASSIGN(key.algorithm, algorithm_of(text.substr(0, colon)));
  TRY_ASSIGN(key.octets, from_base64(text.substr(colon + 1)));
  TRY(check_public_key(key));
  return key;
}

SigningKey::SigningKey(std::unique_ptr<Pkey> key, PublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)), id_(public_key_.id()) {
  if (public_key_.algorithm == Algorithm::kEd25519)
    ed25519_pair_ = ed25519_pair(private_octets().view(), public_key_.octets);
}
SigningKey::SigningKey(SigningKey&&) noexcept = default;
SigningKey& SigningKey::operator=(SigningKey&&) noexcept = default;
SigningKey::~SigningKey() = default;

SigningKey SigningKey::generate(const Suite& suite) {
  const Curve curve = curve_of(suite.signing);
  auto key = generate_pkey(curve);
  PublicKey public_key{suite.signing, public_octets(curve, *key)};
  return SigningKey(std::move(key), std::move(public_key));
}

Result<SigningKey> SigningKey::from_private(Algorithm algorithm, ByteView octets) {
  TRY(check_signs(algorithm));
  const Curve curve = curve_of(algorithm);
  TRY_ASSIGN(auto key, load_private(curve, octets));
  PublicKey public_key{algorithm, public_octets(curve, *key)};
  return SigningKey(std::move(key), std::move(public_key));
}

Signature SigningKey::sign(ByteView message) const {
  if (public_key_.algorithm == Algorithm::kEd25519) return ed25519_sign(ed25519_pair_, message);
  EvpMdCtx context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, kEcdsaHash, nullptr, nullptr, key_->handle.get(), nullptr) == 1);
  std::array<std::uint8_t, 80> der;  // of P-256 takes up to 72
  std::size_t size = der.size();
  CHECK(EVP_DigestSign(context.get(), der.data(), &size, message.data(), message.size()) == 1);
  return ecdsa_to_raw(ByteView{der.data(), size});
}

SecretBytes SigningKey::private_octets() const {
  return crypto::private_octets(curve_of(public_key_.algorithm), *key_);
}

VerifyingKey::VerifyingKey(std::unique_ptr<Pkey> key, PublicKey public_key)
    : key_(std::move(key)), public_key_(std::move(public_key)), id_(public_key_.id()) {}
VerifyingKey::VerifyingKey(VerifyingKey&&) noexcept = default;
VerifyingKey& VerifyingKey::operator=(VerifyingKey&&) noexcept = default;
VerifyingKey::~VerifyingKey() = default;

Result<VerifyingKey> VerifyingKey::decode(const PublicKey& key) {
  TRY(find_algorithm(static_cast<std::uint8_t>(key.algorithm)));
  TRY(check_signs(key.algorithm));
  TRY_ASSIGN(auto decoded, load_public(curve_of(key.algorithm), key.octets));
  return VerifyingKey(std::move(decoded), key);
}

bool VerifyingKey::verify(ByteView message, ByteView signature) const {
  if (signature.size() != kSignatureBytes) return false;
  if (public_key_.algorithm == Algorithm::kEd25519) return ed25519_verify(public_key_.octets, message, signature);
  const Bytes der = ecdsa_from_raw(signature);
  if (der.empty()) return false;
  EvpMdCtx context(EVP_MD_CTX_new());
  CHECK(context != nullptr);
  CHECK(EVP_DigestVerifyInit_ex(context.get(), nullptr, kEcdsaHash, nullptr, nullptr, key_->handle.get(), nullptr) ==
        1);
  return EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) == 1;
}

}  // namespace steelyard::crypto
