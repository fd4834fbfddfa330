#include "cli/policy_world.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/exchange/agreement_policy.h"
#include "core/exchange/policy_ids.h"

namespace steelyard::cli {
namespace {

using policy::EntityUid;
using policy::Value;

constexpr std::size_t kOnEachDataset = 20;
constexpr Instant kNow{1'795'000'000'000'000};  // 2026-11
constexpr Duration kYear{365LL * 24 * 3'600 * 1'000'000};

MemberId user(std::size_t nth) { return MemberId(fmt::format("bureau-{:03}", nth)); }
std::string application(std::size_t user) { return fmt::format("bureau-{:03}-desk", user); }
AgreementId agreement_id(std::size_t nth) { return AgreementId(fmt::format("agreement-{:06}", nth)); }
FieldName field_name(std::size_t nth) { return FieldName(fmt::format("field_{:02}", nth)); }
PurposeId purpose(std::size_t nth) { return PurposeId(fmt::format("purpose-{}", nth)); }

Value entity(const char* type, const std::string& id) { return Value::entity(EntityUid(type, id)); }

}  // namespace

PolicyWorld::PolicyWorld(std::size_t agreements)
    : agreements_(agreements),
      datasets_(std::max<std::size_t>(1, agreements / kOnEachDataset)),
      owners_(std::clamp<std::size_t>(datasets_ / 50, 1, 100)),
      users_(std::clamp<std::size_t>(agreements / 500, kOnEachDataset, 200)) {}

MemberId PolicyWorld::owner(std::size_t dataset) const { return user(users_ + dataset % owners_); }

DatasetId PolicyWorld::dataset(std::size_t nth) const {
  return DatasetId(fmt::format("{}/register-{:04}", owner(nth).text, nth / owners_));
}

bool PolicyWorld::granted(std::size_t agreement, std::size_t field) const {
  return (field + agreement) % kFields < kGranted;
}

policy::Request PolicyWorld::granted_request() const {
  const std::size_t agreement = agreements_ / 2;
  return request(agreement, (kFields - agreement % kFields) % kFields);
}

schemas::Agreement PolicyWorld::agreement(std::size_t nth) const {
  schemas::Agreement made;
  const std::size_t of = dataset_of(nth);
  made.agreement = agreement_id(nth);
  made.user = user(user_of(nth));
  made.owner = owner(of);
  made.manager = MemberId("data-bureau");
  made.dataset = dataset(of);
  for (std::size_t i = 0; i < kFields; ++i)
    if (granted(nth, i)) made.fields.push_back(field_name(i));
  made.actions = {schemas::Action::kQuery};
  made.purposes = {purpose(nth % kPurposes)};
  if (nth % 3 == 0) made.purposes.push_back(purpose((nth + 1) % kPurposes));
  made.valid_from = kNow - kYear;
  if (nth % 2 == 0) made.valid_until = kNow + kYear;
  return made;
}

std::string PolicyWorld::policy_id(std::size_t nth) { return exchange::agreement_policy_id(agreement_id(nth)); }

std::string PolicyWorld::policy_text(std::size_t nth) const { return exchange::agreement_policy(agreement(nth)); }

Status PolicyWorld::put_agreement(std::size_t nth, policy::PolicySet& to) const {
  return to.put(policy_id(nth), policy_text(nth));
}

Status PolicyWorld::put_agreements(policy::PolicySet& to) const {
  for (std::size_t i = 0; i < agreements_; ++i) TRY(put_agreement(i, to));
  return {};
}

Status PolicyWorld::put_entities(policy::Entities& to) const {
  for (const char* action : {"query", "verify", "subscribe"}) TRY(to.put({EntityUid("Action", action), {}, {}, {}}));
  TRY(to.put({EntityUid("Member", "data-bureau"), {}, {}, {}}));
  for (std::size_t i = 0; i < users_ + owners_; ++i) {
    const EntityUid member("Member", user(i).text);
    TRY(to.put({member, {}, {}, {}}));
    TRY(to.put({EntityUid("Duty", user(i).text + "-duty"), {}, {{"holder", Value::entity(member)}}, {}}));
    TRY(to.put({EntityUid("System", user(i).text + "/residents"), {member}, {}, {}}));
    TRY(to.put({EntityUid("Application", application(i)), {member}, {{"member", Value::entity(member)}}, {}}));
  }
  for (std::size_t i = 0; i < datasets_; ++i) {
    const std::string by = owner(i).text;
    const EntityUid uid("Dataset", dataset(i).text);
    TRY(to.put({uid,
                {EntityUid("System", by + "/residents")},
                {{"sharing_class", Value::string("conditional")},
                 {"owner", entity("Member", by)},
                 {"duty", entity("Duty", by + "-duty")}},
                {}}));
    for (std::size_t j = 0; j < kFields; ++j)
      TRY(to.put({field(i, j),
                  {uid},
                  {{"sensitivity", Value::integer(j % 4 == 0 ? 3 : 2)},
                   {"identifier", Value::boolean(j == 0)},
                   {"dataset", Value::entity(uid)}},
                  {}}));
  }
  for (std::size_t i = 0; i < agreements_; ++i) {
    const schemas::Agreement its = agreement(i);
    TRY(to.put({EntityUid("Agreement", its.agreement.text),
                {},
                {{"user", entity("Member", its.user.text)},
                 {"owner", entity("Member", its.owner.text)},
                 {"manager", entity("Member", its.manager.text)},
                 {"dataset", entity("Dataset", its.dataset.text)}},
                {}}));
  }
  return {};
}

EntityUid PolicyWorld::field(std::size_t agreement, std::size_t field) const {
  return EntityUid("Field", dataset(dataset_of(agreement)).text + "/" + field_name(field).text);
}

policy::Request PolicyWorld::request(std::size_t agreement, std::size_t field, bool right_purpose) const {
  static const Value kBehalf = Value::record({{"case", Value::boolean(true)}, {"operator", Value::boolean(true)}});
  const std::size_t asked =
      right_purpose ? agreement : agreement + 2;  // an agreement's are its own and perhaps the next
  return {EntityUid("Application", application(user_of(agreement))), EntityUid("Action", "query"),
          this->field(agreement, field),
          Value::record({{"agreement", entity("Agreement", agreement_id(agreement).text)},
                         {"behalf", kBehalf},
                         {"now", policy::to_datetime(kNow)},
                         {"purpose", Value::string(purpose(asked % kPurposes).text)}})};
}

}  // namespace steelyard::cli
