#include "core/exchange/bundle.h"

#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::MessageKind;
using testing::kOrigin;
using testing::out_message;

class Bundles : public testing::WithSuite {
 protected:
  Bundles()
      : key_(crypto::SigningKey::generate(suite())), verifying_(*crypto::VerifyingKey::decode(key_.public_key())) {}

  std::vector<OutMessage> messages(std::size_t count, const std::string& word = "message ") const {
    std::vector<OutMessage> made;
    for (std::size_t i = 0; i < count; ++i)
      made.push_back(out_message(MessageKind::kRequest, word + std::to_string(i), "sealed"));
    return made;
  }
  VerifiedBundle bundle(std::size_t count, const std::string& word = "message ") const {
    const Bytes octets = sign_member_frame(suite(), kOrigin, tax_, key_, messages(count, word));
    auto opened = open_bundle(suite(), kOrigin, tax_, verifying_, *parse_frame(octets));
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  BundleVerifier verifier() const { return {suite(), std::string(kOrigin)}; }

  const MemberId tax_{"tax"};
  crypto::SigningKey key_;
  crypto::VerifyingKey verifying_;
};
INSTANTIATE_TEST_SUITE_P(Suites, Bundles, testing::both_suites(), testing::suite_name);

TEST_P(Bundles, EveryMessageOfEveryShapeHasItsProof) {
  for (const std::size_t size : {1, 2, 3, 5, 8, 13, 511, 512}) {
    const VerifiedBundle opened = bundle(size);
    ASSERT_EQ(opened.digests.size(), size);
    BundleVerifier checks = verifier();
    for (std::size_t i = 0; i < size; ++i)
      ASSERT_TRUE(checks.verify(opened.digests[i], opened.proof_of(i), verifying_)) << i << " of " << size;
    EXPECT_EQ(checks.signatures_checked(), 1u) << "one signature for a bundle of " << size;
  }
}

TEST_P(Bundles, AForeignOriginAuthorOrKeyIsABadSignature) {
  const Bytes octets = sign_member_frame(suite(), kOrigin, tax_, key_, messages(3));
  const auto frame = parse_frame(octets);
  const auto code_of = [&](std::string_view origin, const MemberId& author, const crypto::VerifyingKey& key) {
    const auto opened = open_bundle(suite(), origin, author, key, *frame);
    return opened ? ErrorCode{0} : opened.error().code;
  };
  EXPECT_EQ(code_of(kOrigin, tax_, verifying_), 0);
  EXPECT_EQ(code_of("other.example/city", tax_, verifying_), schemas::code::bad_signature);
  EXPECT_EQ(code_of(kOrigin, MemberId("health"), verifying_), schemas::code::bad_signature);
  const auto other = crypto::SigningKey::generate(suite());
  EXPECT_EQ(code_of(kOrigin, tax_, *crypto::VerifyingKey::decode(other.public_key())), schemas::code::bad_signature);
}

TEST_P(Bundles, MessagesOfABundleCannotChangePlaces) {
  const auto sent = messages(2);
  const Bytes octets = sign_member_frame(suite(), kOrigin, tax_, key_, sent);
  auto frame = parse_frame(octets);
  std::swap(frame->messages[0], frame->messages[1]);
  EXPECT_FALSE(open_bundle(suite(), kOrigin, tax_, verifying_, *frame));
}

TEST_P(Bundles, ABrokerFrameThatOnlyForwardsBearsNoBundle) {
  auto forwarded = messages(1);
  forwarded[0].proof = bundle(1).proof_of(0);
  const Bytes octets = sign_broker_frame(suite(), kOrigin, key_, forwarded);
  const auto frame = parse_frame(octets);
  ASSERT_TRUE(frame) << frame.error().what;
  EXPECT_TRUE(frame->key.is_zero());
  EXPECT_EQ(frame->signature, crypto::Signature{});
  EXPECT_FALSE(open_bundle(suite(), kOrigin, MemberId(std::string(kOrigin)), verifying_, *frame));
  Bytes dirty = octets;
  dirty[6] = 1;  // a key id over nothing
  EXPECT_FALSE(parse_frame(dirty));
}

TEST_P(Bundles, AProofSpeaksOfItsMessageAlone) {
  const VerifiedBundle opened = bundle(5);
  const Proof proof = opened.proof_of(2);
  BundleVerifier checks = verifier();
  ASSERT_TRUE(checks.verify(opened.digests[2], proof, verifying_));  // remembered from here on

  EXPECT_FALSE(checks.verify(opened.digests[3], proof, verifying_));
  Proof changed = proof;
  changed.index = 1;
  EXPECT_FALSE(checks.verify(opened.digests[2], changed, verifying_));
  changed = proof;
  changed.size = 6;
  EXPECT_FALSE(checks.verify(opened.digests[2], changed, verifying_));
  changed = proof;
  changed.path.pop_back();
  EXPECT_EQ(checks.verify(opened.digests[2], changed, verifying_).error().code, schemas::code::proof_invalid);
  changed = proof;
  changed.path[0].octets[5] ^= 1;
  EXPECT_FALSE(checks.verify(opened.digests[2], changed, verifying_));
  changed = proof;
  changed.signature[7] ^= 1;
  EXPECT_FALSE(checks.verify(opened.digests[2], changed, verifying_));
  changed = proof;
  changed.author = MemberId("health");
  EXPECT_EQ(checks.verify(opened.digests[2], changed, verifying_).error().code, schemas::code::bad_signature);
  const auto other = crypto::SigningKey::generate(suite());
  EXPECT_FALSE(checks.verify(opened.digests[2], proof, *crypto::VerifyingKey::decode(other.public_key())));
  EXPECT_TRUE(checks.verify(opened.digests[2], proof, verifying_));
}

TEST_P(Bundles, OnlySuccessesAreRemembered) {
  const VerifiedBundle opened = bundle(2);
  Proof wrong = opened.proof_of(0);
  wrong.signature[0] ^= 1;
  BundleVerifier checks = verifier();
  for (std::uint64_t round = 1; round <= 3; ++round) {
    EXPECT_FALSE(checks.verify(opened.digests[0], wrong, verifying_));
    EXPECT_EQ(checks.signatures_checked(), round);
  }
}

TEST(BundleVerifier, ForgetsTheOldestBundleOfAnAuthorBeyondItsLimit) {
  const auto& suite = crypto::suite(crypto::SuiteId::kStandard);
  const auto key = crypto::SigningKey::generate(suite);
  const auto verifying = *crypto::VerifyingKey::decode(key.public_key());
  BundleVerifier checks(suite, std::string(kOrigin));
  std::vector<VerifiedBundle> bundles;
  for (std::size_t i = 0; i <= BundleVerifier::kRememberedMax; ++i) {
    const Bytes octets = sign_member_frame(suite, kOrigin, MemberId("tax"), key,
                                           std::vector{out_message(MessageKind::kRequest, std::to_string(i))});
    bundles.push_back(*open_bundle(suite, kOrigin, MemberId("tax"), verifying, *parse_frame(octets)));
    ASSERT_TRUE(checks.verify(bundles[i].digests[0], bundles[i].proof_of(0), verifying));
  }
  const auto before = checks.signatures_checked();
  EXPECT_TRUE(checks.verify(bundles[1].digests[0], bundles[1].proof_of(0), verifying));
  EXPECT_EQ(checks.signatures_checked(), before);
  EXPECT_TRUE(checks.verify(bundles[0].digests[0], bundles[0].proof_of(0), verifying));
  EXPECT_EQ(checks.signatures_checked(), before + 1);
}

}  // namespace
}  // namespace steelyard::exchange
