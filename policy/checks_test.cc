#include "policy/checks.h"

#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "policy/authorizer.h"
#include "policy/fold.h"
#include "policy/parser.h"
#include "policy/testing/reference.h"

namespace steelyard::policy {
namespace {

Checks checks(const char* text) {
  Ways ways;
  return checks_of(fold(*parse_expression(text)), ways);
}

TEST(Checks, LogicBecomesJumps) {
  const Checks made = checks("context.a == 1 && (principal in resource.owner || !(context has b))");
  ASSERT_EQ(made.conjuncts.size(), 2u);
  const Check& first = made.checks[made.conjuncts[0].check];
  EXPECT_EQ(first.kind, Check::Kind::kEqual);
  EXPECT_EQ(first.yes, Check::kHolds);
  EXPECT_EQ(first.no, Check::kFails);
  const Check& in = made.checks[made.conjuncts[1].check];
  EXPECT_EQ(in.kind, Check::Kind::kIn);
  EXPECT_EQ(in.yes, Check::kHolds);
  ASSERT_LT(in.no, made.checks.size());
  const Check& has = made.checks[in.no];
  EXPECT_EQ(has.kind, Check::Kind::kHas);
  EXPECT_EQ(has.yes, Check::kFails);
  EXPECT_EQ(has.no, Check::kHolds);
}

TEST(Checks, WhatIsNotSimpleIsLeftToTheTree) {
  for (const char* text : {"context.a + 1 == 2", "context.a like \"x*\"", "context.a.b.c.d == 1", "[context].isEmpty()",
                           "(if context.a then principal else resource) == principal", "context.a.containsAll([1])"})
    EXPECT_EQ(checks(text).checks.front().kind, Check::Kind::kAny) << text;
}

TEST(Checks, TheSameWayHasOneNumberAndThereAreNotTooMany) {
  Ways ways;
  EXPECT_EQ(ways.number_of(Variable::kResource, {"a", "b"}), 0);
  EXPECT_EQ(ways.number_of(Variable::kContext, {"a", "b"}), 1);
  EXPECT_EQ(ways.number_of(Variable::kResource, {"a", "b"}), 0);
  for (std::size_t i = 0; i < 2 * Ways::kMax; ++i) ways.number_of(Variable::kContext, {std::to_string(i)});
  EXPECT_EQ(ways.number_of(Variable::kContext, {"one more"}), Ways::kMax);
}

// Random conditions of what checks are made of, with much that is missing or of a wrong type.
class Conditions {
 public:
  explicit Conditions(std::mt19937& random) : random_(random) {}

  std::string any(int depth) {
    switch (depth == 0 ? 9 : pick(9)) {
      case 0: return "(" + any(depth - 1) + " && " + any(depth - 1) + ")";
      case 1: return "(" + any(depth - 1) + " || " + any(depth - 1) + ")";
      case 2: return "!(" + any(depth - 1) + ")";
      case 3: return "(if " + any(depth - 1) + " then " + any(depth - 1) + " else " + any(depth - 1) + ")";
      default: return leaf();
    }
  }

 private:
  std::size_t pick(std::size_t below) { return random_() % below; }
  template <std::size_t N>
  std::string one_of(const char* const (&all)[N]) {
    return all[pick(N)];
  }
  std::string value() {
    return one_of({"1",
                   "2",
                   "\"s\"",
                   "true",
                   "principal",
                   "resource",
                   "action",
                   "context",
                   "context.n",
                   "context.s",
                   "context.e",
                   "context.r",
                   "context.r.n",
                   "context.none",
                   "resource.of",
                   "resource.of.n",
                   "resource.of.of.n",
                   "resource.flag",
                   "principal.n",
                   "E::\"1\"",
                   "E::\"9\"",
                   "E::\"9\".n",
                   "context.t",
                   "datetime(\"2026-01-01\")",
                   "[1, \"s\"]",
                   "[E::\"1\", E::\"2\"]",
                   "context.l",
                   "context.e.of"});
  }
  std::string leaf() {
    const std::string left = value();
    switch (pick(8)) {
      case 0: return left + " is " + one_of({"E", "F"});
      case 1: return left + " has " + one_of({"n", "of", "none", "of.n"});
      case 2: return left + one_of({" == ", " != "}) + value();
      case 3: return left + one_of({" < ", " <= ", " > ", " >= "}) + value();
      case 4: return left + " in " + value();
      case 5: return left + ".contains(" + value() + ")";
      case 6: return left + " is E in " + value();
      default: return left;
    }
  }

  std::mt19937& random_;
};

// Decided as by the plain walk of the specification; what errs, and how many steps it takes, as by the evaluator's own
// walk over the tree.
TEST(Checks, DecideAsWalkingTheTreeDoes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Conditions conditions(random);
  const auto e = [](const char* id) { return EntityUid("E", id); };
  const std::vector<Entity> list = {
      {e("1"), {e("2")}, {{"n", Value::integer(1)}, {"of", Value::entity(e("2"))}, {"flag", Value::boolean(true)}}, {}},
      {e("2"), {e("3")}, {{"n", Value::integer(2)}, {"of", Value::entity(e("3"))}}, {}},
      {e("3"), {}, {{"of", Value::entity(e("9"))}, {"n", Value::string("s")}}, {}}};
  Entities entities;
  for (const Entity& one : list) ASSERT_TRUE(entities.put(one));
  const Value context = Value::record({{"n", Value::integer(1)},
                                       {"s", Value::string("s")},
                                       {"e", Value::entity(e("1"))},
                                       {"r", Value::record({{"n", Value::integer(2)}})},
                                       {"t", Value::datetime({1'767'225'600'000})},
                                       {"l", Value::set({Value::integer(1), Value::entity(e("2"))})}});
  std::size_t allowed = 0, erred = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string text = conditions.any(3);
    const auto policy = parse_policy("p", "permit(principal, action, resource) when { " + text + " };");
    ASSERT_TRUE(policy) << text << ": " << policy.error().what;
    const char* const ids[] = {"1", "2", "3", "9"};
    const Request request{e(ids[random() % 4]), EntityUid("Action", "a"), e(ids[random() % 4]), context};
    PolicySet set;
    set.put(*policy);
    Decider decider(request, entities, set);
    decider.limit(1'000'000);
    const Decision ruling = decider.decide(request.resource);
    const auto expected = testing::Reference(request, list).is_authorized({*policy});
    ASSERT_EQ(ruling.allow, expected.allow) << text;
    ASSERT_EQ(ruling.errors.size(), expected.errors.size()) << text;

    const Expr program = fold(policy->conditions);
    Evaluator walk(request, entities);
    walk.limit(1'000'000);
    const auto walked = walk.value_of(program);
    ASSERT_EQ(ruling.errors.empty(), walked.has_value()) << text;
    if (!walked) {
      ASSERT_EQ(ruling.errors[0].what, to_text(walked.error())) << text;
    }
    // One for the policy, and none for the `&&` at the root.
    const std::size_t root = program.node(program.root()).op == Op::kAnd ? 1 : 0;
    ASSERT_EQ(decider.spent() - 1, walk.spent() - root) << text;
    allowed += ruling.allow ? 1 : 0;
    erred += ruling.errors.empty() ? 0 : 1;
  }
  std::cout << allowed << " allowed, " << erred << " erred of 20,000\n";
  EXPECT_GT(allowed, 1'000u);
  EXPECT_GT(erred, 1'000u);
}

}  // namespace
}  // namespace steelyard::policy
