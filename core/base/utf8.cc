#include "core/base/utf8.h"

#include <cstring>

namespace steelyard {

std::optional<CodePoint> decode_utf8(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return CodePoint{lead, 1};
  std::size_t length = 0;
  std::uint32_t value = 0;
  std::uint32_t smallest = 0;  // below it the form is overlong
  if ((lead & 0xE0) == 0xC0) {
    length = 2, value = lead & 0x1Fu, smallest = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    length = 3, value = lead & 0x0Fu, smallest = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    length = 4, value = lead & 0x07u, smallest = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < length) return std::nullopt;
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    value = value << 6 | (next & 0x3Fu);
  }
  if (value < smallest || !is_scalar_value(value)) return std::nullopt;
  return CodePoint{value, length};
}

// Of every text of every message: faster than character by character.
bool is_utf8(std::string_view text) {
  const auto* at = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto* end = at + text.size();
  while (at != end) {
    if (end - at >= 8) {  // eight octets of ASCII at once
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      if ((word & 0x8080808080808080ULL) == 0) {
        at += 8;
        continue;
      }
    }
    const std::uint8_t lead = *at++;
    if (lead < 0x80) continue;
    const int more = lead >= 0xc2 && lead <= 0xdf   ? 1
                     : (lead & 0xf0) == 0xe0        ? 2
                     : lead >= 0xf0 && lead <= 0xf4 ? 3
                                                    : 0;
    if (more == 0 || end - at < more) return false;
    // The second octet rules out overlong forms, surrogates and what lies beyond U+10FFFF.
    const std::uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    if (*at < low || *at > high) return false;
    ++at;
    for (int i = 1; i < more; ++i, ++at)
      if ((*at & 0xc0) != 0x80) return false;
  }
  return true;
}

bool is_scalar_value(std::uint32_t value) { return value <= 0x10FFFF && (value < 0xD800 || value > 0xDFFF); }

void append_utf8(std::string& to, char32_t value) {
  const auto put = [&to](std::uint32_t octet) { to.push_back(static_cast<char>(octet)); };
  if (value < 0x80) {
    put(value);
  } else if (value < 0x800) {
    put(0xC0u | value >> 6);
    put(0x80u | (value & 0x3Fu));
  } else if (value < 0x10000) {
    put(0xE0u | value >> 12);
    put(0x80u | (value >> 6 & 0x3Fu));
    put(0x80u | (value & 0x3Fu));
  } else {
    put(0xF0u | value >> 18);
    put(0x80u | (value >> 12 & 0x3Fu));
    put(0x80u | (value >> 6 & 0x3Fu));
    put(0x80u | (value & 0x3Fu));
  }
}

}  // namespace steelyard
