#include "policy/evaluator.h"

#include <gtest/gtest.h>

#include "policy/fold.h"
#include "policy/parser.h"

namespace steelyard::policy {
namespace {

class EvaluatorTest : public ::testing::Test {
 protected:
  EvaluatorTest() {
    EXPECT_TRUE(entities_.put({EntityUid("Member", "tax"), {}, {{"level", Value::integer(3)}}, {}}));
    EXPECT_TRUE(entities_.put({EntityUid("Application", "relief"), {EntityUid("Member", "tax")}, {}, {}}));
    EXPECT_TRUE(entities_.put(
        {EntityUid("Field", "d/f"), {EntityUid("Dataset", "d")}, {}, {{"class", Value::string("open")}}}));
  }

  // The value as Cedar source, or "error: ..."; as it was parsed and folded, which must agree.
  std::string run(const std::string& text) {
    auto expr = parse_expression(text);
    if (!expr) return "unparsed: " + expr.error().what;
    Evaluator evaluator(request_, entities_);
    const auto shown = [](const tl::expected<Value, EvaluationError>& value) {
      return value ? to_source(*value) : "error: " + to_text(value.error());
    };
    const std::string plain = shown(evaluator.value_of(*expr));
    EXPECT_EQ(shown(evaluator.value_of(fold(*expr))), plain) << text;
    return plain;
  }

