// format_policies(): policies and templates as Cedar text, laid out in the lines that everybody lays them out in.
//
// Comments are kept, and so is every token but commas that stand last in a list: the policies are the same, and what is
// formatted stays as it is. The layout is that of Cedar's own formatter.
// Owns nothing. Threads: any. Errors: kFix: text that does not parse, with line and column; a line width or an
// indentation that no text can have.
#pragma once

#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::policy::format {

struct Options {
  std::size_t line_width = 80;
  std::size_t indent_width = 2;
};

Result<std::string> format_policies(std::string_view text, const Options& options, std::size_t bytes_max);

}  // namespace steelyard::policy::format
