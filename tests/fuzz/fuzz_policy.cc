// Cedar text: parsed or refused. What is parsed decides the same twice, in whatever order it was put in, and for many
// resources at once as for each alone; folding changes no meaning; a value's source means that value.
#include <algorithm>

#include "core/base/limits.h"
#include "policy/authorizer.h"
#include "policy/evaluator.h"
#include "policy/fold.h"
#include "policy/parser.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;
using policy::EntityUid;
using policy::Value;

namespace {

const EntityUid kMember("Member", "tax");
const EntityUid kOwner("Member", "civil-affairs");
const EntityUid kDataset("Dataset", "civil-affairs/household");

// A member with a parent, two fields of one dataset that differ in one attribute.
policy::Entities make_entities() {
  policy::Entities made;
  const auto put = [&](EntityUid uid, std::vector<EntityUid> parents, std::vector<policy::Attribute> attributes) {
    CHECK(
        made.put({std::move(uid), std::move(parents), std::move(attributes), {{"t", Value::integer(1)}}}).has_value());
  };
  put(kMember, {EntityUid("Group", "city")}, {{"a", Value::integer(1)}, {"name", Value::string("tax")}});
  put(EntityUid("Action", "query"), {EntityUid("Action", "read")}, {});
  put(kDataset, {EntityUid("System", "registry")}, {{"owner", Value::entity(kOwner)}});
  for (const bool identifier : {false, true})
    put(EntityUid("Field", identifier ? "id_number" : "name"), {kDataset},
        {{"identifier", Value::boolean(identifier)},
         {"sensitivity", Value::integer(2)},
         {"tags", Value::set({Value::string("x"), Value::integer(3)})}});
  return made;
}

const policy::Entities& entities() {
  static const policy::Entities made = make_entities();
  return made;
}

const std::vector<EntityUid>& resources() {
  static const std::vector<EntityUid> made{EntityUid("Field", "name"), EntityUid("Field", "id_number"),
                                           EntityUid("Field", "unknown"), kDataset};
  return made;
}

policy::Request request_about(const EntityUid& resource) {
  return {
      kMember, EntityUid("Action", "query"), resource,
      Value::record({{"now", Value::datetime({1'795'000'000'000})},
                     {"purpose", Value::entity(EntityUid("Purpose", "deduction"))},
                     {"a", Value::record({{"b", Value::integer(7)}, {"ip", Value::ip(*policy::ext::parse_ip("::1"))}})},
                     {"s", Value::string("x*y")}})};
}

bool same(const policy::Decision& a, const policy::Decision& b) {
  if (a.allow != b.allow || a.reasons != b.reasons || a.errors.size() != b.errors.size()) return false;
  for (std::size_t i = 0; i < a.errors.size(); ++i)
    if (a.errors[i].policy != b.errors[i].policy || a.errors[i].what != b.errors[i].what) return false;
  return true;
}

void policies(Input input) {
  auto parsed = policy::parse_policies(input.text());
  if (!parsed) return;
  policy::PolicySet set, backwards;
  for (const auto& one : *parsed) set.put(one);
  for (auto one = parsed->rbegin(); one != parsed->rend(); ++one) backwards.put(*one);

  const policy::Request about = request_about(kDataset);
  policy::Decider decider(about, entities(), set), brief(about, entities(), set);
  for (const EntityUid& resource : resources()) {
    const policy::Request alone = request_about(resource);
    const auto decision = policy::decide(alone, entities(), set);
    CHECK(same(policy::decide(alone, entities(), set), decision));
    CHECK(same(decider.decide(resource), decision));
    const auto [allow, erred] = brief.decide_briefly(resource);
    CHECK(allow == decision.allow && erred == !decision.errors.empty());
    CHECK(!decision.allow || !decision.reasons.empty());
    auto other = policy::decide(alone, entities(), backwards);
    auto reasons = decision.reasons;
    std::sort(reasons.begin(), reasons.end());
    std::sort(other.reasons.begin(), other.reasons.end());
    CHECK(other.allow == decision.allow && other.reasons == reasons && other.errors.size() == decision.errors.size());
  }
}

// Years that a text of Cedar cannot hold have no source.
bool has_source(const Value& value) {
  constexpr std::int64_t kYear0Ms = -62'167'219'200'000, kYear10000Ms = 253'402'300'800'000;
  switch (value.type()) {
    case policy::Type::kDatetime: return value.as_datetime().ms >= kYear0Ms && value.as_datetime().ms < kYear10000Ms;
    case policy::Type::kSet: return std::all_of(value.as_set().begin(), value.as_set().end(), has_source);
    case policy::Type::kRecord:
      for (const auto& attribute : value.as_record())
        if (!has_source(attribute.value)) return false;
      return true;
    default: return true;
  }
}

void expression(Input input) {
  const auto parsed = policy::parse_expression(input.text());
  if (!parsed) return;
  const policy::Request request = request_about(resources().front());
  policy::Evaluator evaluator(request, entities());
  const auto plain = evaluator.value_of(*parsed);
  const auto folded = evaluator.value_of(policy::fold(*parsed));
  // Folding saves steps, so that what was too long may come to an end; nothing else may differ.
  const bool too_long = !plain && plain.error().what.find("steps") != std::string::npos;
  CHECK(too_long || plain.has_value() == folded.has_value());
  if (!plain) return;
  CHECK(*plain == *folded && plain->hash() == folded->hash());
  if (!has_source(*plain)) return;
  const std::string source = policy::to_source(*plain);
  if (source.size() > limits::kPolicyBytesMax) return;
  const auto again = policy::parse_expression(source);
  if (!again) return CHECK(again.error().what.find("deep") != std::string::npos);
  const auto value = evaluator.value_of(*again);
  CHECK(value.has_value() && *value == *plain);
  CHECK(policy::to_source(*value) == source);
}

constexpr void (*kReaders[])(Input) = {policies, expression};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
