#include "core/crypto/aead.h"

#include <climits>

#include "core/crypto/direct_gcm.h"
#include "core/crypto/openssl.h"
#include "core/crypto/secret.h"

namespace steelyard::crypto {
namespace {

// Fetched once: a fetch by name costs more than sealing a message.
const EVP_CIPHER* cipher_of(Aead aead) {
  static const EvpCipher aes128(EVP_CIPHER_fetch(nullptr, "AES-128-GCM", nullptr));
  static const EvpCipher aes256(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
  static const EvpCipher chacha(EVP_CIPHER_fetch(nullptr, "ChaCha20-Poly1305", nullptr));
  switch (aead) {
    case Aead::kAes128Gcm: return aes128.get();
    case Aead::kAes256Gcm: return aes256.get();
    case Aead::kChaCha20Poly1305: return chacha.get();
    case Aead::kExportOnly: break;
  }
  return nullptr;
}

int as_int(std::size_t size) {
  CHECK(size <= INT_MAX);
  return static_cast<int>(size);
}

// False: not what was sealed.
bool open_by_evp(EVP_CIPHER_CTX* context, const Nonce& nonce, ByteView aad, ByteView body, std::uint8_t* to,
                 std::array<std::uint8_t, kTagBytes> tag) {
  int written = 0;
  int last = 0;
  CHECK(EVP_DecryptInit_ex2(context, nullptr, nullptr, nonce.data(), nullptr) == 1);
  if (!aad.empty()) CHECK(EVP_DecryptUpdate(context, nullptr, &written, aad.data(), as_int(aad.size())) == 1);
  written = 0;
  if (!body.empty()) CHECK(EVP_DecryptUpdate(context, to, &written, body.data(), as_int(body.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  return EVP_DecryptFinal_ex(context, to + written, &last) == 1;
}

}  // namespace

std::size_t key_bytes(Aead aead) {
  if (aead == Aead::kExportOnly) return 0;
  return aead == Aead::kAes128Gcm ? 16 : 32;
}

struct AeadKey::Cipher {
  std::unique_ptr<const DirectGcm> direct;
  EvpCipherCtx context;  // where there is no `direct`
};

AeadKey::AeadKey(Aead aead, Direction direction, ByteView key, ByteView base_nonce)
    : cipher_(std::make_unique<Cipher>()) {
  CHECK(key.size() == key_bytes(aead) && base_nonce.size() == kNonceBytes);
  std::memcpy(base_nonce_.data(), base_nonce.data(), kNonceBytes);
  cipher_->direct = DirectGcm::of(aead, key);
  if (cipher_->direct != nullptr) return;
  const EVP_CIPHER* cipher = cipher_of(aead);
  cipher_->context.reset(EVP_CIPHER_CTX_new());
  CHECK(cipher != nullptr && cipher_->context != nullptr);
  CHECK(EVP_CipherInit_ex2(cipher_->context.get(), cipher, key.data(), nullptr, direction == Direction::kSeal ? 1 : 0,
                           nullptr) == 1);
}

AeadKey::~AeadKey() { cleanse(base_nonce_.data(), base_nonce_.size()); }

Nonce AeadKey::nonce(std::uint64_t seq) const {
  Nonce nonce = base_nonce_;
  for (std::size_t i = 0; i < 8; ++i) nonce[kNonceBytes - 1 - i] ^= static_cast<std::uint8_t>(seq >> (8 * i));
  return nonce;
}

Bytes AeadKey::seal(std::uint64_t seq, ByteView aad, ByteView plaintext) {
  Bytes out;
  out.reserve(plaintext.size() + kTagBytes);
  append(out, plaintext);
  out.resize(plaintext.size() + kTagBytes);
  seal_in_place(seq, aad, out);
  return out;
}

void AeadKey::seal_in_place(std::uint64_t seq, ByteView aad, std::span<std::uint8_t> octets) {
  CHECK(octets.size() >= kTagBytes);
  const Nonce once = nonce(seq);
  const std::size_t size = octets.size() - kTagBytes;
  if (cipher_->direct != nullptr) return cipher_->direct->seal(once, aad, octets.data(), size, octets.data() + size);
  EVP_CIPHER_CTX* context = cipher_->context.get();
  int written = 0;
  int last = 0;
  CHECK(EVP_EncryptInit_ex2(context, nullptr, nullptr, once.data(), nullptr) == 1);
  if (!aad.empty()) CHECK(EVP_EncryptUpdate(context, nullptr, &written, aad.data(), as_int(aad.size())) == 1);
  written = 0;
  if (size != 0) CHECK(EVP_EncryptUpdate(context, octets.data(), &written, octets.data(), as_int(size)) == 1);
  CHECK(EVP_EncryptFinal_ex(context, octets.data() + written, &last) == 1);
  CHECK(static_cast<std::size_t>(written + last) == size);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, octets.data() + size) == 1);
}

Result<Bytes> AeadKey::open(std::uint64_t seq, ByteView aad, ByteView ciphertext) {
  const auto refused = [] { return fail(ErrorKind::kFix, "sealed payload does not open: changed or for another key"); };
  if (ciphertext.size() < kTagBytes || ciphertext.size() > INT_MAX || aad.size() > INT_MAX) return refused();
  const ByteView body = ciphertext.first(ciphertext.size() - kTagBytes);
  std::array<std::uint8_t, kTagBytes> tag;
  std::memcpy(tag.data(), ciphertext.data() + body.size(), kTagBytes);
  Bytes out(body.size());
  std::uint8_t none = 0;
  std::uint8_t* to = out.empty() ? &none : out.data();
  const Nonce once = nonce(seq);
  const bool opened = cipher_->direct != nullptr ? cipher_->direct->open(once, aad, body, to, tag.data())
                                                 : open_by_evp(cipher_->context.get(), once, aad, body, to, tag);
  if (opened) return out;
  cleanse(out.data(), out.size());  // unauthenticated plaintext
  return refused();
}

}  // namespace steelyard::crypto
