// CSV as RFC 4180 has it, from whatever spreadsheet wrote it: CRLF or LF, quotes anywhere a cell begins, UTF-8 with or
// without a mark, or GB18030.
//
// Owns: nothing. Threads: pure. Errors: kFix with the line; at most 512 columns and 1,000,000 lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"

namespace steelyard::cli {

struct CsvRecord {
  std::size_t line = 0;  // on which it begins, from 1
  std::vector<std::string> cells;
};

// Records without cells (empty lines) are left out.
Result<std::vector<CsvRecord>> read_csv(std::string_view utf8);

// UTF-8 as it is, without its mark; what is no UTF-8 is read as GB18030.
Result<std::string> utf8_of(ByteView file);

}  // namespace steelyard::cli
