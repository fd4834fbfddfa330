#include "core/base/plain_text.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(PlainText, AValueOfALogLineEndsWhereItEnds) {
  EXPECT_EQ(quoted("adapter 0.1"), "\"adapter 0.1\"");
  EXPECT_EQ(quoted(R"(x" member=tax why="\)"), R"("x\" member=tax why=\"\\")");
  EXPECT_EQ(quoted("a\nlevel=critical b\t"), R"("a\nlevel=critical b\t")");
}

TEST(PlainText, WhatSteersATerminalIsShown) {
  EXPECT_EQ(escaped("\x1b[2J\x7f"), "\\x1b[2J\\x7f");
  EXPECT_EQ(escaped("\xC2\x9B"
                    "31m"),
            "\\u{009b}31m");  // C1: a control sequence without an escape
  EXPECT_EQ(escaped("a\xE2\x80\xAE"
                    "b\xE2\x81\xA6\xE2\x80\x8F\xD8\x9C\xE2\x80\xA8"),
            "a\\u{202e}b\\u{2066}\\u{200f}\\u{061c}\\u{2028}");
  EXPECT_EQ(escaped("\xFFz\xE2\x80"), "\\xffz\\xe2\\x80");
  EXPECT_EQ(escaped("\xE0\x80\x9B[2J \xED\xA0\x80"), "\\xe0\\x80\\x9b[2J \\xed\\xa0\\x80");  // overlong, a surrogate
}

TEST(PlainText, WhatPeopleWriteStaysAsItIs) {
  EXPECT_EQ(escaped("户籍 \"é\" \\ 🙂"), "户籍 \"é\" \\ 🙂");
  EXPECT_EQ(escaped(""), "");
}

}  // namespace
}  // namespace steelyard
