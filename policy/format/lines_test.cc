#include "policy/format/lines.h"

#include <gtest/gtest.h>

namespace steelyard::policy::format {
namespace {

TEST(Lines, EmptyOnesAreLeftOut) {
  EXPECT_EQ(without_empty_lines("\n  \na\n\n  \n  b \n\t\nc\n\n"), "a\n  b \nc");
  EXPECT_EQ(without_empty_lines(""), "");
  EXPECT_EQ(without_empty_lines(" \n "), "");
  EXPECT_EQ(without_empty_lines("a // b\n\n\n// c\n  \n  d"), "a // b\n// c\n  d");
}

TEST(Lines, ThoseOfStringsStay) {
  EXPECT_EQ(without_empty_lines("a == \"x\n\n  \n\"\n\nb"), "a == \"x\n\n  \n\"\nb");
  EXPECT_EQ(without_empty_lines("\"\\\"\n\n\" \n\n  // \"\n\n b"), "\"\\\"\n\n\" \n  // \"\n b")
      << "a quote in a comment";
  EXPECT_EQ(without_empty_lines("\"//\n\n\"\n\n"), "\"//\n\n\"");
}

}  // namespace
}  // namespace steelyard::policy::format
