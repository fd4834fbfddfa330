#include "policy/printer.h"

#include <gtest/gtest.h>

#include "policy/parser.h"

namespace steelyard::policy {
namespace {

// What is printed of a text; read again it must print the same.
std::string printed(const std::string& text) {
  const auto parsed = parse_expression(text);
  if (!parsed) return "unparsed: " + parsed.error().what;
  const auto source = to_source(*parsed);
  if (!source) return "error: " + source.error().what;
  const auto again = parse_expression(*source);
  if (!again) return *source + " cannot be read: " + again.error().what;
  EXPECT_EQ(*to_source(*again), *source);
  return *source;
}

TEST(Printer, PutsParenthesesOnlyWhereTheTreeNeedsThem) {
  EXPECT_EQ(printed("((1 + 2)) + (3)"), "1 + 2 + 3");
  EXPECT_EQ(printed("1 + (2 + 3)"), "1 + (2 + 3)");
  EXPECT_EQ(printed("(1 + 2) * -(3)"), "(1 + 2) * -(3)");
  EXPECT_EQ(printed("1 - (2 - 3) * 4"), "1 - (2 - 3) * 4");
  EXPECT_EQ(printed("(true && false) || !(true || false)"), "true && false || !(true || false)");
  EXPECT_EQ(printed("true && (false && true) && (if true then true else false)"),
            "true && (false && true) && (if true then true else false)");
  EXPECT_EQ(printed("(1 == 2) == (principal in resource)"), "(1 == 2) == (principal in resource)");
  EXPECT_EQ(printed("if if true then true else false then 1 else if true then 2 else 3"),
            "if if true then true else false then 1 else if true then 2 else 3");
  EXPECT_EQ(printed("!!true"), "!(!true)");
}

TEST(Printer, KeepsNumbersAndTheirNegationsApart) {
  EXPECT_EQ(printed("-5"), "-5");
  EXPECT_EQ(printed("-(5)"), "-(5)");
  EXPECT_EQ(printed("--5"), "-(-5)");
  EXPECT_EQ(printed("(-5).a"), "(-5).a");
  EXPECT_EQ(printed("-5.a"), "-5.a");  // of the attribute
  EXPECT_EQ(printed("1 - -9223372036854775808"), "1 - -9223372036854775808");
}

TEST(Printer, QuotesWhatIsNoPlainName) {
  EXPECT_EQ(printed("context[\"a b\"][\"c\"].d"), "context[\"a b\"].c.d");
  EXPECT_EQ(printed("context[\"if\"]"), "context[\"if\"]");
  EXPECT_EQ(printed("{\"a\": 1, \"in\": {}, \"权\": [\"\\0\"]}"), "{a: 1, \"in\": {}, \"权\": [\"\\0\"]}");
  EXPECT_EQ(printed("context has \"a\" && context has a.b.c || context has \"x y\""),
            "context has a && context has a.b.c || context has \"x y\"");
  EXPECT_EQ(printed("\"a\" like \"*\\*\\\"\\\\*\""), "\"a\" like \"*\\*\\\"\\\\*\"");
}

TEST(Printer, WritesCallsAsTheyAreCalled) {
  EXPECT_EQ(printed("(ip(\"::1\")).isInRange((ip(\"::/0\")))"), "ip(\"::1\").isInRange(ip(\"::/0\"))");
  EXPECT_EQ(printed("(1 + 1).contains(principal.getTag(\"x\"))"), "(1 + 1).contains(principal.getTag(\"x\"))");
  EXPECT_EQ(printed("resource is A::B in (C::\"d\")"), "resource is A::B in C::\"d\"");
  EXPECT_EQ(printed("[].isEmpty()"), "[].isEmpty()");
}

TEST(Printer, WritesPoliciesAndTemplates) {
  const char* text =
      "@id(\"a \\\"b\\\"\")\n@note\nforbid(principal is User in ?principal, action in [Action::\"a\", Action::\"b\"], "
      "resource == ?resource) when { true } unless { context.x };";
  const auto policy = parse_policy("p", text, Templates::kTaken);
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(*to_source(*policy), text);
  EXPECT_EQ(*to_source(*parse_policy("p", "permit(principal in A::\"x\",action in [], resource is B,);")),
            "permit(principal in A::\"x\", action in [], resource is B);");
}

}  // namespace
}  // namespace steelyard::policy
