#include "core/exchange/seal.h"

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::MessageKind;

class Seals : public testing::WithSuite {
 protected:
  Seals()
      : key_(crypto::OpeningKey::generate(suite())), sealer_(suite()), opener_(suite()), parties_(parties_for(key_)) {}

  static SealParties parties_for(const crypto::OpeningKey& key) {
    return {std::string(testing::kOrigin), MemberId("tax"), MemberId("civil"), key.id(), MessageKind::kRequest};
  }
  Commitment commitment(std::string_view plaintext) const {
    return plaintext_commitment(suite(), salt_, as_bytes(plaintext));
  }
  Bytes seal(std::string_view plaintext, Duration now = {}) {
    auto sealed = sealer_.seal(parties_, key_.public_key(), as_bytes(aad_), salt_, as_bytes(plaintext), now);
    EXPECT_TRUE(sealed);
    return std::move(*sealed);
  }
  Result<Bytes> open(const Bytes& sealed, std::string_view plaintext) {
    return opener_.open(parties_, key_, as_bytes(aad_), sealed, commitment(plaintext));
  }
  Bytes enc_of(const Bytes& sealed) const {
    return Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(suite().enc_bytes));
  }

  const std::string aad_ = "the envelope";
  const PlainSalt salt_ = crypto::random<PlainSalt>();
  crypto::OpeningKey key_;
  Sealer sealer_;
  Opener opener_;
  SealParties parties_;
};
INSTANTIATE_TEST_SUITE_P(Suites, Seals, testing::both_suites(), testing::suite_name);

