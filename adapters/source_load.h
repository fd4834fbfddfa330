// SourceLoad: how much of a source's time and rows its adapter may take, and whether the next read may go now.
//
//   [limits]                            # of a dataset's map; each optional
//   hours = "22:00-06:00 +08:00"        # of the day, in a zone that is said; none: any
//   rows_a_minute = 100000              # none: any
//   time_a_minute = "6s"                # that the source spends on reads; none: any
//   connections = 2                     # of the adapter to the source at one moment: one reads, one may cancel
//
// A minute is the sixty seconds that have just passed. What a read costs is known after it: the read that reaches a
// limit is answered, the next one waits until enough of the minute is past. The owner's own work is thus disturbed by
// one connection, for so long a minute.
//
// Owns: sixty counts. Threads: one. Errors: none; reading the limits: config, by its caller with the place.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"

namespace steelyard::adapters {

struct HoursOfDay {
  int from_minute = 0;  // of the day
  int to_minute = 0;    // excluded; not above from_minute: past midnight
  Duration ahead_of_utc{};

  bool holds(Instant now) const;
  Duration until_open(Instant now) const;
};
// "22:00-06:00 +08:00". Errors: kFix.
Result<HoursOfDay> parse_hours(std::string_view text);

struct LoadLimits {
  int connections = 2;
  std::optional<HoursOfDay> hours;
  std::optional<std::uint64_t> rows_a_minute;
  std::optional<Duration> time_a_minute;
  bool of_reads() const { return hours || rows_a_minute || time_a_minute; }  // else a read is held by none
};

enum class Limit : std::uint8_t { kHours, kRows, kTime };
std::string_view name_of(Limit limit);  // "hours", "rows", "time"

class SourceLoad {
 public:
  explicit SourceLoad(const LoadLimits& limits) : limits_(limits) {}

  struct Wait {
    Limit limit = Limit::kHours;
    Duration delay{};  // more than none
  };
  // None: a read may go now.
  std::optional<Wait> wait(Instant wall, Duration now) const;
  void spent(std::uint64_t rows, Duration time, Duration now);

 private:
  struct Second {
    std::int64_t number = -1;  // on the monotonic clock
    std::uint64_t rows = 0;
    std::int64_t us = 0;
  };
  // Until less than `limit` lies in the minute; nothing where that is so now.
  Duration until_below(std::uint64_t limit, std::uint64_t (*amount)(const Second&), Duration now) const;

  LoadLimits limits_;
  std::array<Second, 60> seconds_{};
};

}  // namespace steelyard::adapters
