#include "policy/ext/datetime.h"

#include <chrono>

#include <fmt/format.h>

namespace steelyard::policy::ext {
namespace {

constexpr std::int64_t kDay = 86'400'000;

// Reads a text from its front; every reader says whether it found what it wanted.
struct Cursor {
  std::string_view rest;

  bool take(char wanted) {
    if (rest.empty() || rest.front() != wanted) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool digits(std::size_t count, int& value) {
    if (rest.size() < count) return false;
    value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest[i] < '0' || rest[i] > '9') return false;
      value = value * 10 + (rest[i] - '0');
    }
    rest.remove_prefix(count);
    return true;
  }
};

bool read_date(Cursor& in, std::int64_t& ms) {
  int year = 0, month = 0, day = 0;
  if (!in.digits(4, year) || !in.take('-') || !in.digits(2, month) || !in.take('-') || !in.digits(2, day)) return false;
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return false;
  ms = std::chrono::sys_days(date).time_since_epoch().count() * kDay;
  return true;
}

bool read_clock(Cursor& in, std::int64_t& ms) {
  int hour = 0, minute = 0, second = 0, fraction = 0;
  if (!in.digits(2, hour) || !in.take(':') || !in.digits(2, minute) || !in.take(':') || !in.digits(2, second)) {
    return false;
  }
  if (hour > 23 || minute > 59 || second > 59) return false;
  if (in.take('.') && !in.digits(3, fraction)) return false;
  ms += ((hour * 60 + minute) * 60 + second) * std::int64_t{1000} + fraction;
  return true;
}

bool read_zone(Cursor& in, std::int64_t& ms) {
  if (in.take('Z')) return true;
  const bool east = in.take('+');
  int hour = 0, minute = 0;
  if ((!east && !in.take('-')) || !in.digits(2, hour) || !in.digits(2, minute)) return false;
  if (hour > 23 || minute > 59) return false;
  const std::int64_t shift = (hour * 60 + minute) * std::int64_t{60'000};
  ms += east ? -shift : shift;
  return true;
}

// One "<number><unit>", if the text goes on with it. False: the number leaves 64 bits.
bool read_unit(Cursor& in, std::string_view unit, std::int64_t unit_ms, std::int64_t sign, Duration& sum, bool& found) {
  std::size_t digits = 0;
  while (digits < in.rest.size() && in.rest[digits] >= '0' && in.rest[digits] <= '9') ++digits;
  const auto after = in.rest.substr(digits);
  if (digits == 0 || !after.starts_with(unit)) return true;
  if (unit == "m" && after.starts_with("ms")) return true;
  std::int64_t number = 0;
  for (std::size_t i = 0; i < digits; ++i) {  // signed all along, so that the smallest value can be written
    if (__builtin_mul_overflow(number, std::int64_t{10}, &number)) return false;
    if (__builtin_add_overflow(number, sign * (in.rest[i] - '0'), &number)) return false;
  }
  if (__builtin_mul_overflow(number, unit_ms, &number)) return false;
  if (__builtin_add_overflow(sum.ms, number, &sum.ms)) return false;
  in.rest = after.substr(unit.size());
  found = true;
  return true;
}

}  // namespace

Result<Datetime> parse_datetime(std::string_view text) {
  Cursor in{text};
  Datetime value;
  if (read_date(in, value.ms)) {
    if (in.rest.empty()) return value;
    if (in.take('T') && read_clock(in, value.ms) && read_zone(in, value.ms) && in.rest.empty()) return value;
  }
  return fail(ErrorKind::kFix, "the text is not a datetime like `2026-01-31` or `2026-01-31T09:00:00Z`");
}

Result<Duration> parse_duration(std::string_view text) {
  Cursor in{text};
  const std::int64_t sign = in.take('-') ? -1 : 1;
  Duration sum;
  bool found = false;
  const bool fits = read_unit(in, "d", kDay, sign, sum, found) && read_unit(in, "h", 3'600'000, sign, sum, found) &&
                    read_unit(in, "m", 60'000, sign, sum, found) && read_unit(in, "s", 1'000, sign, sum, found) &&
                    read_unit(in, "ms", 1, sign, sum, found);
  if (!fits) return fail(ErrorKind::kFix, "the duration leaves 64 bits of milliseconds");
  if (!found || !in.rest.empty()) {
    return fail(ErrorKind::kFix, "the text is not a duration like `1d2h3m4s5ms`");
  }
  return sum;
}

std::string to_text(Datetime value) {
  const auto midnight = to_date(value);
  if (!midnight) return fmt::format("1970-01-01 and {}ms", value.ms);
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{midnight->ms / kDay}}};
  const auto in_day = to_time(value).ms;
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), in_day / 3'600'000,
                     in_day / 60'000 % 60, in_day / 1'000 % 60, in_day % 1'000);
}

std::string to_text(Duration value) { return std::to_string(value.ms) + "ms"; }

std::optional<Datetime> offset(Datetime from, Duration by) {
  Datetime result;
  if (__builtin_add_overflow(from.ms, by.ms, &result.ms)) return std::nullopt;
  return result;
}

std::optional<Duration> duration_since(Datetime later, Datetime earlier) {
  Duration result;
  if (__builtin_sub_overflow(later.ms, earlier.ms, &result.ms)) return std::nullopt;
  return result;
}

std::optional<Datetime> to_date(Datetime at) {
  Datetime result;
  if (__builtin_sub_overflow(at.ms, to_time(at).ms, &result.ms)) return std::nullopt;
  return result;
}

Duration to_time(Datetime at) {
  const std::int64_t rest = at.ms % kDay;
  return {rest < 0 ? rest + kDay : rest};
}

}  // namespace steelyard::policy::ext
