#include "core/exchange/quota.h"

#include <cstdlib>

#include <fmt/format.h>

namespace steelyard::exchange {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kQuarterOfAnHour = 15;  // minutes

Quota quota_of(std::string subject, const Registry::DayLimit& limit) {
  if (limit.day_offset_minutes != schemas::kDayOffsetMinutes)
    subject += " " + day_offset_text(limit.day_offset_minutes);
  return {std::move(subject), limit.rows, limit.day_offset_minutes};
}

}  // namespace

std::vector<Quota> quotas_on(const Registry& registry, LogIndex member, LogIndex dataset, LogIndex agreement) {
  std::vector<Quota> quotas;
  if (!registry.has_quotas()) return quotas;
  if (const auto* limit = registry.day_limit_at(agreement); limit != nullptr)
    quotas.push_back(quota_of("agreement " + registry.subject_at(agreement)->subject, *limit));
  const Registry::Subject* user = registry.subject_at(member);
  if (const auto* limit = registry.day_limit_at(dataset); limit != nullptr && user != nullptr) {
    const bool admitted_by_genesis = user->kind == schemas::StatementKind::kGenesis;
    quotas.push_back(quota_of("user " + (admitted_by_genesis ? registry.root_manager().text : user->subject) + " " +
                                  registry.subject_at(dataset)->subject,
                              *limit));
  }
  return quotas;
}

bool is_day_offset(std::int64_t minutes) {
  return std::abs(minutes) <= schemas::kDayOffsetMinutesMax && minutes % kQuarterOfAnHour == 0;
}

std::string day_offset_text(std::int16_t minutes) {
  const int far = std::abs(minutes);
  return fmt::format("{}{:02}:{:02}", minutes < 0 ? '-' : '+', far / 60, far % 60);
}

std::optional<std::int16_t> day_offset_named(std::string_view text) {
  if (text.size() != 6 || text[3] != ':' || (text[0] != '+' && text[0] != '-')) return {};
  const auto number = [&](std::size_t at) {
    const int tens = text[at] - '0', ones = text[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
  };
  const int hours = number(1), past = number(4);
  if (hours < 0 || past < 0 || past > 59) return {};
  const int ahead = (text[0] == '-' ? -1 : 1) * (hours * 60 + past);
  if (!is_day_offset(ahead)) return {};
  return static_cast<std::int16_t>(ahead);
}

std::int64_t Quota::day_at(Instant log_time) const { return quota_day(log_time, day_offset_minutes); }

std::int64_t quota_day(Instant log_time, std::int16_t day_offset_minutes) {
  const std::int64_t there = (log_time + minutes(day_offset_minutes)).us;
  return there / kDayUs - (there % kDayUs < 0 ? 1 : 0);
}

Instant quota_day_begins(std::int64_t day, std::int16_t day_offset_minutes) {
  return Instant{day * kDayUs} - minutes(day_offset_minutes);
}

}  // namespace steelyard::exchange
