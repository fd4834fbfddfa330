#include "cli/pending.h"

#include "core/exchange/conditions.h"

namespace steelyard::cli {
namespace {

using exchange::AgreementPhase;
using exchange::AgreementRecord;
using schemas::Agreement;
using schemas::Role;

MemberId party(const Agreement& terms, Role role) {
  return role == Role::kUser ? terms.user : role == Role::kOwner ? terms.owner : terms.manager;
}

Waits waits(const AgreementRecord& record, const Agreement& terms, const char* what, Role role, Instant since) {
  return {record.id, what, role, party(terms, role), since, 0, 0, 0, {}};
}

// Since when a basis is no longer in force, of which no statement has told: its end, else when the agreement began.
Instant fallen_since(const exchange::Registry& registry, const AgreementRecord& record, Instant now) {
  const auto* basis = registry.term(schemas::VocabularyKind::kBasis, record.in_force->statement.legal_basis.text);
  if (basis != nullptr && basis->statement.valid_until && *basis->statement.valid_until < now)
    return std::max(record.since, *basis->statement.valid_until);
  return record.since;
}

void set_deadline(Waits& to, std::int64_t working_days, Instant now, const WorkingDays& days) {
  to.due = days.after(to.since, working_days);
  to.waited = days.between(to.since, now);
  to.overdue = std::max<std::int64_t>(0, to.waited - working_days);
}

}  // namespace

std::vector<Waits> waits_of(const exchange::Registry& registry, const AgreementRecord& record, Instant now,
                            const WorkingDays& days) {
  std::vector<Waits> all;
  const Deadlines& deadlines = days.deadlines();
  if (record.phase == AgreementPhase::kEnded) return all;
  if (record.proposed && record.handling.returned) {
    const exchange::Handling& handling = record.handling;
    Waits& one =
        all.emplace_back(waits(record, record.proposed->statement, "next-version", handling.role, handling.since));
    set_deadline(one, deadlines.mending, now, days);
  } else if (record.proposed) {
    for (const Role role : {Role::kUser, Role::kOwner, Role::kManager}) {
      if (record.approved.contains(role)) continue;
      Waits& one = all.emplace_back(waits(record, record.proposed->statement, "approval", role, record.handling.since));
      set_deadline(one, deadlines.approval, now, days);
      if (const auto found = record.handling.escalated.find(role); found != record.handling.escalated.end())
        one.escalated = found->second;
    }
  }
  if (!record.in_force) return all;
  const Agreement& terms = record.in_force->statement;
  const bool expired = terms.valid_until && *terms.valid_until <= now;
  if (record.phase == AgreementPhase::kSuspended && !expired) {
    const bool holds = exchange::fallen_of(registry, terms, now).empty();
    Waits& one = all.emplace_back(waits(record, terms, holds ? "resumption" : "ground", Role::kOwner, record.since));
    set_deadline(one, deadlines.suspension, now, days);
    one.escalated = record.stop_escalated;
  } else if (record.phase == AgreementPhase::kActive && !expired) {
    // A basis that ended by time: no statement has said so yet.
    if (!exchange::fallen_of(registry, terms, now).empty()) {
      Waits& one = all.emplace_back(waits(record, terms, "ground", Role::kUser, fallen_since(registry, record, now)));
      set_deadline(one, deadlines.suspension, now, days);
    }
    const std::int64_t left = terms.valid_until ? days.between(now, *terms.valid_until) : deadlines.reminder + 1;
    if (left <= deadlines.reminder && !record.proposed) {
      Waits& one = all.emplace_back(waits(record, terms, "renewal", Role::kUser, record.since));
      one.due = days.day_of(*terms.valid_until);
    }
  }
  return all;
}

std::vector<Waits> all_waits(const exchange::Registry& registry, Instant now, const WorkingDays& days) {
  std::vector<Waits> all;
  for (const AgreementId& id : registry.agreements())
    for (Waits& one : waits_of(registry, *registry.agreement(id), now, days)) all.push_back(std::move(one));
  return all;
}

}  // namespace steelyard::cli
