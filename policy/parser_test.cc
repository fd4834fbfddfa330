#include "policy/parser.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "policy/lexer.h"

namespace steelyard::policy {
namespace {

std::string error_of(std::string_view text) {
  const auto policy = parse_policy("p", text);
  return policy ? "" : policy.error().what;
}
std::string condition_error(const std::string& expression) {
  const auto expr = parse_expression(expression);
  return expr ? "" : expr.error().what;
}
std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Parser, ReadsScopesForInspection) {
  const auto policy = parse_policy("p", R"(
    @owner("civil-affairs") @note
    forbid (principal is Application in Member::"tax", action in [Action::"query", Action::"verify"],
            resource in Dataset::"civil-affairs/household") when { true } unless { false };)");
  ASSERT_TRUE(policy) << policy.error().what;
  using Kind = ScopeConstraint::Kind;
  EXPECT_EQ(policy->effect, Effect::kForbid);
  EXPECT_EQ(*policy->annotation("owner"), "civil-affairs");
  EXPECT_EQ(*policy->annotation("note"), "");
  EXPECT_EQ(policy->annotation("none"), nullptr);
  EXPECT_EQ(policy->scope.principal.kind, Kind::kIsIn);
  EXPECT_EQ(policy->scope.principal.type, "Application");
  EXPECT_EQ(policy->scope.action.entities.size(), 2u);
  EXPECT_EQ(policy->scope.resource.kind, Kind::kIn);
  EXPECT_EQ(policy->scope.resource.entities.front(), EntityUid("Dataset", "civil-affairs/household"));
  ASSERT_EQ(policy->conditions.size(), 2u);
}

TEST(Parser, TellsWhichScopesNameAnEntity) {
  const auto names = [](const std::string& resource) {
    return parse_policy("p", "permit(principal, action, " + resource + ");")->scope.resource.names_entity();
  };
  EXPECT_TRUE(names(R"(resource == Dataset::"d")"));
  EXPECT_TRUE(names(R"(resource in Dataset::"d")"));
  EXPECT_TRUE(names(R"(resource is Field in Dataset::"d")"));
  EXPECT_FALSE(names("resource is Field"));
  EXPECT_FALSE(names("resource"));
}

TEST(Parser, KeepsConditionsApartAsTheyWereWritten) {
  const auto policy = parse_policy("p", "permit(principal, action, resource)\nunless { 1 == 1 } when { [1] == [] };");
  ASSERT_TRUE(policy) << policy.error().what;
  ASSERT_EQ(policy->conditions.size(), 2u);
  const Condition &first = policy->conditions[0], &second = policy->conditions[1];
  EXPECT_EQ(first.kind, Condition::Kind::kUnless);
  EXPECT_EQ(first.body.node(first.body.root()).op, Op::kEqual);
  EXPECT_EQ(to_text(first.span), "2:1");
  EXPECT_EQ(second.kind, Condition::Kind::kWhen);
  EXPECT_EQ(second.body.size(), 4u);  // nothing is folded
  EXPECT_EQ(to_text(second.body.span(second.body.node(second.body.root()))), "2:26");
}

TEST(Parser, MakesTreesOfOneParentPerNode) {
  for (const char* text : {"(context has a.b.c) && (context is A::B in [resource] || principal has \"x y\")",
                           "if context has a.b then {a: 1}.a else -(1)"}) {
    const auto expr = parse_expression(text);
    ASSERT_TRUE(expr) << expr.error().what;
    std::vector<int> parents(expr->size());
    for (NodeIndex at = 0; at < expr->size(); ++at)
      for (const NodeIndex child : expr->children(expr->node(at))) ++parents[child];
    for (NodeIndex at = 0; at < expr->size(); ++at) EXPECT_EQ(parents[at], at == expr->root() ? 0 : 1) << text;
  }
  const auto has = parse_expression("context has a.b.c");
  const Node& node = has->node(has->root());
  ASSERT_EQ(node.op, Op::kHasAttribute);
  EXPECT_EQ(std::vector<std::string>(has->path(node).begin(), has->path(node).end()),
            (std::vector<std::string>{"a", "b", "c"}));
}

TEST(Parser, NumbersThePoliciesOfASet) {
  const auto policies =
      parse_policies("permit(principal,action,resource); // one\nforbid(principal,action,resource);", "tax/");
  ASSERT_TRUE(policies);
  ASSERT_EQ(policies->size(), 2u);
  EXPECT_EQ((*policies)[1].id, "tax/1");
  EXPECT_EQ((*policies)[1].span.line, 2u);
  EXPECT_TRUE(parse_policies("  // nothing\n")->empty());
}

// A comment that hid a policy from whoever reads the file in an editor that knows this end of a line would be a trap.
TEST(Parser, ACommentEndsWithItsLineHoweverThatEnds) {
  EXPECT_EQ(parse_policies("// hidden?\rpermit(principal, action, resource);")->size(), 1u);
  EXPECT_EQ(parse_policies("// hidden?\r\npermit(principal, action, resource);")->size(), 1u);
}

TEST(Parser, WhiteSpaceIsWhatUnicodeCallsSo) {
  EXPECT_EQ(error_of("permit\v(\fprincipal,\u00a0action,\u2003resource\u3000);\u2028"), "");
  EXPECT_EQ(error_of("permit(principal, action, resource)\u200b;"), "1:36: unexpected character `\u200b`");
  EXPECT_EQ(error_of("\ufeffpermit(principal, action, resource);"), "1:1: unexpected character `\ufeff`");
}

TEST(Parser, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(error_of("permit(principal, action resource);"),
            "1:26: expected `==` or `in` after `action`, or `,`, found `resource`");
  EXPECT_EQ(error_of("permit(principal, action, resource)\nwhen { 1 + };"), "2:12: expected an expression, found `}`");
  EXPECT_EQ(error_of("permit(principal, action, resource)"), "1:36: expected `;`, found the end of the text");
  EXPECT_EQ(error_of("permit(principal, action, resource);\npermit"), "2:1: expected one policy, found more");
  EXPECT_EQ(error_of("permit(principal == ?principal, action, resource);"),
            "1:21: `?principal` makes this a template, and none may stand here");
  EXPECT_EQ(error_of("permit(principal, action == Member::\"x\", resource);"),
            "1:26: `Member::\"x\"` is not an action; its type must be `Action`");
  EXPECT_EQ(error_of("@a @a permit(principal, action, resource);"), "1:5: annotation `a` stands twice");
  EXPECT_EQ(condition_error("subject == 1"),
            "1:1: there is no variable `subject`; there are `principal`, `action`, `resource` and `context`");
  EXPECT_EQ(condition_error("1 < 2 < 3"), "1:7: comparisons do not chain; put one in parentheses");
  EXPECT_EQ(condition_error("1 / 2"), "1:3: there is no operator `/`");
  EXPECT_EQ(condition_error("now()"), "1:1: there is no function `now`");
  EXPECT_EQ(condition_error("\"权衡\" == #"), "1:9: unexpected character `#`");
  EXPECT_EQ(condition_error("[1].contains()"), "1:5: `contains` takes 1 arguments, not 0");
  EXPECT_EQ(condition_error("{a: 1, \"a\": 2}"), "1:1: attribute `a` stands twice in this record");
  EXPECT_EQ(condition_error("\"abc"), "1:1: this string is not closed");
  EXPECT_EQ(condition_error("9223372036854775808"), "1:1: `9223372036854775808` does not fit 64 bits");
}

TEST(Parser, AcceptsTheSmallestLong) {
  EXPECT_EQ(condition_error("-9223372036854775808"), "");
  EXPECT_NE(condition_error("-(9223372036854775808)"), "");
  EXPECT_NE(condition_error("-9223372036854775809"), "");
}

TEST(Parser, ReadsEscapes) {
  const auto expr = parse_expression(R"("\n\r\t\0\\\'\"\x41\u{6743}\u{1_F600}")");
  ASSERT_TRUE(expr) << expr.error().what;
  EXPECT_EQ(expr->literal(expr->node(expr->root())).as_string(), std::string("\n\r\t\0\\'\"A权😀", 15));
  for (const char* wrong : {R"("\x80")", R"("\u{D800}")", R"("\u{110000}")", R"("\u{}")", R"("\q")", R"("\*")"}) {
    EXPECT_NE(condition_error(wrong), "") << wrong;
  }
}

TEST(Parser, RefusesOctetsThatAreNotUtf8) {
  EXPECT_EQ(error_of("permit\n(\"\xC0\xAF\""), "2:3: the text is not UTF-8");
  EXPECT_NE(condition_error("\"\xED\xA0\x80\""), "");
  EXPECT_NE(condition_error("\"\xF5\x80\x80\x80\""), "");
}

TEST(Parser, BoundsTextAndNesting) {
  EXPECT_NE(error_of(std::string(limits::kPolicyBytesMax + 1, ' ')).find("octets, more than"), std::string::npos);
  const std::size_t depth = limits::kExpressionDepthMax;
  EXPECT_EQ(condition_error(repeat("(", depth - 1) + "true" + repeat(")", depth - 1)), "");
  for (const auto& deep :
       {repeat("(", depth) + "true" + repeat(")", depth), repeat("[", 30'000), repeat("{a:", 15'000),
        repeat("if ", 15'000), "1" + repeat("+1", depth), "context" + repeat(".a", depth), repeat("!(", 15'000)}) {
    EXPECT_NE(condition_error(deep).find("nests deeper"), std::string::npos) << deep.substr(0, 20);
  }
  EXPECT_EQ(condition_error("true" + repeat(" && true", 5'000)), "");  // a long chain is not deep
}

TEST(Parser, MessagesStayOnOneLine) {
  EXPECT_EQ(condition_error("{\"a\nb\": 1, \"a\nb\": 2}").find('\n'), std::string::npos);
}

}  // namespace
}  // namespace steelyard::policy
