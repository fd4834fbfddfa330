#include "cli/terminal.h"

#include <gtest/gtest.h>

#include <sstream>

namespace steelyard::cli {
namespace {

std::string printed(Output output, const Table& table) {
  std::ostringstream out, err;
  SystemClock clock;
  Terminal terminal{out, err, output, clock};
  print(terminal, table);
  EXPECT_EQ(err.str(), "");
  return out.str();
}

const Table kPeople{{"name", "n"}, {{"欧阳娜娜", 7}, {"Li", 12}}};

TEST(Width, ChineseTakesTwoColumns) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("海淀区"), 6U);
  EXPECT_EQ(display_width("（A）"), 5U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
  EXPECT_EQ(display_width("\xF0\xA0\xAE\xB7"), 2U);  // U+20BB7, a surname's character
  EXPECT_EQ(display_width("\xFF"), 1U);
}

TEST(Tables, AlignByDisplayWidth) {
  EXPECT_EQ(printed(Output::kTable, kPeople), "name      n\n欧阳娜娜  7\nLi        12\n");
}

TEST(Tables, BecomeJsonThatKeepsTypes) {
  const auto parsed = json::parse(printed(Output::kJson, kPeople));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(*(**parsed->as_array())[0].integer_at("n"), 7);
  EXPECT_EQ(*(**parsed->as_array())[1].string_at("name"), "Li");
}

TEST(Tables, BecomeCsvWithQuotesWhereNeeded) {
  const Table table{{"a", "b"}, {{"x,y", "say \"no\""}, {json::Value(), "plain"}}};
  EXPECT_EQ(printed(Output::kCsv, table), "a,b\r\n\"x,y\",\"say \"\"no\"\"\"\r\n,plain\r\n");
}

TEST(Tables, DataCannotSteerTheTerminal) {
  const std::string shown = printed(Output::kTable, {{"a"}, {{"\x1b[2Jgone\nnext"}}});
  EXPECT_EQ(shown.find('\x1b'), std::string::npos);
  EXPECT_EQ(shown, "a\n\xEF\xBF\xBD[2Jgone next\n");
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\xEF\xBF\xBD"
            "b");  // right-to-left override
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "\xEF\xBF\xBD"
            "31m");  // C1 control
  EXPECT_EQ(printable("权衡"), "权衡");
}

}  // namespace
}  // namespace steelyard::cli
