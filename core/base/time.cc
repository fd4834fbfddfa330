#include "core/base/time.h"

#include <time.h>

#include <chrono>
#include <sstream>

#include <date/date.h>

namespace steelyard {
namespace {

std::int64_t microseconds_of(clockid_t id) {
  timespec now{};
  clock_gettime(id, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1'000;
}

using Micros = std::chrono::microseconds;

constexpr std::int64_t kYear0Us = -62'167'219'200'000'000;
constexpr std::int64_t kYear10000Us = 253'402'300'800'000'000;
constexpr std::size_t kFractionDigitsMax = 6;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes what looks like `pattern`, where 0 stands for any digit.
bool take(std::string_view& text, std::string_view pattern) {
  if (text.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i)
    if (pattern[i] == '0' ? !is_digit(text[i]) : text[i] != pattern[i]) return false;
  text.remove_prefix(pattern.size());
  return true;
}

// How to parse a text of the form that we read; nothing for any other. The library reads far more than that, and some
// of it, such as "48+08" for seconds, with an undefined outcome.
const char* format_of(std::string_view text) {
  if (!take(text, "0000-00-00")) return nullptr;
  if (text.empty()) return "%F";
  if (!take(text, "T00:00:00")) return nullptr;
  if (take(text, ".")) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    if (digits == 0 || digits > kFractionDigitsMax) return nullptr;
    text.remove_prefix(digits);
  }
  if (text == "Z") return "%FT%TZ";
  return (take(text, "+00:00") || take(text, "-00:00")) && text.empty() ? "%FT%T%Ez" : nullptr;
}

}  // namespace

Instant SystemClock::wall() const { return {microseconds_of(CLOCK_REALTIME)}; }
Duration SystemClock::monotonic() const { return {microseconds_of(CLOCK_MONOTONIC)}; }

std::string to_rfc3339(Instant t) { return date::format("%FT%TZ", date::sys_time<Micros>(Micros(t.us))); }

Result<Instant> instant_from_rfc3339(std::string_view text) {
  if (const char* format = format_of(text)) {
    std::istringstream in{std::string(text)};
    date::sys_time<Micros> point;
    in >> date::parse(format, point);
    const std::int64_t us = point.time_since_epoch().count();
    // An offset may lead out of the years that have a text.
    if (!in.fail() && in.peek() == std::istringstream::traits_type::eof() && us >= kYear0Us && us < kYear10000Us)
      return Instant{us};
  }
  return fail(ErrorKind::kFix, "`" + std::string(text.substr(0, 40)) + "` is not a time: write 2026-11-23T09:00:00Z");
}

}  // namespace steelyard
