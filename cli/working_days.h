// Working days: an office's own calendar and deadlines, from HOME/calendar.toml.
//
// Saturdays and Sundays are free, holidays too; the work days that make up for them are not. Without the file there are
// no holidays, and the deadlines are those of Deadlines.
// Threads: pure, but for reading. Errors: kFix, with file:line:column. Format: docs/cli.md, Calendar file.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "core/base/result.h"
#include "core/base/time.h"

namespace steelyard::cli {

// In working days.
struct Deadlines {
  std::int64_t approval = 5;     // of a version that waits
  std::int64_t mending = 10;     // after a return, until the next version
  std::int64_t suspension = 10;  // until the owner resumes, or has it ended
  std::int64_t reminder = 20;    // before an agreement ends with its validity
};

class WorkingDays {
 public:
  using Day = std::int64_t;  // days since 1970, as the office's clock has them

  static Result<WorkingDays> read(const std::string& home);  // HOME/calendar.toml, or without it the usual

  const Deadlines& deadlines() const { return deadlines_; }
  Day day_of(Instant at) const;
  bool is_working(Day day) const;
  // Working days that have begun since the day of `from`, which is not counted itself.
  std::int64_t between(Instant from, Instant to) const;
  Day after(Instant from, std::int64_t working_days) const;  // the last day of a deadline

 private:
  Deadlines deadlines_;
  Duration offset_ = minutes(8 * 60);
  std::set<Day> holidays_, workdays_;
};

std::string date_text(WorkingDays::Day day);  // 2026-11-23

}  // namespace steelyard::cli
