#include "broker/quotas.h"

#include <algorithm>

#include "core/base/check.h"
#include "core/exchange/actions.h"

namespace steelyard::broker {

using schemas::EntryKind;

std::uint64_t Quotas::used(const std::string& subject) const {
  const auto found = used_.find(subject);
  return found == used_.end() ? 0 : found->second;
}

std::uint64_t Quotas::left(const std::vector<exchange::Quota>& on, Instant at) const {
  std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
  const bool today = exchange::quota_day(at) == day_;
  for (const exchange::Quota& quota : on) {
    const std::uint64_t had = today ? used(quota.subject) : 0;
    least = std::min(least, quota.rows_per_day - std::min(had, quota.rows_per_day));
  }
  return least;
}

void Quotas::begin(std::int64_t day) {
  if (day <= day_) return;
  day_ = day;
  used_.clear();
}

void Quotas::record(const exchange::Registry& registry, LogIndex index, const exchange::EntryBody& body) {
  if (body.kind == EntryKind::kRequest) {
    if (!exchange::takes_rows(body.action)) return;
    const auto on = exchange::quotas_on(registry, body.member, body.dataset, body.agreement);
    if (on.empty()) return;
    Reserved reserved{exchange::quota_day(body.time), body.count, {}};
    begin(reserved.day);
    for (const exchange::Quota& quota : on) {
      used_[quota.subject] += body.count;
      reserved.subjects.push_back(quota.subject);
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
  if (reserved.day == day_)
    for (const std::string& subject : reserved.subjects) used_[subject] -= reserved.rows - rows;
  reserved_.erase(found);
}

}  // namespace steelyard::broker
