#include "cli/working_days.h"

#include "cli/folder.h"
#include "core/config/config.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kDeadlineMax = 250;        // a year of working days
constexpr std::int64_t kDaysBetweenMax = 36'600;  // a century: whatever is older is overdue all the same

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0); }

Result<std::set<WorkingDays::Day>> days(const config::Table& table, const char* key) {
  std::set<WorkingDays::Day> made;
  TRY_ASSIGN(const std::vector<std::string> texts, table.texts(key, {}));
  for (const std::string& text : texts) {
    const auto at = instant_from_rfc3339(text);
    if (!at || at->us % kDayUs != 0) return fail(table.error(key, "`" + text + "` is not a date: write 2026-10-01"));
    made.insert(floor_div(at->us, kDayUs));
  }
  return made;
}

}  // namespace

Result<WorkingDays> WorkingDays::read(const std::string& home) {
  WorkingDays made;
  const std::string path = join(home, "calendar.toml");
  TRY_ASSIGN(const bool there, store::exists(path));
  if (!there) return made;
  TRY_ASSIGN(const config::Table file, config::read_file(path));
  TRY_ASSIGN(const std::int64_t offset, file.integer("utc_offset_minutes", {-720, 840}, 480));
  made.offset_ = minutes(offset);
  TRY_ASSIGN(made.holidays_, days(file, "holidays"));
  TRY_ASSIGN(made.workdays_, days(file, "workdays"));
  for (const Day day : made.workdays_)
    if (made.holidays_.contains(day)) return fail(file.error("workdays", date_text(day) + " is a holiday, too"));
  TRY_ASSIGN(const std::optional<config::Table> deadlines, file.optional_table("deadlines"));
  if (deadlines) {
    const config::Range range{1, kDeadlineMax};
    Deadlines& to = made.deadlines_;
    TRY_ASSIGN(to.approval, deadlines->integer("approval", range, to.approval));
    TRY_ASSIGN(to.mending, deadlines->integer("mending", range, to.mending));
    TRY_ASSIGN(to.suspension, deadlines->integer("suspension", range, to.suspension));
    TRY_ASSIGN(to.reminder, deadlines->integer("reminder", range, to.reminder));
  }
  TRY(file.finish());
  return made;
}

WorkingDays::Day WorkingDays::day_of(Instant at) const { return floor_div(at.us + offset_.us, kDayUs); }

bool WorkingDays::is_working(Day day) const {
  if (workdays_.contains(day)) return true;
  if (holidays_.contains(day)) return false;
  const std::int64_t weekday = ((day + 3) % 7 + 7) % 7;  // 1970-01-01 was a Thursday; 0: Monday
  return weekday < 5;
}

std::int64_t WorkingDays::between(Instant from, Instant to) const {
  const Day last = day_of(to);
  std::int64_t count = 0;
  for (Day day = std::max(day_of(from), last - kDaysBetweenMax) + 1; day <= last; ++day)
    count += is_working(day) ? 1 : 0;
  return count;
}

WorkingDays::Day WorkingDays::after(Instant from, std::int64_t working_days) const {
  Day day = day_of(from);
  // Holidays are a list in a file of at most 1 MiB, so working days come.
  while (working_days > 0) working_days -= is_working(++day) ? 1 : 0;
  return day;
}

std::string date_text(WorkingDays::Day day) { return to_rfc3339(Instant{day * kDayUs}).substr(0, 10); }

}  // namespace steelyard::cli
