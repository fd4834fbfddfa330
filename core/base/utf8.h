// Strict UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
//
// Owns nothing. Threads: any. Errors: by return value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace steelyard {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  // octets
};

// The code point at the start of `text`; nothing if the octets there are not strict UTF-8. `text` is not empty.
std::optional<CodePoint> decode_utf8(std::string_view text);
bool is_utf8(std::string_view text);
bool is_scalar_value(std::uint32_t value);          // may stand in UTF-8
void append_utf8(std::string& to, char32_t value);  // value is a scalar value

}  // namespace steelyard
