#include "core/crypto/hpke.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/crypto/random.h"

namespace steelyard::crypto {
namespace {

class Hpke : public testing::TestWithParam<SuiteId> {
 protected:
  const Suite& suite_ = suite(GetParam());
  OpeningKey key_ = OpeningKey::generate(suite_);
  Bytes info_ = to_bytes(as_bytes("steelyard/seal/v1"));
  SealingContext sealing_ = SealingContext::open(suite_, key_.public_key(), info_).value();
  OpeningContext opening_ = OpeningContext::open(suite_, key_, sealing_.enc(), info_).value();
};
INSTANTIATE_TEST_SUITE_P(Suites, Hpke, testing::Values(SuiteId::kStandard, SuiteId::kTestSecond),
                         [](const auto& param) { return param.param == SuiteId::kStandard ? "Standard" : "Second"; });

TEST_P(Hpke, OpensInAnyOrderAndAgain) {
  EXPECT_EQ(sealing_.enc().size(), suite_.enc_bytes);
  EXPECT_EQ(key_.public_key().octets.size(), suite_.sealing_key_bytes);
  std::vector<Bytes> sealed;
  for (std::uint64_t i = 0; i < 40; ++i) {
    std::uint64_t seq = 99;
    sealed.push_back(sealing_.seal(as_bytes("aad"), Bytes(i * 31, static_cast<std::uint8_t>(i)), seq).value());
    EXPECT_EQ(seq, i);
    EXPECT_EQ(sealed.back().size(), i * 31 + suite_.tag_bytes);
  }
  for (int round = 0; round < 2; ++round)
    for (std::uint64_t i = 40; i-- > 0;)
      EXPECT_EQ(opening_.open_message(i, as_bytes("aad"), sealed[i]).value(),
                Bytes(i * 31, static_cast<std::uint8_t>(i)));
}

TEST_P(Hpke, SealedInPlaceIsTheSame) {
  for (const std::size_t size : {0, 1, 15, 16, 200}) {
    Bytes octets(size, 7);
    octets.resize(size + suite_.tag_bytes);
    const auto seq = sealing_.next_seq();
    sealing_.seal_in_place(as_bytes("aad"), octets);
    EXPECT_EQ(sealing_.next_seq(), seq + 1);
    EXPECT_EQ(opening_.open_message(seq, as_bytes("aad"), octets).value(), Bytes(size, 7));
  }
}

TEST_P(Hpke, AnyChangeIsRefused) {
  std::uint64_t seq = 0;
  const Bytes sealed = sealing_.seal(as_bytes("aad"), as_bytes("the rows"), seq).value();
  EXPECT_FALSE(opening_.open_message(seq + 1, as_bytes("aad"), sealed));
  EXPECT_FALSE(opening_.open_message(limits::kSealMessagesMax, as_bytes("aad"), sealed));
  EXPECT_FALSE(opening_.open_message(seq, as_bytes("aae"), sealed));
  EXPECT_FALSE(opening_.open_message(seq, {}, sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes bad = sealed;
    bad[i] ^= 0x20;
    EXPECT_FALSE(opening_.open_message(seq, as_bytes("aad"), bad));
    EXPECT_FALSE(opening_.open_message(seq, as_bytes("aad"), ByteView(sealed).first(i)));
  }
  EXPECT_TRUE(opening_.open_message(seq, as_bytes("aad"), sealed));  // a refusal spoils nothing
}

TEST_P(Hpke, AnotherKeyInfoOrEncDoesNotOpen) {
  std::uint64_t seq = 0;
  const Bytes sealed = sealing_.seal({}, as_bytes("x"), seq).value();
  const auto other = OpeningKey::generate(suite_);
  EXPECT_FALSE(OpeningContext::open(suite_, other, sealing_.enc(), info_)->open_message(seq, {}, sealed));
  EXPECT_FALSE(OpeningContext::open(suite_, key_, sealing_.enc(), as_bytes("other"))->open_message(seq, {}, sealed));
  const auto second = SealingContext::open(suite_, key_.public_key(), info_).value();
  EXPECT_FALSE(OpeningContext::open(suite_, key_, second.enc(), info_)->open_message(seq, {}, sealed));
  EXPECT_FALSE(OpeningContext::open(suite_, key_, Bytes(suite_.enc_bytes, 0), info_));
  EXPECT_FALSE(OpeningContext::open(suite_, key_, sealing_.enc().first(10), info_));
}

TEST_P(Hpke, AContextEnds) {
  std::uint64_t seq = 0;
  for (std::uint64_t i = 0; i < limits::kSealMessagesMax; ++i) {
    ASSERT_FALSE(sealing_.ended());
    ASSERT_TRUE(sealing_.seal({}, {}, seq));
  }
  EXPECT_TRUE(sealing_.ended());
  EXPECT_EQ(sealing_.seal({}, {}, seq).error().kind, ErrorKind::kReconnect);
  EXPECT_EQ(seq, limits::kSealMessagesMax - 1);
}

TEST_P(Hpke, KeysOfTheOtherSuiteAreRefused) {
  const Suite& other = suite(suite_.id == SuiteId::kStandard ? SuiteId::kTestSecond : SuiteId::kStandard);
  EXPECT_FALSE(SealingContext::open(other, key_.public_key(), info_));
  EXPECT_FALSE(OpeningContext::open(other, key_, sealing_.enc(), info_));
  PublicKey renamed = key_.public_key();
  renamed.algorithm = Algorithm::kCurve;
  EXPECT_FALSE(SealingContext::open(suite_, renamed, info_));
}

TEST(HpkeStandard, AllZeroSharedSecretIsRefused) {
  const Suite& standard = suite(SuiteId::kStandard);
  Bytes point(32, 0);
  EXPECT_FALSE(SealingContext::open(standard, {Algorithm::kX25519, point}, {}));
  const auto key = OpeningKey::generate(standard);
  EXPECT_FALSE(OpeningContext::open(standard, key, point, {}));
  point[0] = 1;
  EXPECT_FALSE(SealingContext::open(standard, {Algorithm::kX25519, point}, {}));
  EXPECT_FALSE(OpeningContext::open(standard, key, point, {}));
}

}  // namespace
}  // namespace steelyard::crypto
