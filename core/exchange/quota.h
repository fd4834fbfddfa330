// Quotas: how many rows an agreement, and a user of a dataset, may have in a day.
//
// What counts is what was granted under a version of the agreement or of the catalogue statement that sets a limit. A
// day is one of log time in the zone that this version names; all versions of one zone share one count. Owns: nothing.
// Threads: pure functions. Errors: none. Format: docs/formats/policy.md, Quotas.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/exchange/registry.h"

namespace steelyard::exchange {

struct Quota {
  std::string subject;  // "agreement ID" or "user ID DATASET"; with " +05:30" behind it where the day is of such a zone
  std::uint64_t rows_per_day = 0;
  std::int16_t day_offset_minutes = schemas::kDayOffsetMinutes;

  std::int64_t day_at(Instant log_time) const;
};

// Those that stand on a granted request, by the numbers of its entry. Versions that are past count, too.
std::vector<Quota> quotas_on(const Registry& registry, LogIndex member, LogIndex dataset, LogIndex agreement);

// Whether a day may begin so far ahead of UTC's, or behind it: within 14 hours, in quarters of one.
bool is_day_offset(std::int64_t minutes);
std::string day_offset_text(std::int16_t minutes);  // "+08:00"
std::optional<std::int16_t> day_offset_named(std::string_view text);

// Days since 1970-01-01 where it is so many minutes later than in UTC.
std::int64_t quota_day(Instant log_time, std::int16_t day_offset_minutes = schemas::kDayOffsetMinutes);
Instant quota_day_begins(std::int64_t day, std::int16_t day_offset_minutes = schemas::kDayOffsetMinutes);

}  // namespace steelyard::exchange
