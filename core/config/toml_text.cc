#include "core/config/toml_text.h"

namespace steelyard::config {

std::string toml_text(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string made = "\"";
  for (const char c : text) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') made += '\\';
    if (octet < 0x20 || octet == 0x7f)
      made.append("\\u00").append(1, kHex[octet >> 4U]).append(1, kHex[octet & 0xfU]);
    else
      made += c;
  }
  return made + "\"";
}

}  // namespace steelyard::config
