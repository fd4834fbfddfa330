#include "policy/authorizer.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "policy/evaluator.h"
#include "policy/parser.h"

namespace steelyard::policy {
namespace {

using Ids = std::vector<std::string>;

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
  EXPECT_NE(policies_.find("taxes/0"), nullptr);
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

// Random scopes over a small hierarchy, changed as they go: asking each policy by itself must give the same decision.
TEST_F(AuthorizerTest, TheIndexFindsEveryPolicyThatConcernsTheRequest) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto pick = [&random](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  const auto name = [](const char* type, int n) { return EntityUid(type, std::to_string(n)); };
  constexpr int kEntities = 6;
  for (const char* type : {"P", "Action", "R"}) {
    for (int n = 0; n < kEntities; ++n) {
      Entity entity{name(type, n), {}, {}, {}};
      for (int above = n + 1; above < kEntities; ++above) {
        if (pick(3) == 0) entity.parents.push_back(name(type, above));
      }
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
  for (int round = 0; round < 600; ++round) {
    const std::string id = std::to_string(pick(40));
    if (pick(4) == 0) {
      policies_.remove(id);
    } else {
      put(id, std::string(pick(4) == 0 ? "forbid" : "permit") + "(" + constraint("principal", "P") + ", " +
                  constraint("action", "Action") + ", " + constraint("resource", "R") + ");");
    }
    const Request request{name("P", pick(kEntities)), name("Action", pick(kEntities)), name("R", pick(kEntities))};
    const Evaluator evaluator(request, entities_);
    std::set<std::string> permits;
    std::set<std::string> forbids;
    for (int n = 0; n < 40; ++n) {
      const Policy* policy = policies_.find(std::to_string(n));
      if (policy == nullptr || !evaluator.in_scope(policy->scope)) continue;
      (policy->effect == Effect::kForbid ? forbids : permits).insert(policy->id);
    }
    const Decision decision = decide(request, entities_, policies_);
    const std::set<std::string> reasons(decision.reasons.begin(), decision.reasons.end());
    ASSERT_EQ(reasons.size(), decision.reasons.size());
    ASSERT_EQ(reasons, forbids.empty() ? permits : forbids);
    ASSERT_EQ(decision.allow, forbids.empty() && !permits.empty());
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
