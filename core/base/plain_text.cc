#include "core/base/plain_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "core/base/utf8.h"

namespace steelyard {

namespace {

void add_escaped(std::string& to, std::string_view text, std::string_view also) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t from = at;
    const char32_t code = next_code(text, at);
    if (code == '\n')
      to += "\\n";
    else if (code == '\t')
      to += "\\t";
    else if (code == kBrokenCode || (code < 0x80 && steers(code)))
      to += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[from]));
    else if (steers(code))
      to += fmt::format("\\u{{{:04x}}}", static_cast<std::uint32_t>(code));
    else if (code < 0x80 && also.find(static_cast<char>(code)) != std::string_view::npos)
      (to += '\\') += static_cast<char>(code);
    else
      to += text.substr(from, at - from);
  }
}

}  // namespace

char32_t next_code(std::string_view text, std::size_t& at) {
  const auto point = decode_utf8(text.substr(at));
  at += point ? point->length : 1;
  return point ? point->value : kBrokenCode;
}

bool steers(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code < 0xA0) ||        // C0, DEL, C1
         code == 0x061C || code == 0x200E || code == 0x200F ||  // direction marks
         (code >= 0x2028 && code <= 0x202E) ||                  // ends of lines, embeddings, overrides
         (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF || code == kBrokenCode;  // isolates, byte order mark
}

std::string escaped(std::string_view text) {
  const auto plain = [](char c) { return c >= 0x20 && c < 0x7F; };
  if (std::all_of(text.begin(), text.end(), plain)) return std::string(text);
  std::string made;
  add_escaped(made, text, {});
  return made;
}

std::string quoted(std::string_view text) {
  std::string made = "\"";
  add_escaped(made, text, "\"\\");
  return made += '"';
}

}  // namespace steelyard
