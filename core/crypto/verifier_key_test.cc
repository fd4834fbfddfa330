#include "core/crypto/verifier_key.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

// Of the documentation of golang.org/x/mod/sumdb/note.
constexpr char kGoKey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

TEST(VerifierKey, GosExampleIsReadAndWritten) {
  const auto key = verifier_key_from_text(kGoKey);
  ASSERT_TRUE(key) << key.error().what;
  EXPECT_EQ(key->name, "PeterNeumann");
  EXPECT_EQ(key->use, NoteUse::kSignature);
  EXPECT_EQ(key->key.algorithm, Algorithm::kEd25519);
  EXPECT_EQ(to_text(*key), kGoKey);
}

TEST(VerifierKey, EachUseOfEachSuiteIsReadAsWritten) {
  for (const auto id : {SuiteId::kStandard, SuiteId::kTestSecond})
    for (const auto use : {NoteUse::kSignature, NoteUse::kCosignature}) {
      const VerifierKey made{"log.example/\xE6\x9D\x83", use, SigningKey::generate(suite(id)).public_key()};
      const auto read = verifier_key_from_text(to_text(made));
      ASSERT_TRUE(read) << read.error().what;
      EXPECT_EQ(*read, made);
    }
}

TEST(VerifierKey, WhatFormattingWouldNotGiveBackIsRefused) {
  const std::string good = kGoKey;
  const std::string zeros = to_base64(Bytes(32));
  for (const std::string& bad :
       {std::string(), std::string("PeterNeumann"), std::string("PeterNeumann+c74f20a3"), good + "\n", " " + good,
        "Peter Neumann+c74f20a3" + good.substr(21), "PeterNeumann+C74F20A3" + good.substr(21),
        "PeterNeumann+c74f20a4" + good.substr(21), "Peter\xC2\xA0Neumann+c74f20a3" + good.substr(21),
        std::string("PeterNeumann+c74f20a3+BRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
        "PeterNeumann+c74f20a3+AR" + zeros, "PeterNeumann+c74f20a3+" + to_base64(Bytes(33, 1))})
    EXPECT_FALSE(verifier_key_from_text(bad)) << bad;
}

}  // namespace
}  // namespace steelyard::crypto
