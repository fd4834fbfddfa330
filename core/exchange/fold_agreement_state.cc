// Changes of an agreement (docs/formats/statement.md, The life of an agreement).
#include "core/exchange/conditions.h"
#include "core/exchange/registry_fold.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::AgreementState;
using schemas::Role;
using schemas::VocabularyKind;

MemberId party_of(const schemas::Agreement& terms, Role role) {
  return role == Role::kUser ? terms.user : role == Role::kOwner ? terms.owner : terms.manager;
}

// Of an agreement that has never been in force.
AgreementPhase phase_without_a_version(AgreementChange change) {
  if (change == AgreementChange::kReturn) return AgreementPhase::kReturned;
  return change == AgreementChange::kRefuse ? AgreementPhase::kRefused : AgreementPhase::kWithdrawn;
}

bool is_party(Role role) { return role == Role::kUser || role == Role::kOwner || role == Role::kManager; }

// What a change does not need it does not carry: nobody signs words whose meaning is open.
Status check_carried(const AgreementState& body) {
  const AgreementChange change = body.change;
  const std::string what(name_of(change));
  const bool called = change == AgreementChange::kEscalate || change == AgreementChange::kDecide;
  const bool of_version =
      change == AgreementChange::kReturn || change == AgreementChange::kRefuse || change == AgreementChange::kWithdraw;
  if (of_version && body.statement.is_zero()) return refused(what + " names the version that waits");
  if (!of_version && !called && !body.statement.is_zero()) return refused(what + " is about no version that waits");
  if (called != body.silent.has_value())
    return refused(called ? what + " names whose silence it is" : what + " is about nobody's silence");
  if (called && !is_party(*body.silent))
    return refused("those who may be silent are user, owner and manager, not " + std::string(name_of(*body.silent)));
  if ((change == AgreementChange::kDecide) != body.decision.has_value())
    return refused(body.decision ? what + " decides nothing" : what + " says for or against");
  const bool words = !body.points.zh.empty() || !body.points.en.empty();
  if (change == AgreementChange::kReturn && !words) return refused("return says what to mend");
  if (words && change != AgreementChange::kReturn && change != AgreementChange::kDecide)
    return refused(what + " gives a reason, and no points");
  return {};
}

}  // namespace

Status Fold::take(const AgreementState& body) {
  if (head().subject != body.agreement.text + "/state")
    return refused("the subject of this change has to be " + quoted(body.agreement.text + "/state"));
  const auto found = registry_.agreements_.find(body.agreement);
  if (found == registry_.agreements_.end()) return refused("there is no agreement " + quoted(body.agreement.text));
  AgreementRecord& record = found->second;
  if (body.reason.text == kConditionsChanged)
    return refused("reason " + quoted(kConditionsChanged) + " is given by what changed, not by a statement");
  if (registry_.term(VocabularyKind::kReason, body.reason.text) == nullptr)
    return refused("there is no reason " + quoted(body.reason.text));
  if (record.phase == AgreementPhase::kEnded)
    return refused("agreement " + quoted(body.agreement.text) + " is ended, and stays so");
  TRY(check_carried(body));
  if (!body.statement.is_zero()) {
    if (!record.proposed) return refused("no version of " + quoted(body.agreement.text) + " waits for approval");
    if (record.proposed_digest != body.statement)
      return refused("it is about another version of " + quoted(body.agreement.text) + " than the one proposed last");
  }
  switch (body.change) {
    case AgreementChange::kSuspend:
    case AgreementChange::kResume:
    case AgreementChange::kEnd: TRY(change(record, body)); break;
    case AgreementChange::kReturn:
    case AgreementChange::kRefuse:
    case AgreementChange::kWithdraw: TRY(change_version(record, body)); break;
    case AgreementChange::kEscalate: TRY(escalate(record, body)); break;
    case AgreementChange::kDecide: TRY(decide(record, body)); break;
  }
  touched_ = {body.agreement};
  return {};
}

