#include "core/crypto/add_checkpoint.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/base/outside_limits.h"

namespace steelyard::crypto {
namespace {

// The example of C2SP tlog-witness.
constexpr char kExample[] =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\xE2\x80\x94 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";

TEST(AddCheckpoint, TheSpecificationsExampleIsReadAndWritten) {
  const auto read = parse_add_checkpoint(kExample);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(read->old_size, 20'852'014u);
  EXPECT_EQ(read->proof.size(), 4u);
  EXPECT_TRUE(read->note.starts_with("example.com/behind-the-sofa\n20852163\n"));
  EXPECT_EQ(format_add_checkpoint(*read), kExample);
}

TEST(AddCheckpoint, WhatTheFormatForbidsIsRefused) {
  const std::string digest = to_base64(Digest{}.view()) + "\n";
  ASSERT_TRUE(parse_add_checkpoint("old 0\n\nnote\n"));
  std::string long_proof = "old 1\n";
  for (std::size_t i = 0; i < limits::kConsistencyPathMax; ++i) long_proof += digest;
  ASSERT_TRUE(parse_add_checkpoint(long_proof + "\nnote\n"));
  for (const std::string& bad :
       {std::string(), std::string("old 0"), std::string("old 0\n"), std::string("old 0\n\n"),
        std::string("old \n\nnote\n"), std::string("old 00\n\nnote\n"), std::string("old 01\n\nnote\n"),
        std::string("old -1\n\nnote\n"), std::string("old +1\n\nnote\n"), std::string("old  1\n\nnote\n"),
        std::string("Old 1\n\nnote\n"), std::string("old 18446744073709551616\n\nnote\n"),
        std::string("old 0\r\n\r\nnote\n"), "old 1\n" + digest + "note\n", std::string("old 1\nAAAA\n\nnote\n"),
        long_proof + digest + "\nnote\n"})
    EXPECT_FALSE(parse_add_checkpoint(bad)) << bad;
}

TEST(AddCheckpoint, AWitnesssSizeIsOneLine) {
  EXPECT_EQ(parse_tree_size("20852014\n").value(), 20'852'014u);
  for (const char* bad : {"", "1", "1\n\n", "1\n2\n", "01\n", "x\n", " 1\n"}) EXPECT_FALSE(parse_tree_size(bad)) << bad;
}

}  // namespace
}  // namespace steelyard::crypto
