#include "core/exchange/quota.h"

namespace steelyard::exchange {
namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;
constexpr std::int64_t kEastOfGreenwichUs = 8 * 3'600'000'000;

}  // namespace

std::vector<Quota> quotas_on(const Registry& registry, LogIndex member, LogIndex dataset, LogIndex agreement) {
  std::vector<Quota> quotas;
  if (!registry.has_quotas()) return quotas;
  if (const std::uint64_t rows = registry.rows_per_day_at(agreement); rows != 0)
    quotas.push_back({"agreement " + registry.subject_at(agreement)->subject, rows});
  const Registry::Subject* user = registry.subject_at(member);
  if (const std::uint64_t rows = registry.rows_per_day_at(dataset); rows != 0 && user != nullptr) {
    const bool admitted_by_genesis = user->kind == schemas::StatementKind::kGenesis;
    quotas.push_back({"user " + (admitted_by_genesis ? registry.root_manager().text : user->subject) + " " +
                          registry.subject_at(dataset)->subject,
                      rows});
  }
  return quotas;
}

std::int64_t quota_day(Instant log_time) {
  const std::int64_t there = log_time.us + kEastOfGreenwichUs;
  return there / kDayUs - (there % kDayUs < 0 ? 1 : 0);
}

Instant quota_day_begins(std::int64_t day) { return {day * kDayUs - kEastOfGreenwichUs}; }

}  // namespace steelyard::exchange
