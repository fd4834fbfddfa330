#include "cli/csv_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "cli/terminal.h"

namespace steelyard::cli {
namespace {

using Cells = std::vector<std::string>;

std::vector<Cells> cells_of(std::string_view text) {
  std::vector<Cells> all;
  const auto records = read_csv(text);
  EXPECT_TRUE(records) << (records ? "" : records.error().what);
  if (records)
    for (const CsvRecord& record : *records) all.push_back(record.cells);
  return all;
}

TEST(Csv, ReadsWhatSpreadsheetsWrite) {
  EXPECT_EQ(cells_of("a,b\r\nc,\r\n"), (std::vector<Cells>{{"a", "b"}, {"c", ""}}));
  EXPECT_EQ(cells_of("a,b\nc,d"), (std::vector<Cells>{{"a", "b"}, {"c", "d"}}));
  EXPECT_EQ(cells_of("\"a,\"\"b\"\"\nc\",d\n"), (std::vector<Cells>{{"a,\"b\"\nc", "d"}}));
  EXPECT_EQ(cells_of("a\n\n\r\nb\n"), (std::vector<Cells>{{"a"}, {"b"}})) << "empty lines are none";
  EXPECT_EQ(cells_of(","), (std::vector<Cells>{{"", ""}}));
  EXPECT_EQ(cells_of("a,\"\""), (std::vector<Cells>{{"a", ""}}));
  EXPECT_EQ(cells_of(""), std::vector<Cells>{});
}

TEST(Csv, SaysOnWhichLineARecordBegins) {
  const auto records = read_csv("a\n\"b\nb\"\nc\n");
  ASSERT_TRUE(records);
  ASSERT_EQ(records->size(), 3u);
  EXPECT_EQ((*records)[1].line, 2u);
  EXPECT_EQ((*records)[2].line, 4u);
}

TEST(Csv, WhatIsNoCsvIsAnErrorWithItsLine) {
  const std::pair<std::string, std::string> wrong[] = {{"a\n\"b\n\n", "line 2: a quoted cell does not end"},
                                                       {"a\nb\"c\n", "line 2: a quote inside"},
                                                       {"\"a\"b\n", "line 1: something stands after"},
                                                       {std::string(600, ','), "512 columns"}};
  for (const auto& [text, word] : wrong) {
    const auto records = read_csv(text);
    ASSERT_FALSE(records) << text;
    EXPECT_NE(records.error().what.find(word), std::string::npos) << records.error().what;
  }
}

TEST(Csv, WhatOurTablesWriteReadsBack) {
  rc::check([] {
    const auto rows = *rc::gen::nonEmpty(rc::gen::container<std::vector<Cells>>(rc::gen::container<Cells>(
        2, rc::gen::container<std::string>(rc::gen::element('a', ',', '"', '\n', '\r', ' ')))));
    std::string text;
    for (const Cells& row : rows) text += csv_cell(row[0]) + "," + csv_cell(row[1]) + "\r\n";
    const auto records = read_csv(text);
    RC_ASSERT(records.has_value());
    RC_ASSERT(records->size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) RC_ASSERT((*records)[i].cells == rows[i]);
  });
}

TEST(Csv, IsReadAsUtf8WithAMarkOrWithoutOrAsGb18030) {
  const auto bytes = [](std::string_view text) { return Bytes(text.begin(), text.end()); };
  EXPECT_EQ(utf8_of(bytes("名称")), "名称");
  EXPECT_EQ(utf8_of(bytes("\xef\xbb\xbf名称")), "名称");
  EXPECT_EQ(utf8_of(bytes("\xc3\xfb\xb3\xc6,1")), "名称,1");
  EXPECT_EQ(utf8_of(bytes("\x95\x32\x82\x36")), "𠀀") << "four octets";
  const auto neither = utf8_of(bytes("ab\xff\xff"));
  ASSERT_FALSE(neither);
  EXPECT_NE(neither.error().what.find("octet 3"), std::string::npos) << neither.error().what;
}

}  // namespace
}  // namespace steelyard::cli
