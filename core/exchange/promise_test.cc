#include "core/exchange/promise.h"

#include "core/crypto/merkle.h"
#include "core/exchange/digest.h"
#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using testing::filled;

constexpr Instant kNow{1'700'000'000'000'000};

// A log of seven entries with its checkpoint, cosigned by two of three witnesses.
class Receipts : public testing::WithSuite {
 protected:
  Receipts() : log_(crypto::SigningKey::generate(suite())), log_key_(*crypto::VerifyingKey::decode(log_.public_key())) {
    for (std::uint32_t i = 0; i < 7; ++i) {
      EntryBody body;
      body.kind = schemas::EntryKind::kRequest;
      body.digest = filled<Digest>(static_cast<std::uint8_t>(i));
      body.count = i;
      const auto octets = encode(body);
      bodies_.push_back(to_bytes(octets));
      leaves_.push_back(Digest{entry_commitment(suite(), salt(i), octets).octets});
    }
    crypto::Checkpoint head{std::string(testing::kOrigin), leaves_.size(), crypto::tree_root(suite(), leaves_), {}};
    auto note = crypto::parse_note(crypto::sign_checkpoint(head, log_));
    for (const char* name : {"tax", "civil", "health"}) {
      names_.emplace_back(name);
      const auto witness = crypto::SigningKey::generate(suite());
      witness_keys_.push_back(*crypto::VerifyingKey::decode(witness.public_key()));
      if (names_.size() < 3) note->signatures.push_back(crypto::cosign(note->text, name, witness, kNow));
    }
    checkpoint_ = crypto::format_note(*note);
  }

  static Salt salt(std::uint32_t i) { return filled<Salt>(static_cast<std::uint8_t>(100 + i)); }
  Receipt receipt(std::uint32_t i) const {
    return {LogIndex(i), salt(i), bodies_[i], crypto::inclusion_path(suite(), leaves_, i), checkpoint_};
  }
  ReceiptKeys keys(std::size_t quorum) const {
    ReceiptKeys keys{std::string(testing::kOrigin), &suite(), &log_key_, {}, quorum};
    for (std::size_t i = 0; i < names_.size(); ++i) keys.witnesses.emplace_back(names_[i], &witness_keys_[i]);
    return keys;
  }

  crypto::SigningKey log_;
  crypto::VerifyingKey log_key_;
  std::vector<Bytes> bodies_;
  std::vector<Digest> leaves_;
  std::vector<std::string> names_;
  std::vector<crypto::VerifyingKey> witness_keys_;
  std::string checkpoint_;
};
INSTANTIATE_TEST_SUITE_P(Suites, Receipts, testing::both_suites(), testing::suite_name);

TEST_P(Receipts, EveryEntryOfTheLogVerifiesFromItsText) {
  for (std::uint32_t i = 0; i < 7; ++i) {
    const std::string text = format_receipt(receipt(i));
    const auto parsed = parse_receipt(text);
    ASSERT_TRUE(parsed) << parsed.error().what;
    EXPECT_EQ(format_receipt(*parsed), text);
    const auto verdict = verify_receipt(*parsed, keys(2));
    ASSERT_TRUE(verdict) << verdict.error().what;
    EXPECT_EQ(verdict->entry.count, i);
    EXPECT_EQ(verdict->checkpoint.size, 7u);
    EXPECT_EQ(verdict->witnessed_by, (std::vector<std::string>{"tax", "civil"}));
  }
}

TEST_P(Receipts, TheTextBeginsAsTheFormatSays) {
  const std::string text = format_receipt(receipt(6));
  EXPECT_EQ(text.rfind("c2sp.org/tlog-proof@v1\nextra ", 0), 0u);
  EXPECT_NE(text.find("\nindex 6\n"), std::string::npos);
  EXPECT_EQ(text.substr(text.size() - checkpoint_.size() - 2), "\n\n" + checkpoint_);
}

TEST_P(Receipts, EveryFlippedBitOfTheTextIsCaught) {
  std::string text = format_receipt(receipt(4));
  const auto stands = [&] {
    const auto parsed = parse_receipt(text);
    return parsed && verify_receipt(*parsed, keys(2));
  };
  ASSERT_TRUE(stands());
  for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
    const auto flip = static_cast<char>(1 << bit % 8);
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ flip);
    EXPECT_FALSE(stands()) << "bit " << bit % 8 << " of octet " << bit / 8;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ flip);
  }
}

TEST_P(Receipts, EveryTruncationIsRefused) {
  const std::string text = format_receipt(receipt(4));
  for (std::size_t size = 0; size < text.size(); ++size) {
    const auto parsed = parse_receipt(std::string_view(text).substr(0, size));
    EXPECT_FALSE(parsed && verify_receipt(*parsed, keys(2))) << size;
  }
}

TEST_P(Receipts, FewerCosignaturesThanTheQuorumAreNotEnough) {
  EXPECT_TRUE(verify_receipt(receipt(1), keys(0)));
  const auto verdict = verify_receipt(receipt(1), keys(3));
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().code, schemas::code::verification_failed);
}

TEST_P(Receipts, AWitnessPinnedTwiceCountsOnce) {
  ReceiptKeys twice = keys(2);
  twice.witnesses = {{names_[0], &witness_keys_[0]}, {names_[0], &witness_keys_[0]}};
  EXPECT_FALSE(verify_receipt(receipt(1), twice));
}

TEST_P(Receipts, AnotherPlaceSaltOrBodyHasAnInvalidProof) {
  const auto code_of = [&](const Receipt& changed) {
    const auto verdict = verify_receipt(changed, keys(0));
    return verdict ? ErrorCode{0} : verdict.error().code;
  };
  Receipt changed = receipt(2);
  changed.index = LogIndex(3);
  EXPECT_EQ(code_of(changed), schemas::code::proof_invalid);
  changed = receipt(2);
  changed.index = LogIndex(7);
  EXPECT_EQ(code_of(changed), schemas::code::proof_invalid);
  changed = receipt(2);
  changed.salt.octets[0] ^= 1;
  EXPECT_EQ(code_of(changed), schemas::code::proof_invalid);
  changed = receipt(2);
  changed.body[60] ^= 1;
  EXPECT_EQ(code_of(changed), schemas::code::proof_invalid);
  ReceiptKeys other = keys(0);
  other.origin = "other.example/city";
  EXPECT_FALSE(verify_receipt(receipt(2), other));
}

TEST(Promise, IsAboutItsMessageAndHasAnIndex) {
  EntryBody body;
  body.kind = schemas::EntryKind::kAnswer;
  body.digest = filled<Digest>(9);
  Promise promise{LogIndex(5), filled<Salt>(1), to_bytes(encode(body)), kNow};
  const auto entry = check_promise(promise, body.digest);
  ASSERT_TRUE(entry) << entry.error().what;
  EXPECT_EQ(*entry, body);
  const auto other = check_promise(promise, filled<Digest>(8));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, schemas::code::verification_failed);
  promise.index = kNoIndex;
  EXPECT_FALSE(check_promise(promise, body.digest));
  promise.index = LogIndex(5);
  promise.body.pop_back();
  EXPECT_FALSE(check_promise(promise, body.digest));
}

}  // namespace
}  // namespace steelyard::exchange
