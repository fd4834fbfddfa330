// What stood on something that has changed.
#include <algorithm>

#include "core/exchange/conditions.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {

Status Fold::check_conditions(const schemas::Agreement& terms) const {
  const auto fallen = fallen_of(registry_, terms, in_.log_time);
  if (!fallen.empty()) return refused(describe(fallen.front()));
  return {};
}

// After the change is in: an expired agreement stands on nothing, and of a suspended one somebody looks before it
// resumes.
void Fold::suspend_fallen(bool lapsed, const std::function<bool(const schemas::Agreement&)>& stands_on_it) {
  for (auto& [id, record] : registry_.agreements_) {
    if (record.phase != AgreementPhase::kActive) continue;
    const schemas::Agreement& terms = record.in_force->statement;
    if (terms.valid_until && *terms.valid_until <= in_.log_time) continue;
    if (!stands_on_it(terms)) continue;
    if (!lapsed && fallen_of(registry_, terms, in_.log_time).empty()) continue;
    enter(record, AgreementPhase::kSuspended);
    record.reason = ReasonId(std::string(kConditionsChanged));
    record.stopped_by_fold = true;
    touched_.push_back(id);
  }
  std::sort(touched_.begin(), touched_.end());
}

void Fold::enter(AgreementRecord& record, AgreementPhase phase) const {
  record.phase = phase;
  record.reason = {};
  record.since = in_.log_time;
  record.changed = in_.index;
  record.stopped_by_fold = false;
  record.stop_escalated.reset();
}

}  // namespace steelyard::exchange
