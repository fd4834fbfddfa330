#include "adapters/source_load.h"

#include <algorithm>

#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr int kMinutesOfDay = 24 * 60;
constexpr std::int64_t kSecondUs = 1'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// "22:30" as minutes; none where it is not of that form or above `hours_max`:00.
std::optional<int> minutes_of(std::string_view text, int hours_max) {
  if (text.size() != 5 || text[2] != ':') return {};
  for (const std::size_t i : {0, 1, 3, 4})
    if (!is_digit(text[i])) return {};
  const int hours = (text[0] - '0') * 10 + (text[1] - '0');
  const int minute = (text[3] - '0') * 10 + (text[4] - '0');
  const int all = hours * 60 + minute;
  return minute < 60 && all <= hours_max * 60 ? std::optional<int>(all) : std::nullopt;
}

// Since midnight, in the zone of `hours`.
Duration time_of_day(const HoursOfDay& hours, Instant now) {
  constexpr std::int64_t kDayUs = kMinutesOfDay * 60 * kSecondUs;
  const std::int64_t local = (now + hours.ahead_of_utc).us % kDayUs;
  return {local < 0 ? local + kDayUs : local};
}

}  // namespace

bool HoursOfDay::holds(Instant now) const {
  const std::int64_t minute = time_of_day(*this, now).us / (60 * kSecondUs);
  if (from_minute < to_minute) return minute >= from_minute && minute < to_minute;
  return minute >= from_minute || minute < to_minute;
}

Duration HoursOfDay::until_open(Instant now) const {
  if (holds(now)) return {};
  const Duration left = minutes(from_minute) - time_of_day(*this, now);
  return left.us > 0 ? left : left + minutes(kMinutesOfDay);
}

Result<HoursOfDay> parse_hours(std::string_view text) {
  const auto wrong = [] {
    return fail(ErrorKind::kFix, "expected hours of the day and their zone, as in \"22:00-06:00 +08:00\"",
                schemas::code::config);
  };
  if (text.size() != 18 || text[5] != '-' || text[11] != ' ' || (text[12] != '+' && text[12] != '-')) return wrong();
  const auto from = minutes_of(text.substr(0, 5), 23);
  const auto to = minutes_of(text.substr(6, 5), 24);
  const auto zone = minutes_of(text.substr(13), 14);
  if (!from || !to || !zone || *from == *to) return wrong();
  return HoursOfDay{*from, *to, minutes(text[12] == '-' ? -*zone : *zone)};
}

std::string_view name_of(Limit limit) {
  switch (limit) {
    case Limit::kHours: return "hours";
    case Limit::kRows: return "rows";
    case Limit::kTime: return "time";
  }
  return "hours";
}

std::optional<SourceLoad::Wait> SourceLoad::wait(Instant wall, Duration now) const {
  if (limits_.hours)
    if (const Duration closed = limits_.hours->until_open(wall); closed.us > 0) return Wait{Limit::kHours, closed};
  std::optional<Wait> longest;
  const auto consider = [&](Limit limit, Duration delay) {
    if (delay.us > 0 && (!longest || delay > longest->delay)) longest = Wait{limit, delay};
  };
  if (limits_.rows_a_minute)
    consider(Limit::kRows, until_below(
                               *limits_.rows_a_minute, [](const Second& each) { return each.rows; }, now));
  if (limits_.time_a_minute)
    consider(Limit::kTime, until_below(
                               static_cast<std::uint64_t>(limits_.time_a_minute->us),
                               [](const Second& each) { return static_cast<std::uint64_t>(each.us); }, now));
  return longest;
}

void SourceLoad::spent(std::uint64_t rows, Duration time, Duration now) {
  const std::int64_t number = now.us / kSecondUs;
  Second& second = seconds_[static_cast<std::size_t>(number) % seconds_.size()];
  if (second.number != number) second = {number, 0, 0};
  second.rows += rows;
  second.us += time.us;
}

Duration SourceLoad::until_below(std::uint64_t limit, std::uint64_t (*amount)(const Second&), Duration now) const {
  const auto minute = static_cast<std::int64_t>(seconds_.size());
  const std::int64_t this_second = now.us / kSecondUs;
  std::uint64_t sum = 0;
  // From the newest second back: the one with which the limit is reached must pass out of the minute.
  for (std::int64_t number = this_second; number > this_second - minute && number >= 0; --number) {
    const Second& second = seconds_[static_cast<std::size_t>(number % minute)];
    if (second.number == number) sum += amount(second);
    if (sum >= limit) return Duration{(number + minute) * kSecondUs} - now;
  }
  return {};
}

}  // namespace steelyard::adapters
