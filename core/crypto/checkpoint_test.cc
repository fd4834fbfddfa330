#include "core/crypto/checkpoint.h"

#include <gtest/gtest.h>

#include "core/crypto/hash.h"

namespace steelyard::crypto {
namespace {

class Checkpoints : public testing::TestWithParam<SuiteId> {
 protected:
  const Suite& suite_ = suite(GetParam());
  SigningKey log_ = SigningKey::generate(suite_);
  VerifyingKey verifying_ = VerifyingKey::decode(log_.public_key()).value();
  SigningKey witness_ = SigningKey::generate(suite_);
  VerifyingKey witness_verifying_ = VerifyingKey::decode(witness_.public_key()).value();
  Checkpoint checkpoint_{"city-broker", 20'852'163, hash(suite_, as_bytes("root")), {}};
};
INSTANTIATE_TEST_SUITE_P(Suites, Checkpoints, testing::Values(SuiteId::kStandard, SuiteId::kTestSecond),
                         [](const auto& param) { return param.param == SuiteId::kStandard ? "Standard" : "Second"; });

TEST_P(Checkpoints, BodyIsThreeLinesAndExtensions) {
  EXPECT_EQ(format_checkpoint(checkpoint_), "city-broker\n20852163\n" + to_base64(checkpoint_.root.view()) + "\n");
  checkpoint_.extensions = {"one", "two words"};
  EXPECT_EQ(parse_checkpoint(format_checkpoint(checkpoint_)).value(), checkpoint_);
}

TEST_P(Checkpoints, SignedOnesVerifyUnderTheirOriginAndKeyAlone) {
  const std::string note = sign_checkpoint(checkpoint_, log_);
  EXPECT_EQ(verify_checkpoint(note, "city-broker", verifying_).value(), checkpoint_);
  EXPECT_FALSE(verify_checkpoint(note, "other-broker", verifying_));
  EXPECT_FALSE(verify_checkpoint(note, "city-broker", witness_verifying_));
  std::string grown = note;
  grown[grown.find("20852163")] = '3';
  EXPECT_FALSE(verify_checkpoint(grown, "city-broker", verifying_));
}

TEST_P(Checkpoints, AnotherOriginInTheBodyIsRefused) {
  Note note{format_checkpoint(checkpoint_), {}};
  note.signatures = {sign_note(note.text, "other-broker", log_)};
  EXPECT_FALSE(verify_checkpoint(note, "other-broker", verifying_));
}

TEST_P(Checkpoints, CosignaturesCarryTheirTime) {
  auto note = parse_note(sign_checkpoint(checkpoint_, log_)).value();
  EXPECT_FALSE(verify_cosignature(note, "tax", witness_verifying_));
  note.signatures.push_back(cosign(note.text, "tax", witness_, Instant{1'795'426'948'999'999}));
  note = parse_note(format_note(note)).value();
  EXPECT_EQ(verify_cosignature(note, "tax", witness_verifying_)->us, 1'795'426'948'000'000);
  EXPECT_TRUE(verify_checkpoint(note, "city-broker", verifying_));
  EXPECT_FALSE(verify_cosignature(note, "civil", witness_verifying_));
  EXPECT_FALSE(verify_cosignature(note, "tax", verifying_));
}

TEST_P(Checkpoints, ChangedCosignaturesAreRefused) {
  const std::string text = format_checkpoint(checkpoint_);
  const auto good = cosign(text, "tax", witness_, Instant{1'000'000'000});
  EXPECT_TRUE(verify_cosignature(text, good, "tax", witness_verifying_));
  for (std::size_t i = 0; i < good.signature.size(); ++i) {
    auto bad = good;
    bad.signature[i] ^= 0x10;
    EXPECT_FALSE(verify_cosignature(text, bad, "tax", witness_verifying_)) << i;
  }
  auto cut = good;
  cut.signature.pop_back();
  EXPECT_FALSE(verify_cosignature(text, cut, "tax", witness_verifying_));
  checkpoint_.size += 1;
  EXPECT_FALSE(verify_cosignature(format_checkpoint(checkpoint_), good, "tax", witness_verifying_));
}

TEST_P(Checkpoints, ACosignatureIsNoSignatureOfTheLog) {
  Note note{format_checkpoint(checkpoint_), {}};
  note.signatures = {cosign(note.text, "city-broker", log_, Instant{0})};
  EXPECT_FALSE(verify_checkpoint(note, "city-broker", verifying_));
}

// The message that a cosignature signs, octet for octet as tlog-cosignature states it.
TEST_P(Checkpoints, CosignedMessageIsTheStatedOne) {
  const std::string text = format_checkpoint(checkpoint_);
  const auto made = cosign(text, "tax", witness_, Instant{1'679'315'147'000'000});
  ASSERT_EQ(made.signature.size(), 72u);
  EXPECT_EQ(get_be<std::uint64_t>(made.signature.data()), 1'679'315'147u);
  EXPECT_TRUE(witness_verifying_.verify(as_bytes("cosignature/v1\ntime 1679315147\n" + text),
                                        ByteView(made.signature).subspan(8)));
}

TEST(Checkpoint, BodiesThatFormattingNeverGivesAreRefused) {
  const std::string root = to_base64(Bytes(32, 1));
  ASSERT_TRUE(parse_checkpoint("o\n0\n" + root + "\n"));
  EXPECT_EQ(parse_checkpoint("o\n18446744073709551615\n" + root + "\n")->size, ~0ull);
  const std::string bad[] = {"",
                             "o\n",
                             "o\n1\n",
                             "\n1\n" + root + "\n",
                             "o\n1\n" + root,
                             "o\n01\n" + root + "\n",
                             "o\n+1\n" + root + "\n",
                             "o\n-1\n" + root + "\n",
                             "o\n1 \n" + root + "\n",
                             "o\n\n" + root + "\n",
                             "o\n0x1\n" + root + "\n",
                             "o\n18446744073709551616\n" + root + "\n",
                             "o\n1\n" + to_base64(Bytes(31, 1)) + "\n",
                             "o\n1\n" + root.substr(0, 42) + "F=\n",
                             "o\n1\n" + root + "\n\n",
                             "o\n1\n" + root + "\next"};
  for (const auto& text : bad) EXPECT_FALSE(parse_checkpoint(text)) << text;
}

}  // namespace
}  // namespace steelyard::crypto
