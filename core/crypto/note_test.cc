#include "core/crypto/note.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";

// The example of Go's golang.org/x/mod/sumdb/note: key
// PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW.
constexpr char kGoNote[] =
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

PublicKey go_key() {
  const auto octets = from_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").value();
  return {Algorithm::kEd25519, to_bytes(ByteView(octets).subspan(1))};
}

TEST(Note, GosExampleVerifies) {
  EXPECT_EQ(to_hex(note_key_id("PeterNeumann", NoteUse::kSignature, go_key())), "c74f20a3");
  const auto note = parse_note(kGoNote);
  ASSERT_TRUE(note) << note.error().what;
  EXPECT_TRUE(verify_note(*note, "PeterNeumann", VerifyingKey::decode(go_key()).value()));
  EXPECT_EQ(format_note(*note), kGoNote);
}

class Notes : public testing::TestWithParam<SuiteId> {
 protected:
  SigningKey key_ = SigningKey::generate(suite(GetParam()));
  VerifyingKey verifying_ = VerifyingKey::decode(key_.public_key()).value();
  Note note_{"line one\n\nline three\n", {}};
};
INSTANTIATE_TEST_SUITE_P(Suites, Notes, testing::Values(SuiteId::kStandard, SuiteId::kTestSecond),
                         [](const auto& param) { return param.param == SuiteId::kStandard ? "Standard" : "Second"; });

TEST_P(Notes, RoundTripsAndVerifies) {
  const auto other = SigningKey::generate(suite(GetParam()));
  note_.signatures = {sign_note(note_.text, "other", other), sign_note(note_.text, "log.example", key_)};
  const auto parsed = parse_note(format_note(note_)).value();
  EXPECT_EQ(parsed.text, note_.text);
  EXPECT_EQ(parsed.signatures, note_.signatures);
  EXPECT_TRUE(verify_note(parsed, "log.example", verifying_));
  EXPECT_FALSE(verify_note(parsed, "other", verifying_));
  EXPECT_FALSE(verify_note(parsed, "nobody", verifying_));
}

TEST_P(Notes, ChangedTextOrSignatureDoesNotVerify) {
  note_.signatures = {sign_note(note_.text, "log", key_)};
  Note bad = note_;
  bad.text[0] = 'L';
  EXPECT_FALSE(verify_note(bad, "log", verifying_));
  bad = note_;
  bad.signatures[0].signature[10] ^= 1;
  EXPECT_FALSE(verify_note(bad, "log", verifying_));
  bad = note_;
  bad.signatures[0].key[0] ^= 1;
  EXPECT_FALSE(verify_note(bad, "log", verifying_));
}

TEST_P(Notes, UsesHaveDifferentKeyIds) {
  EXPECT_NE(note_key_id("a", NoteUse::kSignature, key_.public_key()),
            note_key_id("a", NoteUse::kCosignature, key_.public_key()));
  EXPECT_NE(note_key_id("a", NoteUse::kSignature, key_.public_key()),
            note_key_id("b", NoteUse::kSignature, key_.public_key()));
}

TEST(Note, WhatTheFormatForbidsIsRefused) {
  const std::string dash(kDash);
  const std::string line = dash + "log AAAAAEFB\n";
  ASSERT_TRUE(parse_note("text\n\n" + line));
  const std::string bad[] = {
      "",
      "text\n",
      "text\n\n",
      "text\n" + line,
      "text\n\n" + line.substr(0, line.size() - 1),
      "text\n\n" + line + "\n",
      "text\n\nlog AAAAAEFB\n",
      "text\n\n" + dash + "logAAAAAEFB\n",
      "text\n\n" + dash + " AAAAAEFB\n",
      "text\n\n" + dash + "l+og AAAAAEFB\n",
      "text\n\n" + dash + "log AAAAAEF\n",
      "text\n\n" + dash + "log AAAAAA==\n",
      "te\txt\n\n" + line,
      "te\rxt\n\n" + line,
      std::string("te\0xt\n\n", 7) + line,
      "te\xC0\x80xt\n\n" + line,
      "te\xED\xA0\x80xt\n\n" + line,
      "te\xFFxt\n\n" + line,
  };
  for (const auto& octets : bad) EXPECT_FALSE(parse_note(octets)) << octets;
}

// As golang.org/x/mod/sumdb/note and C2SP signed-note have it.
TEST(Note, NamesAreAnyTextWithoutSpacesAndPlus) {
  for (const char* good :
       {"a", "log.example/7", "\xE6\x9D\x83\xE8\xA1\xA1", "a\x7f", "\xE2\x80\x8B", "\xF0\x9F\x98\x80"}) {
    EXPECT_TRUE(note_name_usable(good)) << good;
    EXPECT_TRUE(parse_note("text\n\n" + std::string(kDash) + good + " AAAAAEFB\n")) << good;
  }
  for (const char* bad :
       {"", "a b", "a+b", "a\nb", "a\tb", "a\xC2\xA0", "\xC2\x85", "\xE1\x9A\x80", "\xE2\x80\x80", "a\xE2\x80\x8A",
        "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80", "\xFF"})
    EXPECT_FALSE(note_name_usable(bad)) << bad;
}

TEST(Note, ManySignaturesAndHugeNotesAreRefused) {
  const std::string line = std::string(kDash) + "log AAAAAEFB\n";
  std::string octets = "text\n\n";
  for (std::size_t i = 0; i < limits::kNoteSignaturesMax; ++i) octets += line;
  EXPECT_TRUE(parse_note(octets));
  EXPECT_FALSE(parse_note(octets + line));
  EXPECT_FALSE(parse_note(std::string(limits::kNoteBytesMax, 'a') + "\n\n" + line));
}

}  // namespace
}  // namespace steelyard::crypto
