// How old an answer may be by its dataset's update cycle (docs/formats/statement.md) before it is `stale`.
//
// `realtime` and `irregular` promise no age: rows of a live register may rightly be years old. Other words are shown
// and promise nothing. A cycle counts from the source's own load or update time, with its longest length.
// Threads: pure. Errors: none.
#pragma once

#include <string_view>

#include "core/base/time.h"

namespace steelyard::adapters {

inline bool is_stale(Instant as_of, std::string_view update_cycle, Instant now) {
  constexpr Duration kDay = minutes(24 * 60);
  const auto older_than_days = [&](std::int64_t days) { return now - as_of > Duration{kDay.us * days}; };
  if (update_cycle == "daily") return older_than_days(1);
  if (update_cycle == "weekly") return older_than_days(7);
  if (update_cycle == "monthly") return older_than_days(31);
  if (update_cycle == "quarterly") return older_than_days(92);
  if (update_cycle == "yearly") return older_than_days(366);
  return false;
}

}  // namespace steelyard::adapters
