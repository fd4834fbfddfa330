// The half of the gate that follows the registry: entities and policies.
#include <algorithm>

#include "core/base/check.h"
#include "core/base/fail_point.h"
#include "core/exchange/agreement_policy.h"
#include "core/exchange/gate_relation.h"
#include "core/exchange/policy_ids.h"
#include "policy/parser.h"

namespace steelyard::exchange {
namespace {

using policy::EntityUid;
using policy::Value;
using schemas::StatementKind;

Value entity_value(std::string type, const std::string& id) { return Value::entity(EntityUid(std::move(type), id)); }

}  // namespace

Gate::Gate(const Registry& registry) : registry_(&registry) {
  const Status built = rebuild();
  CHECK(built);  // whatever the registry holds was checked when it was folded
}

Status Gate::rebuild() {
  entities_ = policy::Entities();
  policies_.clear();
  offered_.clear();
  application_uids_.clear();
  agreement_uids_.clear();
  time_readers_.clear();
  relations_.clear();
  TRY(entities_.put({query_, {}, {}, {}}));
  TRY(entities_.put({subscribe_, {}, {}, {}}));
  TRY(entities_.put({verify_, {}, {}, {}}));
  for (const MemberId& id : registry_->members()) TRY(put_member(id));
  for (const ApplicationId& id : registry_->applications()) TRY(put_application(id));
  for (const DutyId& id : registry_->duties()) TRY(put_duty(id));
  for (const DatasetId& id : registry_->datasets()) TRY(put_dataset(id));
  for (const std::string& subject : registry_->policy_sets()) TRY(put_policy_set(subject));
  for (const AgreementId& id : registry_->agreements()) TRY(put_agreement(id));
  return {};
}

Status Gate::on_change(const RegistryChange& change) {
  relations_.clear();
  TRY(put_subject(change));
  for (const AgreementId& id : change.agreements) TRY(put_agreement(id));
  return {};
}

Status Gate::put_subject(const RegistryChange& change) {
  switch (change.kind) {
    case StatementKind::kGenesis: return rebuild();
    case StatementKind::kMember: return put_member(MemberId(change.subject));
    case StatementKind::kApplication: return put_application(ApplicationId(change.subject));
    case StatementKind::kDuty: return put_duty(DutyId(change.subject));
    case StatementKind::kCatalogue: return put_dataset(DatasetId(change.subject));
    case StatementKind::kPolicySet: return put_policy_set(change.subject);
    default: return {};  // vocabulary is read where it is needed
  }
}

Status Gate::put_member(const MemberId& id) { return entities_.put({EntityUid("Member", id.text), {}, {}, {}}); }

Status Gate::put_application(const ApplicationId& id) {
  const auto* known = registry_->application(id);
  CHECK(known != nullptr);
  const EntityUid member("Member", known->statement.member.text);
  const EntityUid& uid = application_uids_.try_emplace(id, "Application", id.text).first->second;
  return entities_.put({uid, {member}, {{"member", Value::entity(member)}}, {}});
}

Status Gate::put_duty(const DutyId& id) {
  const auto* known = registry_->duty(id);
  CHECK(known != nullptr);
  return entities_.put(
      {EntityUid("Duty", id.text), {}, {{"holder", entity_value("Member", known->statement.holder.text)}}, {}});
}

Status Gate::put_dataset(const DatasetId& id) {
  const auto* known = registry_->dataset(id);
  CHECK(known != nullptr);
  const schemas::Catalogue& catalogue = known->statement;
  const MemberId owner = owner_of(id);
  if (const auto earlier = offered_.find(id); earlier != offered_.end())
    for (const Value& field : earlier->second.fields) entities_.remove(field.as_entity());
  Offered offered{owner, EntityUid("Dataset", id.text), {}, {}, {}};
  const EntityUid system("System", owner.text + "/" + catalogue.system.text);
  TRY(entities_.put({system, {EntityUid("Member", owner.text)}, {}, {}}));
  TRY(entities_.put({offered.dataset,
                     {system},
                     {{"sharing_class", Value::string(std::string(name_of(catalogue.sharing_class)))},
                      {"owner", entity_value("Member", owner.text)},
                      {"duty", entity_value("Duty", catalogue.duty.text)}},
                     {}}));
  for (std::size_t i = 0; i < catalogue.fields.size(); ++i) {
    const schemas::CatalogueField& field = catalogue.fields[i];
    const EntityUid uid("Field", id.text + "/" + field.name.text);
    offered.fields.push_back(Value::entity(uid));
    offered.places.emplace_back(field.name, i);
    TRY(entities_.put({uid,
                       {offered.dataset},
                       {{"sensitivity", Value::integer(field.sensitivity)},
                        {"identifier", Value::boolean(field.identifier)},
                        {"dataset", Value::entity(offered.dataset)}},
                       {}}));
    // They are in the same, and without tags; of those with the same attributes one is as good as the other.
    const policy::Entities::Known* its = entities_.find(uid);
    const auto alike = std::find_if(offered.known.begin(), offered.known.end(), [&](const auto* other) {
      return other->attributes.shares_record_with(its->attributes);
    });
    offered.known.push_back(alike == offered.known.end() ? its : *alike);
  }
  std::sort(offered.places.begin(), offered.places.end());
  offered_.insert_or_assign(id, std::move(offered));
  return {};
}

Status Gate::put_policy_set(const std::string& subject) {
  const auto* known = registry_->policy_set(subject);
  CHECK(known != nullptr);
  if (FAULT_POINT("gate-policies")) return fail(ErrorKind::kFix, "a fault of a test's");
  TRY_ASSIGN(auto policies, policy::parse_policies(known->statement.text, set_policies_prefix(subject)));
  policies_.remove_prefixed(set_policies_prefix(subject));
  // A policy that speaks of `context.now` may change its mind at any instant; looking for the word alone, or for an
  // escape that may spell it, errs on the side of weighing again. Agreements speak of it too: of their validity, which
  // is known (steady_until).
  const std::string& text = known->statement.text;
  time_readers_.erase(subject);
  if (text.find("now") != std::string::npos || text.find('\\') != std::string::npos) time_readers_.insert(subject);
  for (policy::Policy& one : policies) policies_.put(std::move(one));
  return {};
}

DecidedBy::Policy Gate::named(const std::string& policy) const {
  const PolicyOrigin origin = origin_of(policy);
  if (!origin.place) {
    const AgreementRecord* agreement = registry_->agreement(AgreementId(origin.subject));
    CHECK(agreement != nullptr && agreement->in_force);
    return {agreement->in_force->number, 0};
  }
  const auto* set = registry_->policy_set(origin.subject);
  CHECK(set != nullptr);
  return {set->number, *origin.place};
}

// Only what is active has a policy: a suspended or ended agreement has nothing that could permit.
Status Gate::put_agreement(const AgreementId& id) {
  const AgreementRecord* known = registry_->agreement(id);
  CHECK(known != nullptr);
  const schemas::Agreement& terms = *known->terms();
  TRY(entities_.put({agreement_uids_.try_emplace(id, "Agreement", id.text).first->second,
                     {},
                     {{"user", entity_value("Member", terms.user.text)},
                      {"owner", entity_value("Member", terms.owner.text)},
                      {"manager", entity_value("Member", terms.manager.text)},
                      {"dataset", entity_value("Dataset", terms.dataset.text)}},
                     {}}));
  if (known->phase != AgreementPhase::kActive) {
    policies_.remove(agreement_policy_id(id));
    return {};
  }
  return policies_.put(agreement_policy_id(id), agreement_policy(known->in_force->statement));
}

}  // namespace steelyard::exchange
