#include <algorithm>

#include "core/base/invariant.h"
#include "core/exchange/actions.h"
#include "core/exchange/agreement_policy.h"
#include "core/exchange/mask.h"
#include "core/exchange/policy_ids.h"
#include "core/exchange/registry_fold.h"
#include "core/exchange/row_filter.h"
#include "policy/parser.h"

namespace steelyard::exchange {
namespace {

using schemas::Action;
using schemas::Role;
using schemas::VocabularyKind;

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
  return check_same_parties(*before->terms(), body);
}

// They stay, but where a duty has passed on: then the agreement follows it.
Status Fold::check_same_parties(const schemas::Agreement& earlier, const schemas::Agreement& body) const {
  const auto passed_on = [&](const DutyId& id, const MemberId& from, const MemberId& to) {
    const auto* duty = registry_.duty(id);
    return duty != nullptr && duty->statement.holder != from && duty->statement.holder == to;
  };
  const bool user_follows = earlier.user_duty == body.user_duty && passed_on(body.user_duty, earlier.user, body.user);
  const auto* old_dataset = registry_.dataset(earlier.dataset);
  const auto* dataset = registry_.dataset(body.dataset);
  const bool dataset_follows = old_dataset != nullptr && dataset != nullptr &&
                               old_dataset->statement.duty == dataset->statement.duty &&
                               passed_on(dataset->statement.duty, earlier.owner, body.owner);
  if ((earlier.user != body.user && !user_follows) ||
      ((earlier.owner != body.owner || earlier.dataset != body.dataset) && !dataset_follows))
    return refused(
        "user, owner and dataset of an agreement do not change, unless their duty has passed to the new ones: "
        "propose another agreement");
  return {};
}

// Each on a field that it covers, and none twice: which one held would hang on who reads it.
Status Fold::check_masks(const schemas::Agreement& body, const std::vector<schemas::CatalogueField>& offered) {
  for (auto mask = body.masks.begin(); mask != body.masks.end(); ++mask) {
    const FieldName& field = mask->first;
    const std::string& name = mask->second;
    if (std::count(body.fields.begin(), body.fields.end(), field) == 0)
      return refused("it masks field " + quoted(field.text) + ", which it does not cover");
    if (std::any_of(body.masks.begin(), mask, [&field](const auto& before) { return before.first == field; }))
      return refused("it masks field " + quoted(field.text) + " twice");
    const auto known = std::find_if(offered.begin(), offered.end(), [&](const auto& one) { return one.name == field; });
    if (known == offered.end()) return refused("there is no field " + quoted(field.text) + " to mask");
    if (auto good = check_mask(name, known->type); !good)
      return refused("field " + quoted(field.text) + ": " + good.error().what);
  }
  return {};
}

Status Fold::check_scope(const schemas::Agreement& body) const {
  const auto* dataset = registry_.dataset(body.dataset);
  if (dataset == nullptr) return refused("there is no dataset " + quoted(body.dataset.text));
  if (owner_of(body.dataset) != body.owner)
    return refused("dataset " + quoted(body.dataset.text) + " is not owned by " + quoted(body.owner.text));
  for (const Action action : body.actions)
    if (!is_built(action)) return refused("action `" + std::string(name_of(action)) + "` is not built yet");
  const auto& offered = dataset->statement.fields;
  TRY(check_masks(body, offered));
  if (!body.row_filter.empty())
    if (auto good = RowFilter::compile(body.row_filter, offered); !good)
      return refused("row filter, " + good.error().what);
  if (body.valid_until && *body.valid_until <= body.valid_from) return refused("its validity ends before it begins");
  return check_day_offset(body.day_offset_minutes);
}

Status Fold::check_policy(const schemas::Agreement& body) const {
  if (auto good = policy::parse_policy(agreement_policy_id(body.agreement), agreement_policy(body)); !good)
    return refused("its policy cannot take effect: " + good.error().what);
  return {};
}

Status Fold::check_grounds(const schemas::Agreement& body) const {
  for (const PurposeId& purpose : body.purposes)
    if (!term_valid(VocabularyKind::kPurpose, purpose.text))
      return refused("there is no purpose " + quoted(purpose.text) + " in force");
  return check_conditions(body);
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
  if (!first)
    first_index = (record.in_force ? record.in_force : record.proposed ? record.proposed : record.dropped)->first;
  const bool moves = !first && !record.in_force;  // until one is in force, the terms are those that were proposed last
  if (moves) registry_.forget_agreement_of(*record.terms());
  record.proposed = Registered<schemas::Agreement>{in_.index, first_index, body};
  record.proposed_digest = in_.digest;
  record.approved.clear();
  record.pending_approvals.clear();
  record.handling = {head().role, head().author, in_.log_time, false, {}, {}, {}};
  if (!record.in_force) enter(record, AgreementPhase::kProposed);
  if (body.rows_per_day != 0) registry_.day_limit_at_[in_.index] = {body.rows_per_day, body.day_offset_minutes};
  if (first || moves) registry_.agreements_of_[body.user][body.dataset].push_back(body.agreement);
  touched_ = {body.agreement};
  return {};
}

// INVARIANT: what `agreements_of_` lists is where terms() say.
void Fold::come_into_force(AgreementRecord& record) {
  registry_.forget_agreement_of(*record.terms());
  record.in_force = std::move(record.proposed);
  record.in_force_digest = record.proposed_digest;
  record.approvals_in_force = std::move(record.pending_approvals);
  drop_proposal(record);
  record.dropped.reset();
  const schemas::Agreement& terms = record.in_force->statement;
  registry_.agreements_of_[terms.user][terms.dataset].push_back(terms.agreement);
  // A new version does not lift a suspension: whoever stopped it has not said go. The fold is nobody, and what it
  // looked at holds.
  if (record.phase != AgreementPhase::kSuspended || record.stopped_by_fold) enter(record, AgreementPhase::kActive);
}

void Fold::drop_proposal(AgreementRecord& record) const {
  record.proposed.reset();
  record.proposed_digest = Digest{};
  record.approved.clear();
  record.pending_approvals.clear();
  record.handling = {};
  record.return_used = false;
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
  if (record.handling.returned)
    return refused("this version of " + quoted(body.agreement.text) + " was returned: its next one is awaited");
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
  touched_ = {body.agreement};
  if (last) come_into_force(record);
  return {};
}

}  // namespace steelyard::exchange
