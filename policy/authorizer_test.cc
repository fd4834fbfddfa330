#include "policy/authorizer.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "policy/evaluator.h"
#include "policy/parser.h"
#include "policy/testing/reference.h"

namespace steelyard::policy {
namespace {

using Ids = std::vector<std::string>;

Ids ids(std::span<const CompiledPolicy* const> policies) {
  Ids made;
  for (const CompiledPolicy* one : policies) made.push_back(one->id);
  return made;
}
Ids ids(const std::vector<PolicyError>& errors) {
  Ids made;
  for (const PolicyError& one : errors) made.push_back(one.policy);
  return made;
}

class AuthorizerTest : public ::testing::Test {
 protected:
  void put(const std::string& id, const std::string& text) {
    const auto done = policies_.put(id, text);
    ASSERT_TRUE(done) << done.error().what;
  }
  Decision decide_for(const std::string& member) {
    const Request request{EntityUid("Member", member), EntityUid("Action", "query"), EntityUid("Dataset", "d")};
    return decide(request, entities_, policies_);
  }

  Entities entities_;
  PolicySet policies_;
};

TEST_F(AuthorizerTest, NothingIsAllowedWithoutAPermit) {
  EXPECT_FALSE(decide_for("tax").allow);
  put("a", "permit(principal == Member::\"tax\", action, resource);");
  EXPECT_TRUE(decide_for("tax").allow);
  EXPECT_EQ(decide_for("tax").reasons, Ids{"a"});
  EXPECT_FALSE(decide_for("health").allow);
}

TEST_F(AuthorizerTest, ForbidFromAnyoneWins) {
  put("a", "permit(principal, action, resource);");
  put("b", "forbid(principal, action, resource == Dataset::\"d\");");
  put("c", "permit(principal, action, resource);");
  const Decision decision = decide_for("tax");
  EXPECT_FALSE(decision.allow);
  EXPECT_EQ(decision.reasons, Ids{"b"});
}

TEST_F(AuthorizerTest, AFailingPolicyIsSkippedAndReported) {
  put("a", "permit(principal, action, resource);");
  put("b", "forbid(principal, action, resource)\nwhen { context.purpose == \"p\" };");
  const Decision decision = decide_for("tax");
  EXPECT_TRUE(decision.allow);
  ASSERT_EQ(decision.errors.size(), 1u);
  EXPECT_EQ(decision.errors[0].policy, "b");
  EXPECT_EQ(decision.errors[0].what, "2:8: the record has no attribute `purpose`");
}

TEST_F(AuthorizerTest, ReplacedAndRemovedPoliciesHaveNoSay) {
  put("a", "permit(principal, action, resource);");
  put("a", "permit(principal == Member::\"health\", action, resource);");
  EXPECT_FALSE(decide_for("tax").allow);
  EXPECT_TRUE(decide_for("health").allow);
  EXPECT_EQ(policies_.size(), 1u);
  EXPECT_TRUE(policies_.remove("a"));
  EXPECT_FALSE(policies_.remove("a"));
  EXPECT_FALSE(decide_for("health").allow);
}

TEST_F(AuthorizerTest, APrefixRemovesWholeSets) {
  put("tax/0", "permit(principal, action, resource);");
  put("tax/1", "permit(principal, action, resource);");
  put("taxes/0", "forbid(principal, action, resource);");
  EXPECT_EQ(policies_.remove_prefixed("tax/"), 2u);
  EXPECT_EQ(policies_.size(), 1u);
  EXPECT_TRUE(policies_.contains("taxes/0"));
}

TEST_F(AuthorizerTest, ABrokenPolicyChangesNothing) {
  put("a", "permit(principal, action, resource);");
  EXPECT_FALSE(policies_.put("a", "permit(principal, action, resource) when { 1 + };"));
  EXPECT_TRUE(decide_for("tax").allow);
}

TEST_F(AuthorizerTest, AnEmptyListOfActionsHoldsForNone) {
  put("a", "permit(principal, action in [], resource);");
  EXPECT_FALSE(decide_for("tax").allow);
}

TEST_F(AuthorizerTest, HowManyPoliciesAreLookedAtDoesNotDependOnUnrelatedOnes) {
  const auto agreement = [this](int n, const std::string& user, const std::string& dataset) {
    put("agreement:" + std::to_string(n), "permit(principal in Member::\"" + user +
                                              "\", action in [Action::\"query\"], " + "resource in Dataset::\"" +
                                              dataset + "\") when { context has agreement };");
  };
  ASSERT_TRUE(entities_.put({EntityUid("Application", "a"), {EntityUid("Member", "tax")}, {}, {}}));
  ASSERT_TRUE(entities_.put({EntityUid("Field", "f"), {EntityUid("Dataset", "d")}, {}, {}}));
  put("everywhere", "forbid(principal, action, resource) when { context has none };");
  agreement(0, "tax", "d");
  const auto looked_at = [this] {
    const Request request{EntityUid("Application", "a"), EntityUid("Action", "query"), EntityUid("Field", "f")};
    Decider decider(request, entities_, policies_);
    decider.decide_briefly(request.resource);
    return decider.looked_at();
  };
  EXPECT_EQ(looked_at(), 2u);
  for (int n = 1; n < 2'000; ++n)  // of others, of other datasets, and both
    agreement(n, n % 3 == 0 ? "tax" : "user-" + std::to_string(n), n % 3 == 1 ? "d" : "dataset-" + std::to_string(n));
  EXPECT_EQ(looked_at(), 2u);
  agreement(2'000, "tax", "d");
  EXPECT_EQ(looked_at(), 3u);
}

TEST_F(AuthorizerTest, WhatADeciderKeepsOfOneResourceIsNotSaidOfAnother) {
  const auto put_field = [this](const char* id, const char* dataset, std::int64_t sensitivity) {
    ASSERT_TRUE(entities_.put(
        {EntityUid("Field", id),
         {EntityUid("Dataset", dataset)},
         {{"sensitivity", Value::integer(sensitivity)}, {"dataset", Value::entity(EntityUid("Dataset", dataset))}},
         {}}));
  };
  for (const char* dataset : {"d", "e"})
    ASSERT_TRUE(entities_.put(
        {EntityUid("Dataset", dataset), {}, {{"open", Value::boolean(std::string(dataset) == "e")}}, {}}));
  put_field("d1", "d", 1);
  put_field("d2", "d", 5);
  put_field("e1", "e", 1);
  put("d", "permit(principal, action, resource in Dataset::\"d\") when { resource.sensitivity < 3 };");
  put("e", "permit(principal, action, resource) when { resource.dataset.open };");
  put("d2", "permit(principal, action, resource == Field::\"d2\");");
  const Request request{EntityUid("Member", "tax"), EntityUid("Action", "query"), EntityUid("Field", "none")};
  Decider decider(request, entities_, policies_);
  for (int round = 0; round < 2; ++round) {
    EXPECT_EQ(decider.decide(EntityUid("Field", "d1")).reasons, Ids{"d"});
    EXPECT_EQ(decider.decide(EntityUid("Field", "e1")).reasons, Ids{"e"});
    EXPECT_EQ(decider.decide(EntityUid("Field", "d2")).reasons, Ids{"d2"});
    const Decision unknown = decider.decide(EntityUid("Field", "unknown"));
    EXPECT_FALSE(unknown.allow);
    EXPECT_EQ(unknown.errors.size(), 1u) << "`e` cannot be evaluated, `d` does not concern it";
  }
}

// What was settled for one field is said of another only where the condition cannot tell them apart.
TEST_F(AuthorizerTest, SharedConditionsDecideAsEachWouldAlone) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  static constexpr const char* kConditions[] = {"resource.dataset.open",
                                                "resource.level < 3",
                                                "resource has level && resource.level == 1",
                                                "context has purpose",
                                                "resource == Field::\"2\"",
                                                "[Field::\"1\", Field::\"3\"].contains(resource)",
                                                "context.purpose == \"p\"",
                                                "principal in resource.dataset.owner",
                                                "resource in Dataset::\"d\"",
                                                "context.of == resource.dataset",
                                                "!(resource has note) || resource.note like \"a*\"",
                                                "1 < 2",
                                                "context.field.level == 1",
                                                "(if resource has level then resource else context.field).level > 2",
                                                "{a: resource}.a.level == 1",
                                                "context has of && resource.level == 1 && principal is Member",
                                                "resource.level == 1 && context.purpose == \"p\"",
                                                "(1 < 2 && resource has level) && (context.of == resource.dataset)",
                                                "context.of is Dataset && resource.note && context has field"};
  static constexpr const char* kScopes[] = {"", " is Field", " is Other", " in Dataset::\"d\"",
                                            " is Field in Dataset::\"e\""};
  constexpr int kFields = 12;
  for (const char* dataset : {"d", "e"})
    ASSERT_TRUE(entities_.put({EntityUid("Dataset", dataset),
                               {},
                               {{"open", Value::boolean(std::string(dataset) == "e")},
                                {"owner", Value::entity(EntityUid("Member", dataset))}},
                               {}}));
  ASSERT_TRUE(entities_.put({EntityUid("Member", "tax"), {EntityUid("Member", "d")}, {}, {}}));
  for (int n = 0; n < kFields; ++n) {
    const EntityUid dataset("Dataset", pick(2) == 0 ? "d" : "e");
    Entity field{EntityUid("Field", std::to_string(n)), {dataset}, {{"dataset", Value::entity(dataset)}}, {}};
    if (pick(4) != 0) field.attributes.push_back({"level", Value::integer(pick(5))});
    if (pick(2) == 0) field.attributes.push_back({"note", Value::string(pick(2) == 0 ? "ab" : "ba")});
    ASSERT_TRUE(entities_.put(std::move(field)));
  }
  std::vector<Value> group;  // the fields of one dataset
  for (int n = 0; n < kFields; ++n) {
    const EntityUid uid("Field", std::to_string(n));
    if (entities_.find(uid)->ancestors().front().uid == EntityUid("Dataset", "d")) group.push_back(Value::entity(uid));
  }
  int allowed = 0, erred = 0, grouped = 0;
  for (int round = 0; round < 200; ++round) {
    policies_.clear();
    for (int n = 0; n < 6; ++n)
      put(std::to_string(n), std::string(pick(3) == 0 ? "forbid" : "permit") + "(principal, action, resource" +
                                 (pick(5) == 0 ? " == Field::\"4\"" : kScopes[pick(std::size(kScopes))]) + ") when { " +
                                 kConditions[pick(std::size(kConditions))] + " };");
    Request request{EntityUid("Member", "tax"), EntityUid("Action", "query"), EntityUid("Field", "none"),
                    Value::record({{"of", Value::entity(EntityUid("Dataset", "d"))},
                                   {"field", Value::entity(EntityUid("Field", std::to_string(pick(kFields))))}})};
    Decider decider(request, entities_, policies_), briefly(request, entities_, policies_);
    for (int asked = 0; asked < 2 * kFields; ++asked) {
      Request alone = request;
      // The last one is not known, and of another type there are none.
      alone.resource = EntityUid(pick(5) == 0 ? "Other" : "Field", std::to_string(pick(kFields + 1)));
      const Decision expected = decide(alone, entities_, policies_);
      const Decision decision = decider.decide(alone.resource);
      ASSERT_EQ(decision.allow, expected.allow);
      ASSERT_EQ(decision.reasons, expected.reasons);
      ASSERT_EQ(decision.errors.size(), expected.errors.size());
      for (std::size_t i = 0; i < expected.errors.size(); ++i) {
        ASSERT_EQ(decision.errors[i].policy, expected.errors[i].policy);
        ASSERT_EQ(decision.errors[i].what, expected.errors[i].what);
      }
      const auto brief = briefly.decide_briefly(alone.resource);
      ASSERT_EQ(brief.allow, expected.allow);
      ASSERT_EQ(brief.erred, !expected.errors.empty());
      ASSERT_EQ(ids(briefly.decided()), expected.reasons);
      ASSERT_EQ(ids(briefly.erred()), ids(expected.errors));
      allowed += expected.allow ? 1 : 0;
      erred += brief.erred ? 1 : 0;
    }
    const auto ahead = Applicable::find(request.principal, request.action, group, entities_, policies_);
    if (!ahead) continue;
    Decider of_group(request, entities_, policies_, *ahead);
    for (const Value& resource : group) {
      Request alone = request;
      alone.resource = resource.as_entity();
      const Decision expected = decide(alone, entities_, policies_);
      const auto brief = of_group.decide_briefly(resource.as_entity());
      ASSERT_EQ(brief.allow, expected.allow);
      ASSERT_EQ(brief.erred, !expected.errors.empty());
      ASSERT_EQ(ids(of_group.decided()), expected.reasons);
      ASSERT_EQ(ids(of_group.erred()), ids(expected.errors));
      ASSERT_EQ(of_group.decide(alone.resource).reasons, expected.reasons);
      ++grouped;
    }
  }
  EXPECT_GT(allowed, 0);
  EXPECT_GT(erred, 0);
  EXPECT_TRUE(grouped > 0 || group.empty());
}

TEST_F(AuthorizerTest, WhatAScopeTellsApartIsNoGroup) {
  for (const char* dataset : {"d", "e"}) ASSERT_TRUE(entities_.put({EntityUid("Dataset", dataset), {}, {}, {}}));
  const auto put_entity = [this](const char* type, const char* id, const char* dataset) {
    EXPECT_TRUE(entities_.put({EntityUid(type, id), {EntityUid("Dataset", dataset)}, {}, {}}));
    return Value::entity(EntityUid(type, id));
  };
  const Value first = put_entity("Field", "1", "d"), second = put_entity("Field", "2", "d"),
              elsewhere = put_entity("Field", "3", "e"), other = put_entity("Other", "1", "d"),
              unknown = Value::entity(EntityUid("Field", "unknown"));
  put("a", "permit(principal, action, resource in Dataset::\"d\");");
  const auto is_group = [this](std::vector<Value> of) {
    const EntityUid tax("Member", "tax"), query("Action", "query");
    return Applicable::find(tax, query, of, entities_, policies_).has_value();
  };
  EXPECT_TRUE(is_group({first, second}));
  EXPECT_FALSE(is_group({first, elsewhere}));
  EXPECT_FALSE(is_group({first, other}));
  EXPECT_FALSE(is_group({first, unknown}));
  EXPECT_FALSE(is_group({}));
  put("b", "forbid(principal, action, resource == Field::\"2\");");
  EXPECT_FALSE(is_group({first, second}));
  EXPECT_TRUE(is_group({first}));
}

TEST(ResourceUse, SeesWhatAConditionCanLearnOfTheResource) {
  const auto use = [](const char* text) { return resource_use(*parse_expression(text)); };
  EXPECT_TRUE(use("principal.level == context.level").attributes.empty());
  EXPECT_FALSE(use("principal.level == context.level").whole);
  EXPECT_EQ(use("resource.dataset.open && resource has note && resource.dataset.owner == principal").attributes,
            (Ids{"dataset", "note"}));
  for (const char* text : {"resource", "resource == principal", "resource in principal", "resource is Field",
                           "resource.getTag(\"a\")", "[resource].isEmpty()", "{a: resource}.a.b == 1"})
    EXPECT_TRUE(use(text).whole) << text;
}

// Random scopes over a small hierarchy, changed as they go: asking each policy by itself must give the same decision.
TEST_F(AuthorizerTest, TheIndexFindsEveryPolicyThatConcernsTheRequest) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  const auto name = [](const char* type, int n) { return EntityUid(type, std::to_string(n)); };
  constexpr int kEntities = 6;
  std::vector<Entity> entities;
  for (const char* type : {"P", "Action", "R"}) {
    for (int n = 0; n < kEntities; ++n) {
      Entity entity{name(type, n), {}, {}, {}};
      for (int above = n + 1; above < kEntities; ++above) {
        if (pick(3) == 0) entity.parents.push_back(name(type, above));
      }
      entities.push_back(entity);
      ASSERT_TRUE(entities_.put(std::move(entity)));
    }
  }
  const auto source = [&](const char* type) { return to_source(name(type, pick(kEntities))); };
  const auto constraint = [&](const std::string& variable, const char* type) {
    switch (pick(5)) {
      case 0: return variable;
      case 1: return variable + " == " + source(type);
      case 2:
        return variable == "action" ? variable + " in [" + source(type) + ", " + source(type) + "]"
                                    : variable + " is " + type;
      case 3: return variable == "action" ? variable + " in []" : variable + " is " + type + " in " + source(type);
      default: return variable + " in " + source(type);
    }
  };
  int allowed = 0;
  std::map<std::string, Policy> in_force;
  for (int round = 0; round < 600; ++round) {
    const std::string id = std::to_string(pick(40));
    if (pick(4) == 0) {
      policies_.remove(id);
      in_force.erase(id);
    } else {
      const std::string text = std::string(pick(4) == 0 ? "forbid" : "permit") + "(" + constraint("principal", "P") +
                               ", " + constraint("action", "Action") + ", " + constraint("resource", "R") + ");";
      put(id, text);
      in_force.insert_or_assign(id, *parse_policy(id, text));
    }
    const Request request{name("P", pick(kEntities)), name("Action", pick(kEntities)), name("R", pick(kEntities))};
    std::vector<Policy> all;
    for (const auto& [its_id, policy] : in_force) all.push_back(policy);
    const auto expected = testing::Reference(request, entities).is_authorized(all);
    const Decision decision = decide(request, entities_, policies_);
    const std::set<std::string> reasons(decision.reasons.begin(), decision.reasons.end());
    ASSERT_EQ(reasons.size(), decision.reasons.size());
    ASSERT_EQ(reasons, expected.reasons);
    ASSERT_EQ(decision.allow, expected.allow);
    Decider decider(request, entities_, policies_);
    for (int n = 0; n <= kEntities; ++n) {  // the last one is not known
      Request alone = request;
      alone.resource = name("R", n);
      ASSERT_EQ(decider.decide(alone.resource).reasons, decide(alone, entities_, policies_).reasons);
    }
    allowed += decision.allow ? 1 : 0;
  }
  EXPECT_GT(allowed, 0);
}

}  // namespace
}  // namespace steelyard::policy
