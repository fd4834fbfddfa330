// datetime and duration: Cedar's instants and spans of time, in whole milliseconds.
//
// Format: "YYYY-MM-DD" | "YYYY-MM-DDThh:mm:ss[.SSS](Z|+hhmm|-hhmm)" and "[-][Nd][Nh][Nm][Ns][Nms]", at least one unit.
// Owns nothing. Threads: any. Errors, never repeating the text, which may be data: parsing text that breaks the format;
// operations that leave 64 bits.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace steelyard::policy::ext {

struct Duration {
  std::int64_t ms = 0;
  auto operator<=>(const Duration&) const = default;
};

struct Datetime {
  std::int64_t ms = 0;  // since 1970-01-01T00:00:00Z
  auto operator<=>(const Datetime&) const = default;
};

Result<Datetime> parse_datetime(std::string_view text);
Result<Duration> parse_duration(std::string_view text);
std::string to_text(Datetime value);  // what parse_datetime reads, where years allow; otherwise offset arithmetic
std::string to_text(Duration value);  // "-1500ms"

// Nothing where the result leaves 64 bits.
std::optional<Datetime> offset(Datetime from, Duration by);
std::optional<Duration> duration_since(Datetime later, Datetime earlier);
std::optional<Datetime> to_date(Datetime at);  // midnight of that day, UTC
Duration to_time(Datetime at);                 // since that midnight

}  // namespace steelyard::policy::ext