// Of what is in force; and the end, of all.
Status Fold::change(AgreementRecord& record, const AgreementState& body) {
  const schemas::Agreement& terms = *record.terms();
  const Signer owner{Role::kOwner, terms.owner};
  const Signer manager{Role::kManager, terms.manager};
  const std::string now = "agreement " + quoted(body.agreement.text) + " is " + std::string(name_of(record.phase));
  AgreementPhase next = AgreementPhase::kEnded;
  if (body.change == AgreementChange::kSuspend) {
    if (record.phase != AgreementPhase::kActive) return refused(now + ": only an active one can be suspended");
    TRY(signed_by_one_of({{owner}, {manager}}));
    next = AgreementPhase::kSuspended;
  } else if (body.change == AgreementChange::kResume) {
    if (record.phase != AgreementPhase::kSuspended) return refused(now + ": only a suspended one can be resumed");
    TRY(signed_by({owner}));
    TRY(check_conditions(terms));
    next = AgreementPhase::kActive;
  } else {
    TRY(signed_by_one_of({{owner, manager}, {{Role::kUser, terms.user}}}));
    if (!record.in_force && record.proposed) record.dropped = std::move(record.proposed);
    drop_proposal(record);
  }
  enter(record, next);
  record.reason = body.reason;
  return {};
}

// Of a version that waits. The version in force stays as it is.
Status Fold::change_version(AgreementRecord& record, const AgreementState& body) {
  const schemas::Agreement& terms = record.proposed->statement;
  const bool returns = body.change == AgreementChange::kReturn;
  if (returns && record.handling.returned) return refused("it was returned already: its next version is awaited");
  if (returns && record.return_used)
    return refused("a proposal is returned once: now it is approved, refused or withdrawn");
  if (body.change == AgreementChange::kWithdraw)
    TRY(signed_by({{record.handling.role, record.handling.author}}));
  else
    TRY(signed_by_one_of({{{Role::kOwner, terms.owner}}, {{Role::kManager, terms.manager}}}));
  if (returns) {
    record.approved.clear();
    record.pending_approvals.clear();
    record.return_used = true;
    record.handling.returned = true;
    record.handling.since = in_.log_time;
    record.handling.reason = body.reason;
    record.handling.points = body.points;
    record.handling.escalated.clear();
  } else {
    if (!record.in_force) record.dropped = std::move(record.proposed);
    drop_proposal(record);
  }
  if (record.in_force) return {};
  enter(record, phase_without_a_version(body.change));
  record.reason = body.reason;
  return {};
}

// Whether the deadline has passed is a matter of working days, of which each office has a calendar: it is not judged.
Status Fold::escalate(AgreementRecord& record, const AgreementState& body) {
  const bool of_version = !body.statement.is_zero();
  const schemas::Agreement& terms = of_version ? record.proposed->statement : *record.terms();
  const Role silent = *body.silent;
  if (of_version) {
    if (record.handling.returned) return refused("it was returned: nobody's approval is awaited");
    if (record.approved.count(silent) != 0)
      return refused("this version is approved as " + std::string(name_of(silent)) + " already");
    if (record.handling.escalated.count(silent) != 0) return refused("this silence was escalated already");
  } else {
    if (record.phase != AgreementPhase::kSuspended)
      return refused("agreement " + quoted(body.agreement.text) + " is " + std::string(name_of(record.phase)) +
                     ": without a version that waits, only a suspension can be escalated");
    if (silent != Role::kOwner) return refused("a suspension waits for its owner");
    if (record.stop_escalated) return refused("this silence was escalated already");
  }
  Signers others[2];
  std::size_t count = 0;
  for (const Role role : {Role::kUser, Role::kOwner, Role::kManager})
    if (role != silent) others[count++] = {{role, party_of(terms, role)}};
  TRY(signed_by_one_of({others[0], others[1]}));
  const Escalation escalation{in_.index, in_.log_time, {}, kNoIndex, {}};
  if (of_version)
    record.handling.escalated.emplace(silent, escalation);
  else
    record.stop_escalated = escalation;
  return {};
}

// It stands in the record beside what was escalated; it is nobody's approval.
Status Fold::decide(AgreementRecord& record, const AgreementState& body) {
  const bool of_version = !body.statement.is_zero();
  const schemas::Agreement& terms = of_version ? record.proposed->statement : *record.terms();
  const Role silent = *body.silent;
  if (party_of(terms, silent) == terms.manager)
    return refused("the manager does not decide on its own silence: it approves, refuses or resumes");
  Escalation* escalation = nullptr;
  if (!of_version)
    escalation = silent == Role::kOwner && record.stop_escalated ? &*record.stop_escalated : nullptr;
  else if (const auto found = record.handling.escalated.find(silent); found != record.handling.escalated.end())
    escalation = &found->second;
  if (escalation == nullptr) return refused("no silence of the " + std::string(name_of(silent)) + " was escalated");
  if (escalation->decision) return refused("that was decided already");
  TRY(signed_by({{Role::kManager, terms.manager}}));
  escalation->decision = body.decision;
  escalation->decided = in_.index;
  escalation->why = body.points;
  return {};
}

}  // namespace steelyard::exchange
