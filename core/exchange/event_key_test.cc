#include "core/exchange/event_key.h"

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/exchange/exchange_test_values.h"
#include "core/exchange/seal.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

class EventKeys : public testing::WithSuite {
 protected:
  EventKeys() : reader_(crypto::OpeningKey::generate(suite())) {
    parties_ = {std::string(testing::kOrigin),
                MemberId("civil"),
                MemberId("tax"),
                AgreementId("a-1"),
                DatasetId("civil/household"),
                crypto::make_exchange_id(Instant{1'700'000'000'000'000}),
                crypto::make_exchange_id(Instant{1'700'000'000'000'000}),
                7};
  }
  Bytes wrap(const crypto::SecretBytes& key) const {
    auto wrapped = wrap_content_key(suite(), key, parties_, reader_.public_key());
    EXPECT_TRUE(wrapped);
    return *wrapped;
  }
  EventKey key_for(const crypto::SecretBytes& key, EventKey::Direction direction) const {
    auto made = EventKey::open(suite(), key, direction);
    EXPECT_TRUE(made);
    return std::move(*made);
  }

  crypto::OpeningKey reader_;
  WrapParties parties_;
};
INSTANTIATE_TEST_SUITE_P(Suites, EventKeys, testing::both_suites(), testing::suite_name);

TEST_P(EventKeys, AWrapGivesItsReaderTheKey) {
  const crypto::SecretBytes key = make_content_key(suite());
  const auto back = unwrap_content_key(suite(), wrap(key), parties_, reader_);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_TRUE(equal(back->view(), key.view()));
  EXPECT_FALSE(equal(make_content_key(suite()).view(), key.view()));
  EXPECT_FALSE(unwrap_content_key(suite(), wrap(key), parties_, crypto::OpeningKey::generate(suite())));
}

TEST_P(EventKeys, AWrapOpensUnderNoOtherAgreementPartyOrPeriod) {
  const Bytes wrapped = wrap(make_content_key(suite()));
  const auto opens = [&](auto change) {
    WrapParties other = parties_;
    change(other);
    return unwrap_content_key(suite(), wrapped, other, reader_).has_value();
  };
  EXPECT_TRUE(opens([](WrapParties&) {}));
  EXPECT_FALSE(opens([](WrapParties& p) { p.origin += "x"; }));
  EXPECT_FALSE(opens([](WrapParties& p) { p.owner = MemberId("other"); }));
  EXPECT_FALSE(opens([](WrapParties& p) { p.user = MemberId("other"); }));
  EXPECT_FALSE(opens([](WrapParties& p) { p.agreement = {}; }));
  EXPECT_FALSE(opens([](WrapParties& p) { p.dataset = DatasetId("civil/marriage"); }));
  EXPECT_FALSE(opens([](WrapParties& p) { std::swap(p.view, p.subscription); }));
  EXPECT_FALSE(opens([](WrapParties& p) { ++p.period; }));
  // The same octets, cut elsewhere.
  EXPECT_FALSE(opens([](WrapParties& p) {
    p.user = MemberId("taxa");
    p.agreement = AgreementId("-1");
  }));
}

TEST_P(EventKeys, EveryFlippedBitOfAWrapIsCaught) {
  Bytes wrapped = wrap(make_content_key(suite()));
  for (std::size_t bit = 0; bit < wrapped.size() * 8; bit += 3) {
    wrapped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(unwrap_content_key(suite(), wrapped, parties_, reader_)) << "bit " << bit;
    wrapped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  }
  EXPECT_FALSE(unwrap_content_key(suite(), ByteView(wrapped).first(wrapped.size() - 1), parties_, reader_));
}

TEST_P(EventKeys, AnEventOpensUnderItsOwnSequenceAndEnvelopeAlone) {
  const crypto::SecretBytes octets = make_content_key(suite());
  EventKey seal = key_for(octets, EventKey::Direction::kSeal), open = key_for(octets, EventKey::Direction::kOpen);
  const auto salt = crypto::random<PlainSalt>();
  const Commitment commitment = plaintext_commitment(suite(), salt, as_bytes("rows"));
  auto sealed = seal.seal(41, as_bytes("envelope"), salt, as_bytes("rows"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(sealed->size(), padded_size(36 + 4) + suite().tag_bytes);
  const auto opened = open.open(41, as_bytes("envelope"), *sealed, commitment);
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(as_text(*opened), "rows");
  EXPECT_FALSE(open.open(42, as_bytes("envelope"), *sealed, commitment));
  EXPECT_FALSE(open.open(41, as_bytes("Envelope"), *sealed, commitment));
  EXPECT_FALSE(open.open(41, as_bytes("envelope"), *sealed, plaintext_commitment(suite(), salt, as_bytes("rowz"))));
  EventKey other = key_for(make_content_key(suite()), EventKey::Direction::kOpen);
  EXPECT_FALSE(other.open(41, as_bytes("envelope"), *sealed, commitment));
  for (std::size_t size = 0; size < sealed->size(); ++size)
    EXPECT_FALSE(open.open(41, as_bytes("envelope"), ByteView(*sealed).first(size), commitment));
}

TEST_P(EventKeys, WhatDoesNotFitAMessageIsNotSealed) {
  EventKey seal = key_for(make_content_key(suite()), EventKey::Direction::kSeal);
  EXPECT_FALSE(seal.seal(1, {}, {}, Bytes(limits::kMessageBytesMax - 8, 1)));
}

TEST_P(EventKeys, WrapsComeBackAndNothingElseDoes) {
  std::vector<Wrap> wraps;
  for (int i = 0; i < 3; ++i) wraps.push_back({crypto::random<ExchangeId>(), wrap(make_content_key(suite()))});
  Bytes octets = encode_wraps(wraps);
  const auto back = decode_wraps(suite(), octets);
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, wraps);
  for (std::size_t size = 0; size < octets.size(); ++size)
    EXPECT_FALSE(decode_wraps(suite(), ByteView(octets).first(size))) << size;
  for (const std::size_t at : {0U, 1U, 2U, 3U}) {
    octets[at] ^= 1;
    EXPECT_FALSE(decode_wraps(suite(), octets)) << at;
    octets[at] ^= 1;
  }
  octets.push_back(0);
  EXPECT_FALSE(decode_wraps(suite(), octets));
  EXPECT_FALSE(decode_wraps(suite(), Bytes{1, 0, 0, 0}));
}

// Octets that another implementation of docs/formats/events.md has to make the same of.
TEST(EventKeyVector, AKnownKeyOpensAKnownEvent) {
  const crypto::Suite& suite = crypto::suite(crypto::SuiteId::kStandard);
  Bytes octets(44);
  for (std::size_t i = 0; i < octets.size(); ++i) octets[i] = static_cast<std::uint8_t>(i);
  PlainSalt salt;
  salt.octets.fill(0x5a);
  auto key = EventKey::open(suite, crypto::SecretBytes(ByteView(octets)), EventKey::Direction::kSeal);
  ASSERT_TRUE(key);
  const auto sealed = key->seal(258, as_bytes("envelope"), salt, as_bytes("rows"));
  ASSERT_TRUE(sealed);
  EXPECT_EQ(to_hex(*sealed),
            "a8567ccfd98225cecb02a0cbaf3ef7cee4d1cef91727e4a9f1bf9f3d6b50060ecbed7c68a27147f001fbab633aa179786e3c5989b0"
            "205197cc2859e67286c6c0"
            "b2ee4905099a2c09eba4e988009c95a6");
}

}  // namespace
}  // namespace steelyard::exchange
