#include "core/exchange/policy_schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "core/exchange/agreement_policy.h"
#include "core/exchange/gate.h"
#include "core/exchange/testing/world.h"
#include "policy/authorizer.h"
#include "policy/parser.h"
#include "policy/testing/vectors.h"
#include "policy/validation/request_entity_validator.h"
#include "policy/validation/validator.h"

namespace steelyard::exchange {
namespace {

using policy::testing::read;
using testing::World;

const MemberId kOwner("civil-affairs");

std::string refused(const std::string& text, const std::string& subject = kOwner.text) {
  const Status status = check_policy_set(subject, text);
  return status ? "" : status.error().what;
}

std::string about_household(const std::string& condition) {
  return "forbid (principal, action, resource in Dataset::\"civil-affairs/household\")\nwhen { " + condition + " };";
}

TEST(PolicySchema, KnowsTheActionsOfRequests) {
  const auto& schema = policy_schema();
  EXPECT_EQ(schema.actions.size(), 3u);
  EXPECT_EQ(schema.entity_types.size(), 7u);
}

TEST(PolicySchema, TheFirstBaselineValidatesWithoutAWord) {
  const auto policies = policy::parse_policies(read("deploy/policies/baseline.cedar"));
  ASSERT_TRUE(policies.has_value());
  EXPECT_TRUE(policy::validation::validate(*policies, policy_schema()).policies.empty());
}

TEST(PolicySchema, PoliciesOfAgreementsValidateWithoutAWord) {
  for (const std::string name : {"open", "verify", "limited"}) {
    const auto policies = policy::parse_policies(read("core/exchange/golden/agreement-" + name + ".cedar"));
    ASSERT_TRUE(policies.has_value()) << name;
    EXPECT_TRUE(policy::validation::validate(*policies, policy_schema()).policies.empty()) << name;
  }
}

// Agreements as the codec and the fold take them: of any names, as many of each as there may be, of any time.
class RandomAgreements {
 public:
  explicit RandomAgreements(std::uint64_t seed) : random_(seed) {}

