#include "core/crypto/keys.h"

#include "core/crypto/ecdsa.h"
#include "core/crypto/hash.h"
#include "core/crypto/openssl.h"
#include "core/crypto/pkey.h"

namespace steelyard::crypto {
namespace {

bool signs(Algorithm algorithm) { return algorithm == Algorithm::kEd25519 || algorithm == Algorithm::kP256Sign; }

Status check_signs(Algorithm algorithm) {
  if (signs(algorithm)) return {};
  return fail(ErrorKind::kFix, "a key of algorithm " + std::string(name_of(algorithm)) + " cannot sign");
}

// Ed25519 hashes by itself.
const char* message_hash(Algorithm algorithm) { return algorithm == Algorithm::kP256Sign ? "SHA256" : nullptr; }

// Ed25519 keeps nothing of a message in its context; ECDSA keeps the hash.
bool one_shot(Algorithm algorithm) { return algorithm == Algorithm::kEd25519; }

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
    : key_(std::move(key)), public_key_(std::move(public_key)), id_(public_key_.id()) {}
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
  std::array<std::uint8_t, 80> made;  // DER of P-256 takes up to 72
  std::size_t size = made.size();
  const auto done = [&](const EvpMdCtx& context) {
    size = made.size();
    return EVP_DigestSign(context.get(), made.data(), &size, message.data(), message.size()) == 1;
  };
  EvpMdCtx context = key_->spare.take();
  if (context == nullptr || !done(context)) {
    context.reset(EVP_MD_CTX_new());
    CHECK(context != nullptr);
    CHECK(EVP_DigestSignInit_ex(context.get(), nullptr, message_hash(public_key_.algorithm), nullptr, nullptr,
                                key_->handle.get(), nullptr) == 1);
    CHECK(done(context));
  }
  if (one_shot(public_key_.algorithm)) key_->spare.give(std::move(context));
  if (public_key_.algorithm == Algorithm::kP256Sign) return ecdsa_to_raw(ByteView{made.data(), size});
  CHECK(size == kSignatureBytes);
  Signature signature;
  std::memcpy(signature.data(), made.data(), kSignatureBytes);
  return signature;
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
  Bytes der;
  if (public_key_.algorithm == Algorithm::kP256Sign) {
    der = ecdsa_from_raw(signature);
    if (der.empty()) return false;
    signature = der;
  }
  const auto holds = [&](const EvpMdCtx& context) {
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  };
  EvpMdCtx context = key_->spare.take();
  bool good = context != nullptr && holds(context);
  if (!good) {  // a used context's no is not the last word: a version of OpenSSL may let none be used twice
    context.reset(EVP_MD_CTX_new());
    CHECK(context != nullptr);
    CHECK(EVP_DigestVerifyInit_ex(context.get(), nullptr, message_hash(public_key_.algorithm), nullptr, nullptr,
                                  key_->handle.get(), nullptr) == 1);
    good = holds(context);
  }
  if (good && one_shot(public_key_.algorithm)) key_->spare.give(std::move(context));
  return good;
}

}  // namespace steelyard::crypto
