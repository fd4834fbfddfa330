#include "core/crypto/log_policy.h"

#include <gtest/gtest.h>

#include "core/crypto/checkpoint.h"

namespace steelyard::crypto {
namespace {

class Policies : public testing::Test {
 protected:
  struct Cosigner {
    std::string name;
    SigningKey key = SigningKey::generate(suite(SuiteId::kStandard));
    std::string vkey() const { return to_text(VerifierKey{name, NoteUse::kCosignature, key.public_key()}); }
  };

  // The specification's example: two of the X, and one of the Y.
  std::string example(const std::string& quorum = "X-and-Y") const {
    std::string text = "# of whom we know\n\nlog " + log_vkey() + " https://log.example/\n";
    for (const char* group : {"X", "Y"})
      for (int i = 1; i <= 3; ++i) {
        const auto& cosigner = cosigners[static_cast<std::size_t>((group[0] - 'X') * 3 + i - 1)];
        text += "\twitness  " + std::string(group) + std::to_string(i) + "\t" + cosigner.vkey() + " \n";
      }
    text += "group X-witnesses 2 X1 X2 X3\ngroup Y-witnesses any Y1 Y2 Y3\n";
    return text + "group X-and-Y all X-witnesses Y-witnesses\nquorum " + quorum + "\n";
  }
  std::string log_vkey() const { return to_text(VerifierKey{"log.example", NoteUse::kSignature, log.public_key()}); }
  Note cosigned_by(std::initializer_list<std::size_t> which) const {
    Note note{format_checkpoint({"log.example", 7, Digest{}, {}}), {}};
    note.signatures.push_back(sign_note(note.text, "log.example", log));
    for (const std::size_t i : which)
      note.signatures.push_back(cosign(note.text, cosigners[i].name, cosigners[i].key, Instant{1'000'000}));
    return note;
  }

  SigningKey log = SigningKey::generate(suite(SuiteId::kStandard));
  Cosigner cosigners[6] = {{"w.example/1"}, {"w.example/2"}, {"w.example/3"},
                           {"v.example/1"}, {"v.example/2"}, {"v.example/3"}};
};

TEST_F(Policies, TwoOfTheOneAndAnyOfTheOtherAreAQuorum) {
  const auto policy = LogPolicy::parse(example());
  ASSERT_TRUE(policy) << policy.error().what;
  ASSERT_EQ(policy->logs().size(), 1u);
  EXPECT_EQ(policy->logs()[0].name, "log.example");
  EXPECT_TRUE(policy->wants_witnesses());
  const auto names = policy->check(cosigned_by({0, 2, 4}));
  ASSERT_TRUE(names) << names.error().what;
  EXPECT_EQ(*names, (std::vector<std::string>{"X1", "X3", "Y2"}));
  for (const auto& which : {std::initializer_list<std::size_t>{}, {0, 1, 2}, {0, 3, 4, 5}})
    EXPECT_FALSE(policy->check(cosigned_by(which)));
}

TEST_F(Policies, OneWitnessMayBeTheQuorumAndNoneToo) {
  EXPECT_TRUE(LogPolicy::parse(example("Y1"))->check(cosigned_by({3})));
  EXPECT_FALSE(LogPolicy::parse(example("Y1"))->check(cosigned_by({0, 1, 4})));
  const auto none = LogPolicy::parse("quorum none\n");
  ASSERT_TRUE(none) << none.error().what;
  EXPECT_FALSE(none->wants_witnesses());
  EXPECT_TRUE(none->check(cosigned_by({})));
}

TEST_F(Policies, ACosignatureUnderAnotherNameOrOfAnotherTextDoesNotCount) {
  const auto policy = LogPolicy::parse(example("Y1"));
  Note note = cosigned_by({3});
  note.signatures.back().name = "v.example/2";
  EXPECT_FALSE(policy->check(note));
  note = cosigned_by({3});
  note.text = format_checkpoint({"log.example", 8, Digest{}, {}});
  EXPECT_FALSE(policy->check(note));
}

TEST_F(Policies, WhatTheFormatForbidsIsRefusedWithItsLine) {
  const std::string a = "witness a " + cosigners[0].vkey() + "\n", b = "witness b " + cosigners[1].vkey() + "\n";
  for (const std::string& bad : {std::string(),
                                 std::string("quorum none"),
                                 std::string("quorum a\n"),
                                 "quorum a\n" + a,
                                 a + "quorum a\nquorum a\n",
                                 a + "witness c " + cosigners[0].vkey() + "\nquorum a\n",
                                 a + "witness a " + cosigners[1].vkey() + "\nquorum a\n",
                                 "witness none " + cosigners[0].vkey() + "\nquorum none\n",
                                 "witness a " + log_vkey() + "\nquorum a\n",
                                 "log " + cosigners[0].vkey() + "\nquorum none\n",
                                 "log " + log_vkey() + "\nlog " + log_vkey() + "\nquorum none\n",
                                 a + "group g 2 a\nquorum g\n",
                                 a + "group g 0 a\nquorum g\n",
                                 a + "group g any\nquorum g\n",
                                 a + "group g any a a\nquorum g\n",
                                 a + "group g any a b\n" + b + "quorum g\n",
                                 a + b + "group g any a\ngroup h any a b\nquorum h\n",
                                 a + "group g some a\nquorum g\n",
                                 std::string("quorum none\r\n"),
                                 std::string("quorums none\nquorum none\n"),
                                 std::string("quorum none\n\x7f\n")}) {
    const auto read = LogPolicy::parse(bad);
    EXPECT_FALSE(read) << bad;
  }
  const auto read = LogPolicy::parse("# one\n\nfoo bar\n");
  ASSERT_FALSE(read);
  EXPECT_TRUE(read.error().what.starts_with("line 3: ")) << read.error().what;
}

}  // namespace
}  // namespace steelyard::crypto
