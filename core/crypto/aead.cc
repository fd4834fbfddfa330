#include "core/crypto/aead.h"

#include <climits>
#include <optional>

#include "core/crypto/multi_buffer.h"
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

#ifdef STEELYARD_MULTI_BUFFER

constexpr std::size_t kLibraryAlignment = 64;  // it stores by whole registers

// AES-GCM of whole messages by intel-ipsec-mb: what OpenSSL's EVP does beside the cipher takes as long as a kilobyte of
// it.
class DirectGcm {
 public:
  // Nothing: for this cipher, or on this processor, there is none.
  static std::optional<DirectGcm> of(Aead aead, ByteView key) {
    IMB_MGR* manager = multi_buffer();
    if (manager == nullptr || (aead != Aead::kAes128Gcm && aead != Aead::kAes256Gcm)) return {};
    DirectGcm made(aead == Aead::kAes256Gcm);
    if (made.wide_)
      IMB_AES256_GCM_PRE(manager, key.data(), &made.key_);
    else
      IMB_AES128_GCM_PRE(manager, key.data(), &made.key_);
    return made;
  }
  DirectGcm(const DirectGcm&) = default;
  DirectGcm& operator=(const DirectGcm&) = delete;
  ~DirectGcm() { cleanse(&key_, sizeof(key_)); }

  // `to` may be `from`. The tag goes to `tag`.
  void seal(const Nonce& nonce, ByteView aad, const std::uint8_t* from, std::uint8_t* to, std::size_t size,
            std::uint8_t* tag) const {
    alignas(kLibraryAlignment) gcm_context_data context;
    if (wide_)
      IMB_AES256_GCM_ENC(multi_buffer(), &key_, &context, to, from, size, nonce.data(), aad.data(), aad.size(), tag,
                         kTagBytes);
    else
      IMB_AES128_GCM_ENC(multi_buffer(), &key_, &context, to, from, size, nonce.data(), aad.data(), aad.size(), tag,
                         kTagBytes);
    cleanse(&context, sizeof(context));
  }
  // False: not what was sealed; then `to` holds what nobody may read.
  bool open(const Nonce& nonce, ByteView aad, const std::uint8_t* from, std::uint8_t* to, std::size_t size,
            const std::uint8_t* tag) const {
    alignas(kLibraryAlignment) gcm_context_data context;
    std::array<std::uint8_t, kTagBytes> made{};
    if (wide_)
      IMB_AES256_GCM_DEC(multi_buffer(), &key_, &context, to, from, size, nonce.data(), aad.data(), aad.size(),
                         made.data(), kTagBytes);
    else
      IMB_AES128_GCM_DEC(multi_buffer(), &key_, &context, to, from, size, nonce.data(), aad.data(), aad.size(),
                         made.data(), kTagBytes);
    cleanse(&context, sizeof(context));
    return CRYPTO_memcmp(made.data(), tag, kTagBytes) == 0;
  }

 private:
  explicit DirectGcm(bool wide) : wide_(wide) {}

  bool wide_;  // AES-256
  alignas(kLibraryAlignment) gcm_key_data key_;
};

#endif

}  // namespace

std::size_t key_bytes(Aead aead) {
  if (aead == Aead::kExportOnly) return 0;
  return aead == Aead::kAes128Gcm ? 16 : 32;
}

struct AeadKey::Cipher {
  EvpCipherCtx context{EVP_CIPHER_CTX_new()};
#ifdef STEELYARD_MULTI_BUFFER
  std::optional<DirectGcm> direct;  // then `context` is not used
#endif
};

AeadKey::AeadKey(Aead aead, Direction direction, ByteView key, ByteView base_nonce)
    : cipher_(std::make_unique<Cipher>()) {
  const EVP_CIPHER* cipher = cipher_of(aead);
  CHECK(cipher != nullptr && cipher_->context != nullptr);
  CHECK(key.size() == key_bytes(aead) && base_nonce.size() == kNonceBytes);
  std::memcpy(base_nonce_.data(), base_nonce.data(), kNonceBytes);
#ifdef STEELYARD_MULTI_BUFFER
  if (auto direct = DirectGcm::of(aead, key)) {
    cipher_->direct.emplace(*direct);
    return;
  }
#endif
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
  EVP_CIPHER_CTX* context = cipher_->context.get();
  const Nonce once = nonce(seq);
  const std::size_t size = octets.size() - kTagBytes;
#ifdef STEELYARD_MULTI_BUFFER
  if (cipher_->direct)
    return cipher_->direct->seal(once, aad, octets.data(), octets.data(), size, octets.data() + size);
#endif
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
  EVP_CIPHER_CTX* context = cipher_->context.get();
  const Nonce once = nonce(seq);
  const ByteView body = ciphertext.first(ciphertext.size() - kTagBytes);
  std::array<std::uint8_t, kTagBytes> tag;
  std::memcpy(tag.data(), ciphertext.data() + body.size(), kTagBytes);
  Bytes out(body.size());
  std::uint8_t none = 0;
#ifdef STEELYARD_MULTI_BUFFER
  if (cipher_->direct) {
    std::uint8_t* to = out.empty() ? &none : out.data();
    if (cipher_->direct->open(once, aad, body.data(), to, body.size(), tag.data())) return out;
    cleanse(out.data(), out.size());  // unauthenticated plaintext
    return refused();
  }
#endif
  int written = 0;
  int last = 0;
  CHECK(EVP_DecryptInit_ex2(context, nullptr, nullptr, once.data(), nullptr) == 1);
  if (!aad.empty()) CHECK(EVP_DecryptUpdate(context, nullptr, &written, aad.data(), as_int(aad.size())) == 1);
  written = 0;
  if (!body.empty()) CHECK(EVP_DecryptUpdate(context, out.data(), &written, body.data(), as_int(body.size())) == 1);
  CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, out.empty() ? &none : out.data() + written, &last) != 1) {
    cleanse(out.data(), out.size());  // unauthenticated plaintext
    return refused();
  }
  return out;
}

}  // namespace steelyard::crypto
