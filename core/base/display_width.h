// display_width(): columns that a text takes where every character has one width: 2 for wide East Asian characters, 0
// for combining marks.
//
// Threads: any. Errors: none: what is no UTF-8 takes one column each.
#pragma once

#include <cstddef>
#include <string_view>

namespace steelyard {

std::size_t display_width(std::string_view utf8);

}  // namespace steelyard