  std::size_t below(std::size_t n) { return random_() % n; }
  std::string name(std::size_t least = 1) {
    static constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789._-";
    std::string text(least + below(65 - least), 'a');
    for (std::size_t i = 0; i < text.size(); ++i) text[i] = kLetters[below(i == 0 ? 36 : kLetters.size())];
    return text;
  }
  Instant instant() {
    constexpr std::int64_t kEnd = 253'402'300'800'000'000;  // of the year 9999
    const auto any = static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(kEnd));
    return Instant{below(8) == 0 ? kEnd - 1 - static_cast<std::int64_t>(below(2'000)) : any};
  }
  schemas::Agreement agreement() {
    schemas::Agreement made;
    made.agreement.text = name();
    made.user.text = name();
    made.owner.text = name();
    made.dataset.text = made.owner.text + "/" + name();
    for (std::size_t n = 1 + below(below(4) == 0 ? 256 : 6); n > 0; --n) made.fields.emplace_back(name(4));
    for (std::size_t n = 1 + below(20); n > 0; --n) made.purposes.emplace_back(name(4));
    for (const schemas::Action one : {schemas::Action::kQuery, schemas::Action::kVerify, schemas::Action::kSubscribe})
      if (below(2) == 0) made.actions.push_back(one);
    if (made.actions.empty()) made.actions.push_back(schemas::Action::kQuery);
    made.valid_from = instant();
    if (below(2) == 0) made.valid_until = std::max(instant(), made.valid_from + Duration{1});
    return made;
  }

 private:
  std::mt19937_64 random_;
};

TEST(PolicySchema, WhateverAnAgreementSaysItsPolicyValidatesWithoutAWord) {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("STEELYARD_TEST_SEED=" + std::to_string(seed));
  RandomAgreements random(seed);
  for (int round = 0; round < 400; ++round) {
    const std::string text = agreement_policy(random.agreement());
    const auto policy = policy::parse_policy("x", text);
    ASSERT_TRUE(policy.has_value()) << policy.error().what << "\n" << text;
    const auto report = policy::validation::validate({&*policy, 1}, policy_schema());
    ASSERT_TRUE(report.policies.empty()) << to_text(report.policies[0].errors.empty() ? report.policies[0].warnings[0]
                                                                                      : report.policies[0].errors[0])
                                         << "\n"
                                         << text;
  }
}

// What was signed is what is permitted: field, purpose, action and time, each alone and all together.
TEST(PolicySchema, WhateverAnAgreementSaysItsPolicyPermitsThatAndNoMore) {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const std::uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  SCOPED_TRACE("STEELYARD_TEST_SEED=" + std::to_string(seed));
  RandomAgreements random(seed);
  std::size_t allowed = 0;
  for (int round = 0; round < 400; ++round) {
    const schemas::Agreement terms = random.agreement();
    policy::PolicySet set;
    ASSERT_TRUE(set.put("x", agreement_policy(terms)));
    const bool field = random.below(8) != 0, purpose = random.below(8) != 0, named = random.below(8) != 0;
    const auto action = static_cast<schemas::Action>(1 + random.below(5));
    Instant now = terms.valid_from + Duration{static_cast<std::int64_t>(random.below(4'000)) - 1'000};
    if (terms.valid_until && random.below(2) == 0)
      now = *terms.valid_until + Duration{static_cast<std::int64_t>(random.below(4'000)) - 3'000};
    const policy::EntityUid member("Member", terms.user.text), application("Application", "a");
    const policy::EntityUid dataset("Dataset", terms.dataset.text);
    const policy::EntityUid asked("Field", terms.dataset.text + "/" + (field ? terms.fields.back().text : "-"));
    policy::Entities entities;
    ASSERT_TRUE(entities.put({application, {member}, {}, {}}) && entities.put({asked, {dataset}, {}, {}}));
    using policy::Value;
    std::vector<policy::Attribute> context{{"now", policy::to_datetime(now)},
                                           {"purpose", Value::string(purpose ? terms.purposes.back().text : "-")}};
    if (named) context.push_back({"agreement", Value::entity(policy::EntityUid("Agreement", terms.agreement.text))});
    const policy::Request request{application, policy::EntityUid("Action", std::string(name_of(action))), asked,
                                  Value::record(std::move(context))};
    const policy::Decision decision = policy::decide(request, entities, set);
    ASSERT_TRUE(decision.errors.empty()) << decision.errors[0].what;
    const bool agreed = std::find(terms.actions.begin(), terms.actions.end(), action) != terms.actions.end();
    // Cedar's clock has whole milliseconds, and the policy errs on the side of no.
    const auto whole = [](Instant at) { return at.us / 1'000 - (at.us % 1'000 < 0 ? 1 : 0); };
    const bool begun = whole(now) >= whole(terms.valid_from + Duration{999});
    const bool ended = terms.valid_until && whole(now) >= whole(*terms.valid_until);
    ASSERT_EQ(decision.allow, field && purpose && named && agreed && begun && !ended) << agreement_policy(terms);
    if (decision.allow) {
      ++allowed;
      ASSERT_TRUE(terms.valid_from <= now && (!terms.valid_until || now < *terms.valid_until));
    }
  }
  EXPECT_GT(allowed, 10u);
}

TEST(PolicySchema, WhatTheGateKnowsIsAsItSays) {
  World world = World::city();
  Gate gate(world.registry());
  EXPECT_GT(gate.entities().size(), 10u);
  const Status status = policy::validation::validate_entities(gate.entities(), policy_schema());
  EXPECT_TRUE(status.has_value()) << status.error().what;
}

TEST(PolicySet, OneThatMayErrIsRefusedWithPlaceAndRule) {
  EXPECT_EQ(refused(about_household("resource.sensitivity > 2")), "");
  EXPECT_EQ(refused(about_household("resource.sensitvity > 2")),
            "2:8: attribute-not-found: attribute `sensitvity` not found on entity type `Field`; did you mean "
            "`sensitivity`?");
  EXPECT_EQ(refused(about_household("context.agreement.user == Member::\"tax\"")).substr(0, 24),
            "2:8: optional-attribute:");
  EXPECT_EQ(refused(about_household("context.purpose == 3")).substr(0, 24), "2:8: incompatible-types:");
  EXPECT_EQ(refused("forbid (principal, action == Action::\"read\", resource in Dataset::\"civil-affairs/household\");")
                .substr(0, 14),
            "1:1: no-action");
  EXPECT_EQ(refused("permit (principal, action, resource);"),
            "1:1: the resource must be == or in a System, Dataset or Field of `civil-affairs`, such as resource in "
            "Dataset::\"civil-affairs/code\"");
  EXPECT_EQ(refused("permit (principal is Person, action, resource);", "baseline").substr(0, 14), "1:1: no-action");
}

TEST(PolicySet, WhatIsNeverTrueIsNotRefused) { EXPECT_EQ(refused(about_household("false")), ""); }

TEST(PolicySet, OneThatDoesNotValidateReplacesNone) {
  World world = World::city();
  world.add_policy_set(kOwner.text, about_household("resource.identifier"));
  const auto good = world.registry().policy_set(kOwner.text)->statement;
  const schemas::PolicySet bad{about_household("resource.identifer"), World::kStart, {}};
  const auto tried = world.try_state(kOwner.text, bad, {{schemas::Role::kOwner, kOwner}});
  ASSERT_FALSE(tried.has_value());
  EXPECT_NE(tried.error().what.find("policy set `civil-affairs`: 2:8: attribute-not-found"), std::string::npos)
      << tried.error().what;
  EXPECT_EQ(world.registry().policy_set(kOwner.text)->statement, good);
}

TEST(PolicySet, OneThatTakesLongToValidateIsRefused) {
  std::string deep = "1";
  for (int level = 0; level < 100; ++level) deep = "{a:" + deep + "}";
  std::string text = "[" + deep;
  for (int at = 1; at < 100; ++at) text += "," + deep;
  EXPECT_EQ(refused(about_household(text + "].isEmpty()")).substr(0, 15), "1:1: too-costly");
}

}  // namespace
}  // namespace steelyard::exchange
