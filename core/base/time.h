// Instant: UTC microseconds since 1970-01-01T00:00:00Z; Duration: microseconds. Clock: where both come from.
//
// Clocks are handed in by main, so that tests and the simulation own time. Durations are measured on the monotonic
// clock, instants on the wall clock; log time (core/provenance) is made from the latter and never goes back.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard {

struct Duration {
  std::int64_t us = 0;
  auto operator<=>(const Duration&) const = default;
};
constexpr Duration milliseconds(std::int64_t n) { return {n * 1'000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1'000'000}; }
constexpr Duration minutes(std::int64_t n) { return {n * 60'000'000}; }

struct Instant {
  std::int64_t us = 0;
  auto operator<=>(const Instant&) const = default;
};
constexpr Instant operator+(Instant t, Duration d) { return {t.us + d.us}; }
constexpr Instant operator-(Instant t, Duration d) { return {t.us - d.us}; }
constexpr Duration operator-(Instant a, Instant b) { return {a.us - b.us}; }
constexpr Duration operator+(Duration a, Duration b) { return {a.us + b.us}; }
constexpr Duration operator-(Duration a, Duration b) { return {a.us - b.us}; }

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant wall() const = 0;        // UTC; may step
  virtual Duration monotonic() const = 0;  // since some fixed point; never goes back
};

class SystemClock final : public Clock {
 public:
  Instant wall() const override;
  Duration monotonic() const override;
};

std::string to_rfc3339(Instant t);  // "2026-11-23T09:42:28.000123Z"
Result<Instant> instant_from_rfc3339(std::string_view text);  // also a date alone: midnight UTC

}  // namespace steelyard
