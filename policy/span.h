// Span: where in its source a piece of policy text stands; every error about policy text carries one.
//
// Lines and columns count from 1; columns count characters, not octets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::policy {

struct Span {
  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::uint32_t offset = 0;  // octets from the start of the source
  std::uint32_t length = 0;  // octets

  bool operator==(const Span&) const = default;
};

inline std::string to_text(const Span& span) { return std::to_string(span.line) + ":" + std::to_string(span.column); }

// From the first octet of `from` to the last one of `to`.
inline Span join(const Span& from, const Span& to) {
  Span span = from;
  span.length = to.offset + to.length - from.offset;
  return span;
}

// Messages name what stands in policies; control characters in it must not forge lines of a log.
inline std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return line;
}

// "3:14: expected `)`, found `;`"
inline tl::unexpected<Error> fail_at(const Span& span, std::string_view what) {
  return fail(ErrorKind::kFix, to_text(span) + ": " + one_line(what));
}

}  // namespace steelyard::policy
