// decimal: a number with at most four digits after the point, kept as a multiple of 1/10,000 in 64 bits.
//
// Format: "[-]digits.digits", one to four digits after the point.
// Owns nothing. Threads: any. Errors, never repeating the text, which may be data: parsing text that breaks the format
// or leaves 64 bits.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::policy::ext {

struct Decimal {
  std::int64_t ten_thousandths = 0;
  auto operator<=>(const Decimal&) const = default;
};

Result<Decimal> parse_decimal(std::string_view text);
std::string to_text(Decimal value);

}  // namespace steelyard::policy::ext
