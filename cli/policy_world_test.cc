#include "cli/policy_world.h"

#include <gtest/gtest.h>

#include "cli/policy_measure.h"
#include "core/exchange/gate.h"
#include "core/exchange/policy_schema.h"
#include "core/exchange/testing/world.h"
#include "policy/authorizer.h"
#include "policy/parser.h"
#include "policy/validation/request_entity_validator.h"

namespace steelyard::cli {
namespace {

TEST(PolicyWorld, IsAsTheSchemaOfPoliciesSays) {
  const PolicyWorld world(100);
  policy::Entities entities;
  ASSERT_TRUE(world.put_entities(entities));
  const auto valid = policy::validation::validate_entities(entities, exchange::policy_schema());
  EXPECT_TRUE(valid) << valid.error().what;
  for (std::size_t nth = 0; nth < world.agreements(); ++nth) {
    const auto request = world.request(nth, nth % PolicyWorld::kFields);
    const auto good = policy::validation::validate_request(request, exchange::policy_schema());
    EXPECT_TRUE(good) << good.error().what;
  }
}

// What is measured is what the gate would decide: the same attributes of each kind of entity, and the same ones above.
TEST(PolicyWorld, HasEntitiesAsTheGateHasThem) {
  const auto city = exchange::testing::World::city();
  const exchange::Gate gate(city.registry());
  policy::Entities entities;
  ASSERT_TRUE(PolicyWorld(20).put_entities(entities));
  const auto shape = [](const policy::Entities& of) {
    std::map<std::string, std::set<std::string>> shapes;
    for (const policy::EntityUid& uid : of.uids()) {
      std::string text;
      for (const auto& attribute : of.find(uid)->attributes.as_record()) text += attribute.name + " ";
      std::set<std::string> above;
      for (const auto& ancestor : of.find(uid)->ancestors()) above.insert(*ancestor.type);
      for (const std::string& type : above) text += "in " + type + " ";
      shapes[uid.type()].insert(text);
    }
    return shapes;
  };
  EXPECT_EQ(shape(entities), shape(gate.entities()));
}

TEST(PolicyWorld, DecisionsAreAsItsAgreementsSay) {
  const PolicyWorld world(200);
  policy::Entities entities;
  policy::PolicySet policies;
  ASSERT_TRUE(world.put_entities(entities));
  auto baseline = policy::parse_policies(exchange::testing::baseline_text(), "policy:baseline#");
  ASSERT_TRUE(baseline);
  for (policy::Policy& one : *baseline) policies.put(std::move(one));
  ASSERT_TRUE(world.put_agreements(policies));
  EXPECT_EQ(policies.size(), world.agreements() + baseline->size());
  EXPECT_TRUE(policy::decide(world.granted_request(), entities, policies).allow);
  const Measured random = measure_random(world, entities, policies, 2'000, 1);
  EXPECT_TRUE(random.as_expected);
  EXPECT_GT(random.allowed, 1'000u);
  EXPECT_EQ(random.looked_at_max, 6u);
  EXPECT_TRUE(measure_fields(world, entities, policies, 20, false, 1).as_expected);
  EXPECT_TRUE(measure_changes(world, entities, policies, 6, 1).as_expected);
  EXPECT_EQ(policies.size(), world.agreements() + baseline->size());
}

}  // namespace
}  // namespace steelyard::cli
