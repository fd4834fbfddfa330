#include "policy/shapes.h"

#include <gtest/gtest.h>

#include "policy/authorizer.h"
#include "policy/fold.h"
#include "policy/parser.h"

namespace steelyard::policy {
namespace {

Expr program(const std::string& text) { return fold(*parse_expression(text)); }

TEST(Shapes, ProgramsThatDifferInTheirLiteralsShareOne) {
  Shapes shapes;
  Expr a = program("[Field::\"1\"].contains(resource) && context.purpose == \"p\"");
  Expr b = program("[Field::\"2\", Field::\"3\"].contains(resource) &&\n  context.purpose == \"a longer one\"");
  const auto of_a = shapes.join(a);
  EXPECT_TRUE(shapes.join(b).same_as(of_a));
  EXPECT_EQ(&a.shape(), &b.shape());
  EXPECT_EQ(shapes.size(), 1u);
  EXPECT_EQ(of_a->checks.conjuncts.size(), 2u);
  EXPECT_TRUE(of_a->of_resource.whole);
}

TEST(Shapes, WhateverElseDiffersMakesAnother) {
  Shapes shapes;
  for (const char* text : {"context.a == 1", "context.b == 1", "context.a != 1", "1 == context.a", "context has a",
                           "context.a like \"x*\"", "context.a like \"x*y\"", "context.a is A", "principal.a == 1",
                           "{a: context} == 1", "{b: context} == 1", "context.a == 1 && true"}) {
    const std::size_t before = shapes.size();
    Expr one = program(text);
    shapes.join(one);
    EXPECT_EQ(shapes.size(), before + 1) << text;
  }
}

TEST(Shapes, OneIsLetGoOfWithItsLastPolicy) {
  Shapes shapes;
  Expr a = program("context.a == 1"), b = program("context.a == 2"), other = program("context.b == 1");
  for (Expr* one : {&a, &b, &other}) shapes.join(*one);
  EXPECT_EQ(shapes.size(), 2u);
  shapes.leave(a);
  EXPECT_EQ(shapes.size(), 2u);
  shapes.leave(b);
  EXPECT_EQ(shapes.size(), 1u);
  shapes.leave(other);
  EXPECT_EQ(shapes.size(), 0u);
}

TEST(Shapes, WhoBuildsOnLeavesTheOthersAlone) {
  const Expr a = program("context.a == 1");
  Expr b = a;
  ASSERT_EQ(&a.shape(), &b.shape());
  b.set_root(b.add_literal(Value::boolean(true), {}));
  EXPECT_EQ(a.size() + 1, b.size());
  EXPECT_EQ(a.node(a.root()).op, Op::kEqual);
  EXPECT_EQ(b.node(b.root()).op, Op::kLiteral);
}

TEST(Shapes, EachPolicyKeepsItsOwnLiteralsAndPlaces) {
  PolicySet policies;
  ASSERT_TRUE(policies.put("a", "permit(principal, action, resource) when { context.a == 1 && context.a < 5 };"));
  ASSERT_TRUE(policies.put(
      "b", "permit(principal, action, resource)\nwhen {\n  context.a == \"x\" &&\n    context.a < \"y\"\n};"));
  EXPECT_EQ(policies.shapes(), 1u);
  Request request{EntityUid("P", "p"), EntityUid("Action", "a"), EntityUid("R", "r")};
  const auto decide_with = [&](Value a) {
    request.context = Value::record({{"a", std::move(a)}});
    return decide(request, Entities(), policies);
  };
  const Decision of_one = decide_with(Value::integer(1));
  EXPECT_EQ(of_one.reasons, std::vector<std::string>{"a"});
  EXPECT_TRUE(of_one.errors.empty());
  const Decision of_x = decide_with(Value::string("x"));
  EXPECT_FALSE(of_x.allow);
  ASSERT_EQ(of_x.errors.size(), 1u);
  EXPECT_EQ(of_x.errors[0].policy, "b");
  EXPECT_EQ(of_x.errors[0].what, "4:5: expected `long`, `datetime` or `duration`, got `string`");
}

TEST(Shapes, AreGoneWhenTheirPoliciesAreReplacedOrRemoved) {
  PolicySet policies;
  const auto put = [&policies](const std::string& id, const std::string& condition) {
    ASSERT_TRUE(policies.put(id, "permit(principal, action, resource) when { " + condition + " };"));
  };
  put("s/a", "context.a == 1");
  put("s/b", "context.a == 2");
  put("c", "context.a == 3");
  EXPECT_EQ(policies.shapes(), 1u);
  put("c", "context.b == 3");
  EXPECT_EQ(policies.shapes(), 2u);
  EXPECT_TRUE(policies.remove("c"));
  EXPECT_EQ(policies.shapes(), 1u);
  EXPECT_EQ(policies.remove_prefixed("s/"), 2u);
  EXPECT_EQ(policies.shapes(), 0u);
  put("c", "context.a == 3");
  policies.clear();
  EXPECT_EQ(policies.shapes(), 0u);
}

}  // namespace
}  // namespace steelyard::policy