  Entities entities_;
  Request request_{EntityUid("Application", "relief"), EntityUid("Action", "query"), EntityUid("Field", "d/f"),
                   Value::record({{"purpose", Value::string("p1")},
                                  {"now", Value::datetime({1'800'000'000'000})},
                                  {"row", Value::record({{"age", Value::integer(40)}})}})};
};

TEST_F(EvaluatorTest, LogicStopsEarlyAndWantsBooleans) {
  EXPECT_EQ(run("false && 5"), "false");
  EXPECT_EQ(run("true || 5"), "true");
  EXPECT_EQ(run("true && 5"), "error: 1:9: expected `bool`, got `long`");
  EXPECT_EQ(run("true && true && 5"), "error: 1:17: expected `bool`, got `long`");
  EXPECT_EQ(run("!1"), "error: 1:2: expected `bool`, got `long`");
  EXPECT_EQ(run("if 1 < 2 then \"a\" else 1 + true"), "\"a\"");
}

TEST_F(EvaluatorTest, ArithmeticNeverWraps) {
  EXPECT_EQ(run("2 * 3 - 4 - -1"), "3");
  EXPECT_EQ(run("9223372036854775807 + 1"), "error: 1:1: the result does not fit 64 bits");
  EXPECT_EQ(run("-9223372036854775807 - 2"), "error: 1:2: the result does not fit 64 bits");
  EXPECT_EQ(run("9223372036854775807 * 2"), "error: 1:1: the result does not fit 64 bits");
  EXPECT_EQ(run("-(-9223372036854775808)"), "error: 1:1: the result does not fit 64 bits");
}

TEST_F(EvaluatorTest, EqualityTakesAnythingAndOrderOnlyWhatHasOne) {
  EXPECT_EQ(run("1 == \"1\""), "false");
  EXPECT_EQ(run("[1, 2, 2] == [2, 1]"), "true");
  EXPECT_EQ(run("{a: [1]} != {\"a\": [1]}"), "false");
  EXPECT_EQ(run("context.now >= datetime(\"2026-01-01\")"), "true");
  EXPECT_EQ(run("duration(\"1h\") < duration(\"61m\")"), "true");
  EXPECT_EQ(run("\"a\" < \"b\""), "error: 1:1: expected `long`, `datetime` or `duration`, got `string`");
  EXPECT_EQ(run("1 < datetime(\"2026-01-01\")"), "error: 1:5: expected `long`, got `datetime`");
}

TEST_F(EvaluatorTest, AttributesOfRecordsAndEntities) {
  EXPECT_EQ(run("context.row.age + 2"), "42");
  EXPECT_EQ(run("context[\"purpose\"]"), "\"p1\"");
  EXPECT_EQ(run("Member::\"tax\".level"), "3");
  EXPECT_EQ(run("{a: {b: 7}}.a.b"), "7");
  EXPECT_EQ(run("context has row.age && !(context has row.size)"), "true");
  EXPECT_EQ(run("Member::\"none\" has level"), "false");
  EXPECT_EQ(run("context.agreement"), "error: 1:1: the record has no attribute `agreement`");
  EXPECT_EQ(run("Member::\"none\".level"), "error: 1:1: entity `Member::\"none\"` is not known");
  EXPECT_EQ(run("principal.level"), "error: 1:1: `Application::\"relief\"` has no attribute `level`");
  EXPECT_EQ(run("1 has a"), "error: 1:1: expected `record` or `entity`, got `long`");
  EXPECT_EQ(run("resource.hasTag(\"class\") && resource.getTag(\"class\") == \"open\""), "true");
  EXPECT_EQ(run("resource.getTag(\"x\")"), "error: 1:1: `Field::\"d/f\"` has no tag `x`");
}

TEST_F(EvaluatorTest, HierarchyAndTypes) {
  EXPECT_EQ(run("principal in Member::\"tax\""), "true");
  EXPECT_EQ(run("resource in [Dataset::\"e\", Dataset::\"d\"]"), "true");
  EXPECT_EQ(run("Member::\"tax\" in Member::\"tax\""), "true");
  EXPECT_EQ(run("principal in []"), "false");
  EXPECT_EQ(run("principal in [Member::\"tax\", 1]"),
            "error: 1:14: expected a `set` of `entity`, one element, got `long`");
  EXPECT_EQ(run("principal is Application in Member::\"tax\""), "true");
  EXPECT_EQ(run("principal is Member in 5"), "false");
  EXPECT_EQ(run("5 is Member"), "error: 1:1: expected `entity`, got `long`");
}

TEST_F(EvaluatorTest, SetsAndText) {
  EXPECT_EQ(run("[Field::\"d/f\", Field::\"d/g\"].contains(resource)"), "true");
  EXPECT_EQ(run("[1, 2, 3].containsAll([3, 1]) && ![1].containsAll([1, 2])"), "true");
  EXPECT_EQ(run("[1, 2].containsAny([3, 2]) && ![1].containsAny([])"), "true");
  EXPECT_EQ(run("[].isEmpty() && ![context].isEmpty()"), "true");
  EXPECT_EQ(run("context.purpose like \"p*\""), "true");
  EXPECT_EQ(run("\"a*\" like \"a\\*\" && !(\"ab\" like \"a\\*\")"), "true");
}

TEST_F(EvaluatorTest, ExtensionsFailOnlyWhenTheyAreReached) {
  EXPECT_EQ(run("true || ip(\"x\").isIpv4()"), "true");
  EXPECT_EQ(run("false || decimal(\"x\").lessThan(decimal(\"1.0\"))"),
            "error: 1:10: the text is not a decimal like `12.3456`");
  EXPECT_EQ(run("ip(1)"), "error: 1:1: expected `string`, got `long`");
  EXPECT_EQ(run("datetime(\"2026-01-01\").offset(duration(\"1d\")).toDate() == datetime(\"2026-01-02\")"), "true");
}

TEST_F(EvaluatorTest, StepsAreBounded) {
  std::string text = "false";
  for (int i = 0; i < 60; ++i) text += " || context.all.containsAll(context.most)";
  std::vector<Value> all;
  for (int i = 0; i < 2'000; ++i) all.push_back(Value::integer(i));
  all.push_back(Value::integer(-1));
  request_.context = Value::record({{"most", Value::set(all)}, {"all", Value::set({all.begin() + 1, all.end()})}});
  EXPECT_NE(run(text).find("takes more than 100000 steps"), std::string::npos);
}

TEST_F(EvaluatorTest, FoldingMakesConstantsOfConstants) {
  const auto folded = [](const char* text) {
    const Expr expr = fold(*parse_expression(text));
    return expr.node(expr.root()).op;
  };
  EXPECT_EQ(folded("[{a: datetime(\"2026-01-01\")}, 1]"), Op::kLiteral);
  EXPECT_EQ(folded("datetime(\"yesterday\")"), Op::kCall);
  EXPECT_EQ(folded("[context]"), Op::kSet);
}

std::string set_of(const std::string& element, std::size_t times) {
  std::string text = "[";
  for (std::size_t i = 0; i < times; ++i) text += (i == 0 ? "" : ",") + element;
  return text + "]";
}

// How many steps an evaluation of `text` takes; it may not fail.
class StepsTest : public EvaluatorTest {
 protected:
  std::size_t steps(const std::string& text) {
    const auto expr = parse_expression(text);
    EXPECT_TRUE(expr) << text.substr(0, 60);
    Evaluator evaluator(request_, entities_);
    evaluator.limit(1'000'000);
    const auto value = evaluator.value_of(fold(*expr));
    EXPECT_TRUE(value) << text.substr(0, 60) << ": " << to_text(value.error());
    return evaluator.spent();
  }
};

TEST_F(StepsTest, ASetTakesWhatSortingItTakes) {
  const std::size_t few = steps(set_of("resource", 100) + ".isEmpty()");
  const std::size_t many = steps(set_of("resource", 1'000) + ".isEmpty()");
  EXPECT_GT(few, 100U * 7);
  EXPECT_GT(many, 1'000U * 10);
}

TEST_F(StepsTest, ComparingTakesWhatTheLesserValueWeighs) {
  std::string many = "[0";
  for (int i = 1; i < 1'000; ++i) many += "," + std::to_string(i);
  many += "]";
  EXPECT_GT(steps(many + " == " + many), 1'000U);
  EXPECT_LT(steps(many + " == [1]"), 10U);
  EXPECT_LT(steps("resource == principal"), 5U);
  EXPECT_GT(steps("[" + many + "].contains(" + many + ")"), 1'000U);
  EXPECT_GT(steps(many + ".containsAll(" + many + ")"), 10'000U);
  EXPECT_LT(steps(many + ".contains(7)"), 20U);
}

TEST_F(StepsTest, RecordsCallsAndPatternsTakeMoreThanANode) {
  EXPECT_GT(steps("{a: resource, b: principal} has a"), 10U);
  EXPECT_GT(steps("ip(if resource == principal then \"::1\" else \"::2\").isIpv6()"), 30U);
  EXPECT_GT(steps("context.purpose like \"" + std::string(800, 'a') + "\""), 200U);
}

TEST_F(StepsTest, WhatIsLimitedIsLimitedOverAllExpressions) {
  const auto expr = parse_expression("resource == principal || resource == action");
  Evaluator evaluator(request_, entities_);
  evaluator.limit(20);
  EXPECT_TRUE(evaluator.value_of(*expr));
  EXPECT_TRUE(evaluator.value_of(*expr));
  EXPECT_EQ(evaluator.spent(), 14U);
  const auto third = evaluator.value_of(*expr);
  ASSERT_FALSE(third);
  EXPECT_NE(third.error().what.find("more than 20 steps together"), std::string::npos) << third.error().what;
  EXPECT_EQ(evaluator.spent(), 20U);
  EXPECT_FALSE(evaluator.spend(1));
}

}  // namespace
}  // namespace steelyard::policy
