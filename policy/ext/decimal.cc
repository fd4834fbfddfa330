#include "policy/ext/decimal.h"

#include <fmt/format.h>

namespace steelyard::policy::ext {
namespace {

constexpr std::size_t kPlaces = 4;
constexpr std::int64_t kUnit = 10'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

Result<Decimal> parse_decimal(std::string_view text) {
  std::string_view rest = text;
  const bool negative = rest.starts_with('-');
  if (negative) rest.remove_prefix(1);
  const auto point = rest.find('.');
  const bool shaped = point != std::string_view::npos && point > 0 && rest.size() - point - 1 >= 1 &&
                      rest.size() - point - 1 <= kPlaces;
  if (!shaped) return fail(ErrorKind::kFix, "the text is not a decimal like `12.3456`");
  Decimal value;
  const auto push = [&value, negative](int digit) {  // signed all along, so that the smallest value can be written
    return !__builtin_mul_overflow(value.ten_thousandths, std::int64_t{10}, &value.ten_thousandths) &&
           !__builtin_add_overflow(value.ten_thousandths, std::int64_t{negative ? -digit : digit},
                                   &value.ten_thousandths);
  };
  bool fits = true;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (i == point) continue;
    if (!is_digit(rest[i])) return fail(ErrorKind::kFix, "the text is not a decimal like `12.3456`");
    fits = fits && push(rest[i] - '0');
  }
  for (std::size_t places = rest.size() - point - 1; places < kPlaces; ++places) fits = fits && push(0);
  if (!fits) return fail(ErrorKind::kFix, "the decimal leaves 64 bits");
  return value;
}

std::string to_text(Decimal value) {
  const auto whole = value.ten_thousandths / kUnit;
  const auto part = value.ten_thousandths % kUnit;
  return fmt::format("{}{}.{:04}", value.ten_thousandths < 0 ? "-" : "", whole < 0 ? -whole : whole,
                     part < 0 ? -part : part);
}

}  // namespace steelyard::policy::ext
