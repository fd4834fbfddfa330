#include "core/exchange/policy_schema.h"

#include <gtest/gtest.h>

#include "core/exchange/agreement_policy.h"
#include "core/exchange/gate.h"
#include "core/exchange/testing/world.h"
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
