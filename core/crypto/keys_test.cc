#include "core/crypto/keys.h"

#include <openssl/sha.h>

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "core/crypto/opening_key.h"
#include "core/crypto/openssl.h"

namespace steelyard::crypto {
namespace {

Bytes hex(std::string_view text) { return from_hex(text).value(); }

class Keys : public testing::TestWithParam<SuiteId> {
 protected:
  const Suite& suite_ = suite(GetParam());
};
INSTANTIATE_TEST_SUITE_P(Suites, Keys, testing::Values(SuiteId::kStandard, SuiteId::kTestSecond),
                         [](const auto& param) { return param.param == SuiteId::kStandard ? "Standard" : "Second"; });

TEST_P(Keys, SignedVerifiesAndNothingElseDoes) {
  const auto key = SigningKey::generate(suite_);
  EXPECT_EQ(key.public_key().octets.size(), suite_.signing_key_bytes);
  const auto verifying = VerifyingKey::decode(key.public_key()).value();
  const Bytes message = to_bytes(as_bytes("one exchange"));
  const auto signature = key.sign(message);
  EXPECT_TRUE(verifying.verify(message, signature));
  for (std::size_t bit = 0; bit < signature.size() * 8; bit += 7) {
    auto bad = signature;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(verifying.verify(message, bad)) << "bit " << bit;
  }
  Bytes other = message;
  other[0] ^= 1;
  EXPECT_FALSE(verifying.verify(other, signature));
  EXPECT_FALSE(verifying.verify(message, ByteView(signature).first(63)));
  Bytes longer = to_bytes(signature);
  longer.push_back(0);
  EXPECT_FALSE(verifying.verify(message, longer));
  EXPECT_FALSE(verifying.verify(message, {}));
  EXPECT_FALSE(verifying.verify(message, Bytes(64, 0)));
  EXPECT_FALSE(verifying.verify(message, Bytes(64, 0xFF)));
  const auto stranger = VerifyingKey::decode(SigningKey::generate(suite_).public_key()).value();
  EXPECT_FALSE(stranger.verify(message, signature));
}

// Contexts are kept between uses: neither a message before, nor a bad signature, nor another thread may show.
TEST_P(Keys, OneKeyServesManyMessagesOnSeveralThreads) {
  const auto key = SigningKey::generate(suite_);
  const auto verifying = VerifyingKey::decode(key.public_key()).value();
  std::atomic<int> wrong{0};
  const auto work = [&](int thread) {
    Signature before{};
    for (int i = 0; i < 50; ++i) {
      const std::string message = std::to_string(thread) + " says " + std::to_string(i);
      const Signature made = key.sign(as_bytes(message));
      wrong += verifying.verify(as_bytes(message), before) ? 1 : 0;
      wrong += verifying.verify(as_bytes(message), made) ? 0 : 1;
      wrong += verifying.verify(as_bytes(message + "!"), made) ? 1 : 0;
      before = made;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(work, i);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST_P(Keys, PrivateOctetsGiveTheSameKeyBack) {
  for (int i = 0; i < 20; ++i) {
    const auto key = SigningKey::generate(suite_);
    const auto again = SigningKey::from_private(key.public_key().algorithm, key.private_octets().view()).value();
    EXPECT_EQ(again.public_key(), key.public_key());
    EXPECT_EQ(again.id(), key.id());
    EXPECT_TRUE(VerifyingKey::decode(key.public_key())->verify(as_bytes("m"), again.sign(as_bytes("m"))));
  }
}

TEST_P(Keys, EmptyMessagesAreSignedToo) {
  const auto key = SigningKey::generate(suite_);
  EXPECT_TRUE(VerifyingKey::decode(key.public_key())->verify({}, key.sign({})));
}

TEST_P(Keys, TextFormRoundTrips) {
  const auto key = SigningKey::generate(suite_).public_key();
  EXPECT_EQ(public_key_from_text(to_text(key)).value(), key);
  EXPECT_FALSE(public_key_from_text("ed25519"));
  EXPECT_FALSE(public_key_from_text("rsa:AAAA"));
  EXPECT_FALSE(public_key_from_text(to_text(key) + " "));
}

TEST(KeyId, IsTheStatedHash) {
  const PublicKey key{Algorithm::kX25519, Bytes(32, 7)};
  Bytes input = to_bytes(as_bytes("steelyard/key/v1"));
  input.insert(input.end(), {0, 2});
  append(input, key.octets);
  std::uint8_t digest[32];
  SHA256(input.data(), input.size(), digest);
  EXPECT_TRUE(equal(key.id().view(), ByteView(digest, 8)));
  EXPECT_NE(key.id(), (PublicKey{Algorithm::kCurve, key.octets}.id()));
}

// RFC 8032 §7.1, tests 2 and 3.
TEST(Ed25519, KnownAnswers) {
  const struct {
    const char *secret, *open, *message, *signature;
  } cases[] = {
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302ae"
       "eb"
       "00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28"
       "dc0"
       "27beceea1ec40a"},
  };
  for (const auto& c : cases) {
    const auto key = SigningKey::from_private(Algorithm::kEd25519, hex(c.secret)).value();
    EXPECT_EQ(to_hex(key.public_key().octets), c.open);
    EXPECT_EQ(to_hex(key.sign(hex(c.message))), c.signature);
    EXPECT_TRUE(VerifyingKey::decode(key.public_key())->verify(hex(c.message), hex(c.signature)));
  }
}

TEST(Ed25519, SignatureWithLAddedToSIsRefused) {
  const auto key = SigningKey::generate(suite(SuiteId::kStandard));
  const auto verifying = VerifyingKey::decode(key.public_key()).value();
  const Bytes order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");  // little-endian
  auto signature = key.sign(as_bytes("m"));
  ASSERT_TRUE(verifying.verify(as_bytes("m"), signature));
  for (int times = 1; times <= 7; ++times) {  // s < L < 2^253: up to seven multiples fit 256 bits
    unsigned carry = 0;
    for (std::size_t i = 0; i < 32; ++i) {
      carry += signature[32 + i] + order[i];
      signature[32 + i] = static_cast<std::uint8_t>(carry);
      carry >>= 8;
    }
    EXPECT_FALSE(verifying.verify(as_bytes("m"), signature)) << times;
  }
}

TEST(Ed25519, SmallOrderNonCanonicalAndOffCurveKeysAreRefused) {
  const struct {
    const char *octets, *why;
  } cases[] = {
      {"0000000000000000000000000000000000000000000000000000000000000000", "small order"},
      {"0000000000000000000000000000000000000000000000000000000000000080", "small order"},
      {"0100000000000000000000000000000000000000000000000000000000000000", "small order"},
      {"0100000000000000000000000000000000000000000000000000000000000080", "small order"},
      {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "small order"},
      {"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "small order"},
      {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", "small order"},
      {"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85", "small order"},
      {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", "small order"},
      {"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa", "small order"},
      {"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "canonical"},
      {"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "canonical"},
      {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", "canonical"},
      {"0200000000000000000000000000000000000000000000000000000000000000", "curve"},
  };
  for (const auto& c : cases) {
    const auto key = VerifyingKey::decode({Algorithm::kEd25519, hex(c.octets)});
    ASSERT_FALSE(key) << c.octets;
    EXPECT_NE(key.error().what.find(c.why), std::string::npos) << c.octets << ": " << key.error().what;
  }
  EXPECT_FALSE(VerifyingKey::decode({Algorithm::kEd25519, Bytes(31, 9)}));
}

// With 256 generated keys and their negatives: the check refuses nothing that is good.
TEST(Ed25519, GeneratedKeysAndTheirNegativesDecode) {
  for (int i = 0; i < 256; ++i) {
    PublicKey key = SigningKey::generate(suite(SuiteId::kStandard)).public_key();
    EXPECT_TRUE(VerifyingKey::decode(key));
    key.octets[31] ^= 0x80;
    EXPECT_TRUE(VerifyingKey::decode(key));
  }
}

TEST(P256, TheLargerSIsRefused) {
  const auto key = SigningKey::generate(suite(SuiteId::kTestSecond));
  const auto verifying = VerifyingKey::decode(key.public_key()).value();
  BIGNUM* taken = nullptr;
  BN_hex2bn(&taken, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
  const BigNum order(taken);
  for (int i = 0; i < 32; ++i) {
    auto signature = key.sign(as_bytes("m"));
    ASSERT_TRUE(verifying.verify(as_bytes("m"), signature));
    BigNum s(BN_bin2bn(signature.data() + 32, 32, nullptr));
    BN_sub(s.get(), order.get(), s.get());
    BN_bn2binpad(s.get(), signature.data() + 32, 32);
    EXPECT_FALSE(verifying.verify(as_bytes("m"), signature));
  }
}

TEST(P256, OutOfRangeValuesAndOtherEncodingsAreRefused) {
  const auto key = SigningKey::generate(suite(SuiteId::kTestSecond));
  const auto verifying = VerifyingKey::decode(key.public_key()).value();
  const Bytes order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  auto signature = key.sign(as_bytes("m"));
  auto zero_r = signature, zero_s = signature, order_r = signature;
  std::fill(zero_r.begin(), zero_r.begin() + 32, 0);
  std::fill(zero_s.begin() + 32, zero_s.end(), 0);
  std::copy(order.begin(), order.end(), order_r.begin());
  EXPECT_FALSE(verifying.verify(as_bytes("m"), zero_r));
  EXPECT_FALSE(verifying.verify(as_bytes("m"), zero_s));
  EXPECT_FALSE(verifying.verify(as_bytes("m"), order_r));

  PublicKey hybrid = key.public_key();
  hybrid.octets[0] = static_cast<std::uint8_t>(0x06 | (hybrid.octets[64] & 1));
  EXPECT_FALSE(VerifyingKey::decode(hybrid));
  PublicKey off = key.public_key();
  off.octets[40] ^= 1;
  EXPECT_FALSE(VerifyingKey::decode(off));
  EXPECT_FALSE(VerifyingKey::decode({Algorithm::kP256Sign, Bytes{0}}));
  EXPECT_FALSE(SigningKey::from_private(Algorithm::kP256Sign, Bytes(32, 0)));
  EXPECT_FALSE(SigningKey::from_private(Algorithm::kP256Sign, order));
}

TEST(Keys, AKeyServesItsOwnAlgorithmAlone) {
  const auto opening = OpeningKey::generate(suite(SuiteId::kStandard));
  EXPECT_FALSE(VerifyingKey::decode(opening.public_key()));
  EXPECT_FALSE(SigningKey::from_private(Algorithm::kX25519, opening.private_octets().view()));
  EXPECT_FALSE(SigningKey::from_private(Algorithm::kCurve, opening.private_octets().view()));
  EXPECT_FALSE(OpeningKey::from_private(Algorithm::kEd25519, opening.private_octets().view()));
  EXPECT_FALSE(OpeningKey::from_private(Algorithm::kX25519, Bytes(31, 1)));
}

// RFC 7748 §6.1: Alice's key.
TEST(CurveKey, PublicKeyIsDerivedFromTheSecret) {
  const auto key = CurveKey::from_private(hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"));
  ASSERT_TRUE(key);
  EXPECT_EQ(to_hex(key->public_key().octets), "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
  const auto made = CurveKey::generate();
  EXPECT_EQ(CurveKey::from_private(made.secret())->public_key(), made.public_key());
}

TEST(Keys, CheckPublicKeyRefusesX25519OfSmallOrder) {
  EXPECT_TRUE(check_public_key(OpeningKey::generate(suite(SuiteId::kStandard)).public_key()));
  EXPECT_TRUE(check_public_key(CurveKey::generate().public_key()));
  Bytes one(32, 0);
  EXPECT_FALSE(check_public_key({Algorithm::kX25519, one}));
  one[0] = 1;
  EXPECT_FALSE(check_public_key({Algorithm::kX25519, one}));
  EXPECT_FALSE(
      check_public_key({Algorithm::kX25519, hex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800")}));
  EXPECT_FALSE(check_public_key({static_cast<Algorithm>(9), Bytes(32, 1)}));
}

}  // namespace
}  // namespace steelyard::crypto
