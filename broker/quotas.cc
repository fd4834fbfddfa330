#include "broker/quotas.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/exchange/actions.h"

namespace steelyard::broker {

using schemas::EntryKind;

std::uint64_t Quotas::used(const std::string& subject) const {
  const auto found = used_.find(subject);
  return found == used_.end() ? 0 : found->second.rows;
}

std::uint64_t Quotas::left(const std::vector<exchange::Quota>& on, Instant at) const {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  for (const exchange::Quota& quota : on) {
    const auto found = used_.find(quota.subject);
    const bool today = found != used_.end() && found->second.day == quota.day_at(at);
    const std::uint64_t had = today ? found->second.rows : 0;
    least = std::min(least, quota.rows_per_day - std::min(had, quota.rows_per_day));
  }
  return least;
}

// Once a day, so that whoever asks no more is not counted for ever.
void Quotas::forget_past(Instant at) {
  const std::int64_t today = exchange::quota_day(at);
  if (today <= looked_) return;
  looked_ = today;
  std::erase_if(used_, [at](const auto& each) {
    return each.second.day < exchange::quota_day(at, each.second.day_offset_minutes);
  });
}

void Quotas::record(const exchange::Registry& registry, LogIndex index, const exchange::EntryBody& body) {
  if (body.kind == EntryKind::kRequest) {
    if (!exchange::takes_rows(body.action)) return;
    const auto on = exchange::quotas_on(registry, body.member, body.dataset, body.agreement);
    if (on.empty()) return;
    forget_past(body.time);
    Reserved reserved{body.count, {}};
    for (const exchange::Quota& quota : on) {
      const std::int64_t day = quota.day_at(body.time);
      Used& used = used_.try_emplace(quota.subject, Used{day, quota.day_offset_minutes, 0}).first->second;
      if (used.day < day) used = {day, quota.day_offset_minutes, 0};
      used.rows += body.count;
      reserved.on.push_back({quota.subject, day});
    }
    reserved_.emplace(index, std::move(reserved));
    return;
  }
  if (body.kind != EntryKind::kAnswer && body.kind != EntryKind::kRefusal) return;
  const auto found = reserved_.find(body.related);
  if (found == reserved_.end()) return;  // no request's, or of one that nothing limits, or of an earlier day
  const Reserved& reserved = found->second;
  const std::uint32_t rows = body.kind == EntryKind::kAnswer ? body.count : 0;
  CHECK(rows <= reserved.rows);  // INVARIANT(fields-within-grant): no answer with more is recorded
  for (const Reserved::On& on : reserved.on) {
    const auto used = used_.find(on.subject);
    if (used != used_.end() && used->second.day == on.day) used->second.rows -= reserved.rows - rows;
  }
  reserved_.erase(found);
}

}  // namespace steelyard::broker
