// Text of others on a terminal or in a log: whatever steers one is shown and not done.
//
// Steering are control characters (C0, DEL, C1), characters that turn the direction of text or end its line, and octets
// that are no UTF-8. A log is lines of `name=value`: a value that others chose is quoted(), so that it ends where it
// ends. Threads: any. Errors: none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace steelyard {

inline constexpr char32_t kBrokenCode = 0xFFFFFFFF;

// The next character of `text` from `at`, which moves on; kBrokenCode, one octet on, where it is no UTF-8.
char32_t next_code(std::string_view text, std::size_t& at);
bool steers(char32_t code);

std::string escaped(std::string_view text);  // \n, \t, \x1b, \u{202e}; all else as it is
std::string quoted(std::string_view text);   // the same between quotes, with \" and \\ inside

}  // namespace steelyard
