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

}  // namespace

Instant SystemClock::wall() const { return {microseconds_of(CLOCK_REALTIME)}; }
Duration SystemClock::monotonic() const { return {microseconds_of(CLOCK_MONOTONIC)}; }

std::string to_rfc3339(Instant t) {
  return date::format("%FT%TZ", date::sys_time<Micros>(Micros(t.us)));
}

Result<Instant> instant_from_rfc3339(std::string_view text) {
  for (const char* format : {"%FT%T%Ez", "%FT%TZ", "%F"}) {
    std::istringstream in{std::string(text)};
    date::sys_time<Micros> point;
    in >> date::parse(format, point);
    if (!in.fail() && in.peek() == std::istringstream::traits_type::eof()) return Instant{point.time_since_epoch().count()};
  }
  return fail(ErrorKind::kFix, "`" + std::string(text.substr(0, 40)) + "` is not a time: write 2026-11-23T09:00:00Z");
}

}  // namespace steelyard
