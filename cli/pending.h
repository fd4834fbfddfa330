// What waits on whom, since when, and by when: of every agreement that is not at rest.
//
// Threads: pure. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/working_days.h"
#include "core/exchange/registry.h"

namespace steelyard::cli {

struct Waits {
  AgreementId agreement;
  std::string what;  // "approval", "next-version", "resumption", "ground", "renewal"
  schemas::Role role = schemas::Role::kUser;
  MemberId member;
  Instant since;
  WorkingDays::Day due = 0;
  std::int64_t waited = 0;   // working days
  std::int64_t overdue = 0;  // likewise; 0: not yet
  std::optional<exchange::Escalation> escalated;
};

std::vector<Waits> waits_of(const exchange::Registry& registry, const exchange::AgreementRecord& record, Instant now,
                            const WorkingDays& days);
std::vector<Waits> all_waits(const exchange::Registry& registry, Instant now, const WorkingDays& days);

}  // namespace steelyard::cli
