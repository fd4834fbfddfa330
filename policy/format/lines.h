// Lines of formatted text without the empty ones.
//
// Owns nothing. Threads: pure. Errors: none.
#pragma once

#include <string>
#include <string_view>

namespace steelyard::policy::format {

// Leaves out lines of nothing but blanks, but none that are part of a string, and blanks at both ends.
std::string without_empty_lines(std::string_view text);

}  // namespace steelyard::policy::format
