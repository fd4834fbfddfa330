#include "policy/format/format.h"

#include <gtest/gtest.h>

#include "policy/limits.h"

namespace steelyard::policy::format {
namespace {

std::string formatted(const std::string& text, const Options& options = {}) {
  const auto once = format_policies(text, options, limits::kPolicyFileBytesMax);
  if (!once) return "error: " + once.error().what;
  const auto twice = format_policies(*once, options, limits::kPolicyFileBytesMax);
  EXPECT_TRUE(twice) << *once;
  EXPECT_EQ(twice ? *twice : "", *once);  // what is formatted stays
  return *once;
}

TEST(Format, VariablesAloneShareALine) {
  EXPECT_EQ(formatted("permit(principal,action,resource,);forbid ( principal , action , resource ) ;"),
            "permit (principal, action, resource);\n\nforbid (principal, action, resource);\n");
  EXPECT_EQ(formatted("permit(principal is A,action,resource);"),
            "permit (\n  principal is A,\n  action,\n  resource\n);\n");
  EXPECT_EQ(formatted("permit(principal is A in ?principal,action in [Action::\"a\",],resource == ?resource);"),
            "permit (\n  principal is A in ?principal,\n  action in [Action::\"a\"],\n  resource == ?resource\n);\n");
  EXPECT_EQ(formatted(""), "");
}

TEST(Format, ListsBreakBehindCommas) {
  EXPECT_EQ(formatted("permit(principal, action in [Action::\"one\", Action::\"two\"], resource);", {30, 2}),
            "permit (\n  principal,\n  action in\n    [Action::\"one\",\n     Action::\"two\"],\n  resource\n);\n");
}

TEST(Format, ConditionsThatDoNotFitHaveTheirBracesOnLinesOfTheirOwn) {
  const std::string scope = "permit (principal, action, resource)\n",
                    narrow = "permit\n(principal, action, resource)\n";
  EXPECT_EQ(formatted("permit(principal,action,resource)when{true}unless{false};"),
            scope + "when { true }\nunless { false };\n");
  EXPECT_EQ(
      formatted("permit(principal,action,resource) when { principal.a == 1 && principal.b || resource.c };", {40, 4}),
      scope + "when\n{\n    principal.a == 1 &&\n    principal.b ||\n    resource.c\n};\n");
  EXPECT_EQ(
      formatted("permit(principal,action,resource) when { (principal.a || principal.b) && resource.c };", {24, 2}),
      narrow + "when\n{\n  (principal.a ||\n   principal.b) &&\n  resource.c\n};\n");
  EXPECT_EQ(formatted("permit(principal,action,resource) when { if principal.aaaa then resource.bbbb else context.c };",
                      {30, 2}),
            narrow + "when\n{\n  if\n    principal.aaaa\n  then\n    resource.bbbb\n  else\n    context.c\n};\n");
}

TEST(Format, MembersAndRecordsBreakWhereTheyAreLong) {
  const std::string narrow = "permit\n(principal, action, resource)\n";
  EXPECT_EQ(formatted("permit(principal,action,resource) when { principal.aaaaaaaa.bbbbbbbb.cccccccc };", {24, 2}),
            narrow + "when\n{\n  principal.aaaaaaaa\n    .bbbbbbbb\n    .cccccccc\n};\n");
  EXPECT_EQ(formatted("permit(principal,action,resource) when { {a:1,\"b\":{},}=={aaaaaaaaaaa:1,bbbbbbbbbbb:[1,2,]} };",
                      {32, 2}),
            narrow + "when\n{\n  { a: 1, \"b\": {} } == {\n    aaaaaaaaaaa: 1,\n    bbbbbbbbbbb: [1, 2]\n  }\n};\n");
  EXPECT_EQ(
      formatted("permit(principal,action,resource) when { {a:1,b:2}.a.hasTag(\"xxxxxxxxxxxxxxxxxxxxxxxx\") };",
                {30, 2}),
      narrow + "when\n{\n  { a: 1, b: 2 }.a\n    .hasTag\n    (\n      \"xxxxxxxxxxxxxxxxxxxxxxxx\"\n    )\n};\n");
}

TEST(Format, CallsWithoutArgumentsStayTogether) {
  EXPECT_EQ(formatted("permit(principal,action,resource) when { principal.aaaaaaaa.bbbbbbbb.isEmpty ( ) };", {24, 2}),
            "permit\n(principal, action, resource)\nwhen\n{\n  principal.aaaaaaaa\n    .bbbbbbbb\n    .isEmpty\n    "
            "()\n};\n");
}

TEST(Format, WidthsAreThoseOfATerminal) {
  const std::string fits = "permit (principal, action, resource)\nwhen { \"权衡权衡\" == context.aaa };\n";
  EXPECT_EQ(formatted(fits, {36, 2}), fits);
  EXPECT_NE(formatted(fits, {35, 2}), fits);
}

TEST(Format, OperatorsHaveSpacesAroundThem) {
  EXPECT_EQ(
      formatted("permit(principal,action,resource) when{!(-context.a)+1-2*3<4&&resource is B in C::\"d\"};"),
      "permit (principal, action, resource)\nwhen { !(-context.a) + 1 - 2 * 3 < 4 && resource is B in C::\"d\" };\n");
  EXPECT_EQ(formatted("permit(principal,action,resource) when{ip ( \"1.2.3.4\" ) . isInRange ( ip(\"::1\") , ) "
                      "&& context [ \"a b\" ] like \"b*\"};"),
            "permit (principal, action, resource)\n"
            "when { ip(\"1.2.3.4\").isInRange(ip(\"::1\")) && context[\"a b\"] like \"b*\" };\n");
}

TEST(Format, CommentsStayWithTheirTokens) {
  EXPECT_EQ(formatted("// first\n@a@b(\"x\") // b\npermit(principal, // who\n action,resource) when {\n\n // inside  \n"
                      " true // yes\n // end\n};\n// after\n\n// last"),
            "// first\n@a\n@b(\"x\") // b\npermit (principal, // who\n  action, resource)\nwhen\n{\n"
            "  // inside\n  true // yes\n// end\n};\n// after\n// last\n");
  EXPECT_EQ(formatted("permit(principal,action in [Action::\"a\", // one\n],resource // what\n);\n// \"no text\n"),
            "permit (\n  principal,\n  action in\n    [Action::\"a\"\n    // one\n    ],\n  resource // what\n);\n"
            "// \"no text\n");
}

TEST(Format, TextsKeepTheirLinesAndBlanks) {
  const std::string text = "permit (principal, action, resource)\nwhen { \"a  \n\n  // b\" == context.c };\n";
  EXPECT_EQ(formatted(text), text);
}

TEST(Format, RefusesWhatDoesNotParseAndWidthsThatNothingHas) {
  EXPECT_EQ(formatted("permit(principal, action);"), "error: 1:25: expected `,`, found `)`");
  EXPECT_EQ(formatted("", {0, 2}), "error: the line width is 1 to 1000 characters");
  EXPECT_EQ(formatted("", {80, 17}), "error: the indentation is at most 16 characters");
}

}  // namespace
}  // namespace steelyard::policy::format
