#include "core/crypto/direct_gcm.h"

#include <array>

#include <openssl/crypto.h>

#include "core/base/check.h"
#include "core/crypto/multi_buffer.h"
#include "core/crypto/secret.h"

namespace steelyard::crypto {

#ifdef STEELYARD_MULTI_BUFFER
namespace {

constexpr std::size_t kLibraryAlignment = 64;  // it stores by whole registers

}  // namespace

struct DirectGcm::Key {
  ~Key() { cleanse(&expanded, sizeof(expanded)); }

  aes_gcm_enc_dec_t seal = nullptr;  // by the key's size; they are the processor's, not a thread's
  aes_gcm_enc_dec_t open = nullptr;
  alignas(kLibraryAlignment) gcm_key_data expanded;
};

std::unique_ptr<const DirectGcm> DirectGcm::of(Aead aead, ByteView key) {
  IMB_MGR* manager = multi_buffer();
  if (manager == nullptr || (aead != Aead::kAes128Gcm && aead != Aead::kAes256Gcm)) return nullptr;
  auto made = std::make_unique<Key>();
  if (aead == Aead::kAes256Gcm) {
    IMB_AES256_GCM_PRE(manager, key.data(), &made->expanded);
    made->seal = manager->gcm256_enc;
    made->open = manager->gcm256_dec;
  } else {
    IMB_AES128_GCM_PRE(manager, key.data(), &made->expanded);
    made->seal = manager->gcm128_enc;
    made->open = manager->gcm128_dec;
  }
  return std::unique_ptr<const DirectGcm>(new DirectGcm(std::move(made)));
}

void DirectGcm::seal(const Nonce& nonce, ByteView aad, std::uint8_t* octets, std::size_t size,
                     std::uint8_t* tag) const {
  alignas(kLibraryAlignment) gcm_context_data context;
  key_->seal(&key_->expanded, &context, octets, octets, size, nonce.data(), aad.data(), aad.size(), tag, kTagBytes);
  cleanse(&context, sizeof(context));
}

bool DirectGcm::open(const Nonce& nonce, ByteView aad, ByteView from, std::uint8_t* to, const std::uint8_t* tag) const {
  alignas(kLibraryAlignment) gcm_context_data context;
  std::array<std::uint8_t, kTagBytes> made{};
  key_->open(&key_->expanded, &context, to, from.data(), from.size(), nonce.data(), aad.data(), aad.size(), made.data(),
             kTagBytes);
  cleanse(&context, sizeof(context));
  return CRYPTO_memcmp(made.data(), tag, kTagBytes) == 0;
}
#else
struct DirectGcm::Key {};

std::unique_ptr<const DirectGcm> DirectGcm::of(Aead, ByteView) { return nullptr; }

// Nobody has one.
void DirectGcm::seal(const Nonce&, ByteView, std::uint8_t*, std::size_t, std::uint8_t*) const { CHECK(false); }
bool DirectGcm::open(const Nonce&, ByteView, ByteView, std::uint8_t*, const std::uint8_t*) const {
  CHECK(false);
  return false;
}
#endif

DirectGcm::DirectGcm(std::unique_ptr<Key> key) : key_(std::move(key)) {}
DirectGcm::~DirectGcm() = default;

}  // namespace steelyard::crypto
