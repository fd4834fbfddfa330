#include "core/crypto/aead.h"

#include <gtest/gtest.h>

#include "core/crypto/openssl.h"
#include "core/crypto/random.h"

namespace steelyard::crypto {
namespace {

Bytes random_octets(std::size_t size) {
  Bytes octets(size);
  random_bytes(octets);
  return octets;
}

// By OpenSSL alone: ciphertext and tag.
Bytes sealed_by_evp(const char* cipher, ByteView key, const Nonce& nonce, ByteView aad, ByteView plaintext) {
  EvpCipherCtx context(EVP_CIPHER_CTX_new());
  Bytes out(plaintext.size() + kTagBytes);
  int written = 0, last = 0;
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), EVP_get_cipherbyname(cipher), nullptr, key.data(), nonce.data()), 1);
  if (!aad.empty()) {
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), nullptr, &written, aad.data(), static_cast<int>(aad.size())), 1);
  }
  written = 0;
  if (!plaintext.empty()) {
    const auto size = static_cast<int>(plaintext.size());
    EXPECT_EQ(EVP_EncryptUpdate(context.get(), out.data(), &written, plaintext.data(), size), 1);
  }
  EXPECT_EQ(EVP_EncryptFinal_ex(context.get(), out.data() + written, &last), 1);
  EXPECT_EQ(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, out.data() + plaintext.size()), 1);
  return out;
}

struct Cipher {
  Aead aead;
  const char* name;
};
class Aeads : public ::testing::TestWithParam<Cipher> {
 protected:
  const Bytes key = random_octets(key_bytes(GetParam().aead));
  const Bytes base_nonce = random_octets(kNonceBytes);
  AeadKey sealing{GetParam().aead, AeadKey::Direction::kSeal, key, base_nonce};
  AeadKey opening{GetParam().aead, AeadKey::Direction::kOpen, key, base_nonce};
};
INSTANTIATE_TEST_SUITE_P(All, Aeads,
                         ::testing::Values(Cipher{Aead::kAes128Gcm, "AES-128-GCM"},
                                           Cipher{Aead::kAes256Gcm, "AES-256-GCM"},
                                           Cipher{Aead::kChaCha20Poly1305, "ChaCha20-Poly1305"}));

TEST_P(Aeads, SealWhatOpenSslSealsAtEveryLengthAndOpenIt) {
  for (std::size_t size = 0; size <= 300; ++size) {
    const Bytes plaintext = random_octets(size), aad = random_octets(size * 7 % 301);
    const Bytes sealed = sealing.seal(size, aad, plaintext);
    ASSERT_EQ(sealed, sealed_by_evp(GetParam().name, key, sealing.nonce(size), aad, plaintext)) << size;
    const auto opened = opening.open(size, aad, sealed);
    ASSERT_TRUE(opened.has_value()) << size;
    ASSERT_EQ(*opened, plaintext);
  }
}

TEST_P(Aeads, OpenNothingOfWhichABitWasChanged) {
  const Bytes plaintext = random_octets(100), aad = random_octets(70);
  const Bytes sealed = sealing.seal(3, aad, plaintext);
  for (std::size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ASSERT_FALSE(opening.open(3, aad, changed)) << bit;
  }
  for (std::size_t bit = 0; bit < 8 * aad.size(); ++bit) {
    Bytes changed = aad;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    ASSERT_FALSE(opening.open(3, changed, sealed)) << bit;
  }
  EXPECT_FALSE(opening.open(4, aad, sealed));
  EXPECT_FALSE(opening.open(3, aad, ByteView(sealed).first(kTagBytes - 1)));
  EXPECT_TRUE(opening.open(3, aad, sealed));
}

}  // namespace
}  // namespace steelyard::crypto
