#include <algorithm>

#include "core/base/invariant.h"
#include "core/exchange/agreement_policy.h"
#include "core/exchange/registry_fold.h"
#include "policy/parser.h"

namespace steelyard::exchange {
namespace {

using schemas::Action;
using schemas::AgreementChange;
using schemas::Role;
using schemas::SharingClass;
using schemas::VocabularyKind;

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

Result<MemberId> party(const schemas::Agreement& terms, Role role) {
  switch (role) {
    case Role::kUser: return terms.user;
    case Role::kOwner: return terms.owner;
    case Role::kManager: return terms.manager;
    default: return refused("an agreement is approved as user, owner or manager, not as " + std::string(name_of(role)));
  }
}

}  // namespace

Status Fold::check_parties(const schemas::Agreement& body) const {
  for (const MemberId& member : {body.user, body.owner, body.manager})
    if (registry_.member(member) == nullptr) return refused("there is no member " + quoted(member.text));
  if (body.user == body.owner) return refused("an owner needs no agreement over its own data");
  // INVARIANT(user-is-not-manager): nobody decides about its own use.
  if (!INVARIANT_HOLDS(user_is_not_manager, body.user != body.manager))
    return refused("member " + quoted(body.user.text) +
                   " is user and manager; where the root manager is the user, "
                   "the owner is the manager");
  if (body.manager != registry_.root_manager() && body.manager != body.owner)
    return refused("the manager is the root manager or the owner, not " + quoted(body.manager.text));
  const AgreementRecord* before = registry_.agreement(body.agreement);
  if (before == nullptr) return {};
  if (before->phase == AgreementPhase::kEnded) return refused("an ended agreement stays ended");
  const schemas::Agreement& earlier = *before->terms();
  if (earlier.user != body.user || earlier.owner != body.owner || earlier.dataset != body.dataset)
    return refused("user, owner and dataset of an agreement do not change: propose another agreement");
  return {};
}

Status Fold::check_scope(const schemas::Agreement& body) const {
  const auto* dataset = registry_.dataset(body.dataset);
  if (dataset == nullptr) return refused("there is no dataset " + quoted(body.dataset.text));
  if (owner_of(body.dataset) != body.owner)
    return refused("dataset " + quoted(body.dataset.text) + " is not owned by " + quoted(body.owner.text));
  if (dataset->statement.sharing_class == SharingClass::kNotShared)
    return refused("dataset " + quoted(body.dataset.text) + " is not shared: no agreement can be made over it");
  const auto& offered = dataset->statement.fields;
  for (const FieldName& field : body.fields)
    if (std::none_of(offered.begin(), offered.end(), [&](const auto& known) { return known.name == field; }))
      return refused("dataset " + quoted(body.dataset.text) + " has no field " + quoted(field.text));
  for (const Action action : body.actions)
    if (action != Action::kQuery) return refused("action `" + std::string(name_of(action)) + "` is not built yet");
  if (!body.masks.empty()) return refused("masks are not built yet");
  if (!body.row_filter.empty()) return refused("row filters are not built yet");
  if (body.rows_per_day != 0) return refused("rows_per_day is not built yet: leave it 0");
  if (body.valid_until && *body.valid_until <= body.valid_from) return refused("its validity ends before it begins");
  return {};
}

Status Fold::check_policy(const schemas::Agreement& body) const {
  if (auto good = policy::parse_policy(agreement_policy_id(body.agreement), agreement_policy(body)); !good)
    return refused("its policy cannot take effect: " + good.error().what);
  return {};
}

Status Fold::check_grounds(const schemas::Agreement& body) const {
  TRY(check_lasting_basis(body.legal_basis, "agreement " + quoted(body.agreement.text), body.valid_until));
  for (const PurposeId& purpose : body.purposes) {
    if (!term_valid(VocabularyKind::kPurpose, purpose.text))
      return refused("there is no purpose " + quoted(purpose.text) + " in force");
    const auto& bases = registry_.term(VocabularyKind::kPurpose, purpose.text)->statement.bases;
    if (!bases.empty() && !contains(bases, body.legal_basis))
      return refused("legal basis " + quoted(body.legal_basis.text) + " does not carry purpose " +
                     quoted(purpose.text));
  }
  const auto* duty = registry_.duty(body.user_duty);
  if (duty == nullptr) return refused("there is no duty " + quoted(body.user_duty.text));
  if (duty->statement.holder != body.user)
    return refused("duty " + quoted(body.user_duty.text) + " is not held by " + quoted(body.user.text));
  return {};
}

Status Fold::take(const schemas::Agreement& body) {
  if (head().subject != body.agreement.text) return refused("its subject is not its agreement");
  TRY(check_parties(body));
  TRY(signed_by_one_of({{{Role::kUser, body.user}}, {{Role::kOwner, body.owner}}, {{Role::kManager, body.manager}}}));
  TRY(check_scope(body));
  TRY(check_grounds(body));
  TRY(check_policy(body));
  const bool first = registry_.agreements_.count(body.agreement) == 0;
  AgreementRecord& record = registry_.agreements_[body.agreement];
  record.id = body.agreement;
  LogIndex first_index = in_.index;
  if (!first) first_index = (record.in_force ? record.in_force : record.proposed)->first;
  record.proposed = Registered<schemas::Agreement>{in_.index, first_index, body};
  record.proposed_digest = in_.digest;
  record.approved.clear();
  if (first) registry_.agreements_of_[body.user][body.dataset].push_back(body.agreement);
  touched_ = body.agreement;
  return {};
}

Status Fold::take(const schemas::Approval& body) {
  if (head().subject != body.agreement.text + "/" + std::string(name_of(body.role)))
    return refused("the subject of this approval has to be " +
                   quoted(body.agreement.text + "/" + std::string(name_of(body.role))));
  const auto found = registry_.agreements_.find(body.agreement);
  if (found == registry_.agreements_.end()) return refused("there is no agreement " + quoted(body.agreement.text));
  AgreementRecord& record = found->second;
  if (record.phase == AgreementPhase::kEnded) return refused("an ended agreement stays ended");
  if (!record.proposed) return refused("no version of " + quoted(body.agreement.text) + " waits for approval");
  if (record.proposed_digest != body.statement)
    return refused("it approves another version of " + quoted(body.agreement.text) + " than the one proposed last");
  TRY_ASSIGN(const MemberId approver, party(record.proposed->statement, body.role));
  if (record.approved.count(body.role) != 0)
    return refused("this version is approved as " + std::string(name_of(body.role)) + " already");
  const bool last = record.approved.size() == 2;
  TRY(signed_by({{body.role, approver}}));
  // What was lawful when proposed may have changed since.
  if (last) {
    TRY(check_scope(record.proposed->statement));
    TRY(check_grounds(record.proposed->statement));
  }
  record.approved.insert(body.role);
  record.pending_approvals[body.role] = in_.index;
  touched_ = body.agreement;
  if (!last) return {};
  record.in_force = std::move(record.proposed);
  record.in_force_digest = record.proposed_digest;
  record.approvals_in_force = std::move(record.pending_approvals);
  record.proposed.reset();
  record.proposed_digest = Digest{};
  record.approved.clear();
  record.pending_approvals.clear();
  // A new version does not lift a suspension: whoever stopped it has not said go.
  if (record.phase == AgreementPhase::kProposed) record.phase = AgreementPhase::kActive;
  return {};
}

Status Fold::take(const schemas::AgreementState& body) {
  if (head().subject != body.agreement.text + "/state")
    return refused("the subject of this change has to be " + quoted(body.agreement.text + "/state"));
  const auto found = registry_.agreements_.find(body.agreement);
  if (found == registry_.agreements_.end()) return refused("there is no agreement " + quoted(body.agreement.text));
  AgreementRecord& record = found->second;
  if (registry_.term(VocabularyKind::kReason, body.reason.text) == nullptr)
    return refused("there is no reason " + quoted(body.reason.text));
  const schemas::Agreement& terms = *record.terms();
  const Signer owner{Role::kOwner, terms.owner};
  const Signer manager{Role::kManager, terms.manager};
  const std::string now = "agreement " + quoted(body.agreement.text) + " is " + std::string(name_of(record.phase));
  if (record.phase == AgreementPhase::kEnded) return refused(now + ", and stays so");
  switch (body.change) {
    case AgreementChange::kSuspend:
      if (record.phase != AgreementPhase::kActive) return refused(now + ": only an active one can be suspended");
      TRY(signed_by_one_of({{owner}, {manager}}));
      record.phase = AgreementPhase::kSuspended;
      break;
    case AgreementChange::kResume:
      if (record.phase != AgreementPhase::kSuspended) return refused(now + ": only a suspended one can be resumed");
      TRY(signed_by({owner}));
      record.phase = AgreementPhase::kActive;
      break;
    case AgreementChange::kEnd:
      TRY(signed_by_one_of({{owner, manager}, {{Role::kUser, terms.user}}}));
      record.phase = AgreementPhase::kEnded;
      break;
  }
  record.reason = body.reason;
  touched_ = body.agreement;
  return {};
}

}  // namespace steelyard::exchange
