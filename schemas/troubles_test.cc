#include "schemas/troubles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

namespace steelyard::schemas {
namespace {

// What stands between backticks and begins with a program.
bool holds_command(std::string_view text) {
  constexpr std::array<std::string_view, 9> kPrograms{"systemctl", "journalctl", "steelyard", "iostat", "chronyc",
                                                      "df",        "ss",         "ls",        "dmesg"};
  for (std::size_t open = text.find('`'); open != std::string_view::npos;) {
    const std::size_t close = text.find('`', open + 1);
    if (close == std::string_view::npos) return false;
    const std::string_view command = text.substr(open + 1, close - open - 1);
    const std::string_view program = command.substr(0, command.find(' '));
    if (program.size() < command.size() && std::find(kPrograms.begin(), kPrograms.end(), program) != kPrograms.end())
      return true;
    open = text.find('`', close + 1);
  }
  return false;
}

TEST(Troubles, EachSaysTheNextCommandInBothLanguages) {
  std::set<std::string_view> codes;
  for (const TroubleRow& row : troubles()) {
    EXPECT_TRUE(codes.insert(row.code).second) << row.code;
    EXPECT_EQ(trouble_row(row.code), &row);
    EXPECT_TRUE(row.turn == "operator" || row.turn == "owner") << row.code;
    EXPECT_TRUE(holds_command(row.en_do)) << row.code << ": " << row.en_do;
    EXPECT_TRUE(holds_command(row.zh_do)) << row.code << ": " << row.zh_do;
    EXPECT_NE(row.en_do.back(), '.') << row.code;
  }
  EXPECT_GT(codes.size(), 10u);
  EXPECT_EQ(trouble_row("of-a-later-version"), nullptr);
}

}  // namespace
}  // namespace steelyard::schemas