TEST_P(Seals, WhatIsSealedOpensInAnyOrderAndAgain) {
  const std::vector<std::string> texts = {"", "a", std::string(28, 'b'), std::string(29, 'c'),
                                          std::string(100'000, 'd')};
  std::vector<Bytes> sealed;
  for (const auto& text : texts) sealed.push_back(seal(text));
  for (int round = 0; round < 2; ++round)
    for (std::size_t i = texts.size(); i-- > 0;) {
      const auto opened = open(sealed[i], texts[i]);
      ASSERT_TRUE(opened) << opened.error().what;
      EXPECT_EQ(as_text(*opened), texts[i]);
    }
  EXPECT_EQ(enc_of(sealed[0]), enc_of(sealed[4])) << "one context, many messages";
}

TEST_P(Seals, TheSizeIsThatOfTheBucket) {
  const std::size_t around = suite().enc_bytes + 8 + suite().tag_bytes;
  EXPECT_EQ(seal("").size(), around + 64);
  EXPECT_EQ(seal(std::string(28, 'x')).size(), around + 64);
  EXPECT_EQ(seal(std::string(29, 'x')).size(), around + 128);
}

TEST_P(Seals, EveryFlippedBitIsCaught) {
  Bytes sealed = seal("rows");
  ASSERT_TRUE(open(sealed, "rows"));
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    sealed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(open(sealed, "rows")) << "bit " << bit % 8 << " of octet " << bit / 8;
    sealed[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  }
  EXPECT_TRUE(open(sealed, "rows"));
}

TEST_P(Seals, EveryTruncationIsRefused) {
  const Bytes sealed = seal("rows");
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(open(Bytes(sealed.begin(), sealed.begin() + static_cast<std::ptrdiff_t>(size)), "rows")) << size;
}

TEST_P(Seals, EverythingThatInfoAndEnvelopeBindMustBeTheSame) {
  const Bytes sealed = seal("rows");
  const auto opens_as = [&](const SealParties& parties, std::string_view aad, const crypto::OpeningKey& key) {
    return opener_.open(parties, key, as_bytes(aad), sealed, commitment("rows")).has_value();
  };
  EXPECT_TRUE(opens_as(parties_, aad_, key_));
  EXPECT_FALSE(opens_as(parties_, "another envelope", key_));
  SealParties other = parties_;
  other.origin = "other.example/city";
  EXPECT_FALSE(opens_as(other, aad_, key_));
  other = parties_;
  other.author = MemberId("health");
  EXPECT_FALSE(opens_as(other, aad_, key_));
  other = parties_;
  other.recipient = MemberId("health");
  EXPECT_FALSE(opens_as(other, aad_, key_));
  other = parties_;
  other.kind = MessageKind::kAnswer;
  EXPECT_FALSE(opens_as(other, aad_, key_));
  const auto other_key = crypto::OpeningKey::generate(suite());
  EXPECT_FALSE(opens_as(parties_, aad_, other_key));
  EXPECT_FALSE(opens_as(parties_for(other_key), aad_, other_key));
}

TEST_P(Seals, AnotherPlaintextThanCommittedIsRefused) {
  const auto opened = open(seal("rows"), "other rows");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, schemas::code::verification_failed);
}

TEST_P(Seals, AContextEndsByTimeAndByCommandAndByANewKey) {
  const Bytes first = enc_of(seal("x", seconds(1)));
  EXPECT_EQ(enc_of(seal("x", seconds(600))), first);
  const Bytes second = enc_of(seal("x", seconds(601)));
  EXPECT_NE(second, first);
  sealer_.forget_all();
  EXPECT_NE(enc_of(seal("x", seconds(602))), second);
  const Bytes third = enc_of(seal("x", seconds(603)));
  key_ = crypto::OpeningKey::generate(suite());
  parties_ = parties_for(key_);
  EXPECT_NE(enc_of(seal("x", seconds(603))), third);
}

TEST_P(Seals, AKeyOtherThanNamedIsNeverSealedTo) {
  ASSERT_FALSE(seal("x").empty());
  const auto other = crypto::OpeningKey::generate(suite());
  EXPECT_FALSE(sealer_.seal(parties_, other.public_key(), as_bytes(aad_), salt_, as_bytes("x"), {}));
}

TEST_P(Seals, WhatDoesNotFitAMessageIsRefused) {
  EXPECT_TRUE(sealer_.seal(parties_, key_.public_key(), {}, salt_, Bytes(limits::kAnswerBytesMax, 1), {}));
  EXPECT_FALSE(sealer_.seal(parties_, key_.public_key(), {}, salt_, Bytes(limits::kMessageBytesMax, 1), {}));
}

TEST(Seal, AContextEndsByCountAndTheOpenerFollows) {
  const auto& suite = crypto::suite(crypto::SuiteId::kStandard);
  const auto key = crypto::OpeningKey::generate(suite);
  const SealParties parties{std::string(testing::kOrigin), MemberId("tax"), MemberId("civil"), key.id(),
                            MessageKind::kRequest};
  const PlainSalt salt;
  const Commitment commitment = plaintext_commitment(suite, salt, {});
  Sealer sealer(suite);
  Opener opener(suite);
  Bytes first;
  for (std::uint64_t i = 0; i <= limits::kSealMessagesMax; ++i) {
    const auto sealed = sealer.seal(parties, key.public_key(), {}, salt, {}, {});
    ASSERT_TRUE(sealed);
    const Bytes enc(sealed->begin(), sealed->begin() + 32);
    if (i == 0) first = enc;
    ASSERT_EQ(enc == first, i < limits::kSealMessagesMax) << i;
    if (i + 1 >= limits::kSealMessagesMax) {
      ASSERT_TRUE(opener.open(parties, key, {}, *sealed, commitment));
    }
  }
}

TEST(Seal, BucketsArePowersOfTwoThenEighths) {
  EXPECT_EQ(padded_size(36), 64u);
  EXPECT_EQ(padded_size(64), 64u);
  EXPECT_EQ(padded_size(65), 128u);
  EXPECT_EQ(padded_size(4'096), 4'096u);
  EXPECT_EQ(padded_size(4'097), 4'608u);
  EXPECT_EQ(padded_size(8'192), 8'192u);
  EXPECT_EQ(padded_size(8'193), 9'216u);
  for (std::size_t inner = 36; inner < 300'000; inner += 7) {
    const std::size_t padded = padded_size(inner);
    ASSERT_GE(padded, inner);
    ASSERT_EQ(padded_size(padded), padded);
    if (inner > 4'096) {
      ASSERT_LE(padded - inner, inner / 8);
    }
  }
}

}  // namespace
}  // namespace steelyard::exchange
