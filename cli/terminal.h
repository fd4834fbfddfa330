// Terminal: where a verb prints. Data goes to `out` as table, JSON or CSV; everything said to people goes to `err`.
//
// Threads: main's. Errors: none; run_program looks at the stream in the end.
// Format: tables are aligned by display width (a Chinese character takes two columns); CSV is RFC 4180; JSON is one
// value: an array of objects, or one object.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/json/json.h"

namespace steelyard::cli {

enum class Output { kTable, kJson, kCsv };

struct Terminal {
  std::ostream& out;
  std::ostream& err;
  Output output = Output::kTable;
  const Clock& clock;
};

struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<json::Value>> rows;  // one value for each column
};

json::Value to_json(const Table& table);  // an array of objects
void print(Terminal& terminal, const Table& table);
// One object: name and value in lines, or one JSON object, or a CSV of two lines.
void print(Terminal& terminal, const json::Value& object);

// Columns that the text takes on a terminal: 2 for wide East Asian characters, 0 for combining marks.
std::size_t display_width(std::string_view utf8);
// The same text with control characters and broken UTF-8 replaced, so that data cannot steer the terminal.
std::string printable(std::string_view text);
std::string csv_cell(std::string_view text);
std::string cell_text(const json::Value& value);

}  // namespace steelyard::cli
