#include "policy/est/policy_json.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "policy/est/expr_reader.h"
#include "policy/est/expr_writer.h"
#include "policy/parser.h"
#include "policy/printer.h"

namespace steelyard::policy::est {
namespace {

std::string json_of(const std::string& expression) {
  const auto expr = parse_expression(expression);
  if (!expr) return "unparsed: " + expr.error().what;
  return json::dump(*expr_to_json(*expr));
}
// Read from JSON and written again.
std::string again(const std::string& text) {
  const auto value = read_json(text);
  if (!value) return "unread: " + value.error().what;
  const auto expr = expr_from_json(*value);
  if (!expr) return "error: " + expr.error().what;
  const auto written = expr_to_json(*expr);
  return written ? json::dump(*written) : "error: " + written.error().what;
}
std::string source_of(const std::string& text) {
  const auto expr = expr_from_json(*read_json(text));
  return expr ? *to_source(*expr) : "error: " + expr.error().what;
}

TEST(Est, TextBecomesWhatTheReferenceWrites) {
  EXPECT_EQ(json_of("1 + 2 == -3"),
            R"({"==":{"left":{"+":{"left":{"Value":1},"right":{"Value":2}}},"right":{"Value":-3}}})");
  EXPECT_EQ(json_of("true && false && context.a"),
            R"({"&&":{"left":{"&&":{"left":{"Value":true},"right":{"Value":false}}},)"
            R"("right":{".":{"left":{"Var":"context"},"attr":"a"}}}})");
  EXPECT_EQ(json_of("context has a.b"),
            R"({"&&":{"left":{"has":{"left":{"Var":"context"},"attr":"a"}},)"
            R"("right":{"has":{"left":{".":{"left":{"Var":"context"},"attr":"a"}},"attr":"b"}}}})");
  EXPECT_EQ(json_of("principal is A::B in C::\"x\""), R"({"is":{"left":{"Var":"principal"},"entity_type":"A::B",)"
                                                      R"("in":{"Value":{"__entity":{"type":"C","id":"x"}}}}})");
  EXPECT_EQ(
      json_of("\"a\" like \"é权*\\*\""),
      R"({"like":{"left":{"Value":"a"},"pattern":[{"Literal":"é"},{"Literal":"权"},"Wildcard",{"Literal":"*"}]}})");
  EXPECT_EQ(json_of("if !true then [-(1)] else {a: ip(\"::1\").isIpv6()}"),
            R"({"if-then-else":{"if":{"!":{"arg":{"Value":true}}},"then":{"Set":[{"neg":{"arg":{"Value":1}}}]},)"
            R"("else":{"Record":{"a":{"isIpv6":[{"ip":[{"Value":"::1"}]}]}}}}})");
  EXPECT_EQ(json_of("[].isEmpty() || [1].containsAny([2])"),
            R"({"||":{"left":{"isEmpty":{"arg":{"Set":[]}}},)"
            R"("right":{"containsAny":{"left":{"Set":[{"Value":1}]},"right":{"Set":[{"Value":2}]}}}}})");
}

TEST(Est, WhatIsReadIsWrittenAgain) {
  for (const char* text : {
           R"({"Value":[1,{"a":true,"b c":{"__extn":{"fn":"ip","arg":"::1"}}},{"__entity":{"type":"A","id":"b"}}]})",
           R"({"Value":{"__extn":{"fn":"isInRange","args":[{"__extn":{"fn":"ip","arg":"::1"}},"x"]}}})",
           R"({"Value":{"type":"A","id":"b"}})",
           R"({"Value":{"__entity":{"type":"A","id":"b"},"more":1}})",  // an escape stands alone: this is a record
           R"({"Value":-9223372036854775808})",
           R"({"has":{"left":{"Var":"context"},"attr":["a","b c"]}})",
           R"({"has":{"left":{"Var":"context"},"attr":["a"]}})",
           R"({"like":{"left":{"Value":"a"},"pattern":["Wildcard",{"Literal":"ab*"},"Wildcard"]}})",
           R"({"like":{"left":{"Value":"a"},"pattern":[]}})",
           R"({"&&":{"left":{"Value":true},"right":{"&&":{"left":{"Value":true},"right":{"Value":false}}}}})",
           R"({"decimal":[]})",
       }) {
    EXPECT_EQ(again(text), text);
  }
}

TEST(Est, WhatTheReferenceLooksPastIsLookedPast) {
  EXPECT_EQ(again(R"({"has":{"left":{"Var":"context"},"attr":"a","x":null}})"),
            R"({"has":{"left":{"Var":"context"},"attr":"a"}})");
  EXPECT_EQ(again(R"({"is":{"left":{"Var":"context"},"entity_type":"A","in":null}})"),
            R"({"is":{"left":{"Var":"context"},"entity_type":"A"}})");
  const auto scope = [](const std::string& principal) {
    const auto value = read_json(R"({"effect":"permit","principal":)" + principal +
                                 R"(,"action":{"op":"All"},"resource":{"op":"All"},"conditions":[]})");
    const auto policy = policy_from_json("p", *value);
    return policy ? *to_source(*policy) : policy.error().what;
  };
  EXPECT_EQ(scope(R"({"op":"is","entity_type":"A","in":null})"), "permit(principal is A, action, resource);");
  EXPECT_EQ(scope(R"({"op":"All","x":1})"), "permit(principal, action, resource);");
  EXPECT_EQ(scope(R"({"op":"==","entity":{"type":"A","id":"a","x":1},"x":1})"),
            "permit(principal == A::\"a\", action, resource);");
  // On purpose not: it would be the slot of the other variable.
  EXPECT_EQ(scope(R"({"op":"is","entity_type":"A","in":{"slot":"?resource"}})"),
            "policy `p`: principal: `in`: the slot is `?principal`, not `?resource`");
}

TEST(Est, PrintsAsTextThatMeansTheSame) {
  EXPECT_EQ(source_of(R"({"Value":[2,1,{"a":{"__extn":{"fn":"ip","arg":"::1"}}}]})"), "[2, 1, {a: ip(\"::1\")}]");
  EXPECT_EQ(source_of(R"({"has":{"left":{"Var":"context"},"attr":["a","b"]}})"), "context has a.b");
  EXPECT_EQ(source_of(R"({"has":{"left":{"Var":"context"},"attr":["a","b c","d"]}})"),
            "context has a && context.a has \"b c\" && context.a[\"b c\"] has d");
  EXPECT_EQ(source_of(R"({"!":{"arg":{"has":{"left":{"Var":"context"},"attr":["a","in"]}}}})"),
            "!(context has a && context.a has \"in\")");
}

TEST(Est, ErrorsNameTheWayToWhatIsWrong) {
  EXPECT_EQ(again(R"({"&&":{"left":{"Value":1},"right":{"==":{"left":{"Var":"me"},"right":{"Value":1}}}}})"),
            "error: `&&`: right: `==`: left: `Var`: there is no variable `me`");
  EXPECT_EQ(again(R"({"now":[]})"), "error: `now`: there is no such operator or function");
  EXPECT_EQ(again(R"({})"), "error: an expression is an object with one key, not 0");
  EXPECT_EQ(again(R"({"ip":[],"decimal":[]})"), "error: an expression is an object with one key, not 2");
  EXPECT_EQ(again(R"({"==":{"left":{"Value":1}}})"), "error: `==`: missing key `right`");
  EXPECT_EQ(again(R"({"!":{"arg":{"Value":1},"x":1}})"), "error: `!`: there is no key `x` here");
  EXPECT_EQ(again(R"({"Slot":"?principal"})"),
            "error: `Slot`: slots have no place in conditions, only in a template's scope");
  EXPECT_EQ(again(R"({"Value":null})"), "error: `Value`: expected a value of Cedar, found null");
  EXPECT_EQ(again(R"({"Value":1.5})"), "error: `Value`: expected a value of Cedar, found a number");
  EXPECT_EQ(again(R"({"Value":{"__expr":"1"}})"), "error: `Value`: `__expr` is not supported; write the value");
  EXPECT_EQ(again(R"({"has":{"left":{"Var":"context"},"attr":[]}})"), "error: `has`: `attr` names no attribute");
  EXPECT_EQ(again(R"({"isIpv4":[]})"), "error: `isIpv4`: a method needs what it is called on as its first argument");
  EXPECT_EQ(again(R"({"is":{"left":{"Var":"context"},"entity_type":"A :: B"}})"),
            "error: `is`: `A :: B` is no type of entities");
  EXPECT_EQ(again(R"({"Record":{"a":{"Value":1},"a":{"Value":1}}})").substr(0, 7), "unread:");
}

TEST(Est, BoundsNestingAndTakesLongChains) {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 1; i < depth; ++i) text += R"({"!":{"arg":)";
    text += R"({"Value":true})";
    for (std::size_t i = 1; i < depth; ++i) text += "}}";
    return text;
  };
  EXPECT_EQ(again(nested(limits::kExpressionDepthMax)), nested(limits::kExpressionDepthMax));
  EXPECT_NE(again(nested(limits::kExpressionDepthMax + 1)).find("nests deeper"), std::string::npos);
  EXPECT_EQ(again(nested(limits::kExpressionDepthMax + 1)).substr(0, 20), "error: ...: `!`: arg");
  EXPECT_NE(again(R"({"Value":)" + std::string(500, '[') + std::string(500, ']') + "}").find("nests deeper"),
            std::string::npos);
  EXPECT_NE(again(std::string(50'000, '[')).find("unread"), std::string::npos);
  std::string chain = "true";
  for (int i = 0; i < 500; ++i) chain += " && true";
  const std::string written = json_of(chain);
  EXPECT_EQ(again(written), written);
  for (int i = 0; i < 500; ++i) chain += " && true";
  EXPECT_NE(expr_to_json(*parse_expression(chain)).error().what.find("have no JSON form"), std::string::npos);
}

constexpr const char* kSet =
    R"({"templates":{"t":{"effect":"forbid","principal":{"op":"==","slot":"?principal"},)"
    R"("action":{"op":"in","entities":[{"type":"Action","id":"a"},{"type":"N::Action","id":"b"}]},)"
    R"("resource":{"op":"is","entity_type":"N::T","in":{"slot":"?resource"}},)"
    R"("conditions":[{"kind":"unless","body":{"Value":true}},{"kind":"when","body":{"Value":1}}],)"
    R"("annotations":{"id":"x","note":null,"if":""}}},)"
    R"("staticPolicies":{"p":{"effect":"permit","principal":{"op":"All"},)"
    R"("action":{"op":"in","entity":{"type":"Action","id":"a"}},)"
    R"("resource":{"op":"is","entity_type":"N::T"},"conditions":[]}},)"
    R"("templateLinks":[{"templateId":"t","newId":"l","values":)"
    R"({"?principal":{"type":"U","id":"u"},"?resource":{"type":"R","id":"r"}}}]})";

TEST(Est, SetsAreReadAndWrittenWhole) {
  const auto document = document_from_json(*read_json(kSet));
  ASSERT_TRUE(document) << document.error().what;
  EXPECT_EQ(json::dump(*to_json(*document)), kSet);
  EXPECT_EQ(document->links().size(), 1u);
  EXPECT_EQ(compile(*document)->size(), 2u);
}

TEST(Est, OnePolicyIsASetToo) {
  const auto policy = parse_policy("x", "@a permit(principal == A::\"b\", action in [Action::\"c\"], resource);");
  const auto value = to_json(*policy);
  EXPECT_EQ(json::dump(*value),
            R"({"effect":"permit","principal":{"op":"==","entity":{"type":"A","id":"b"}},)"
            R"("action":{"op":"in","entity":{"type":"Action","id":"c"}},"resource":{"op":"All"},"conditions":[],)"
            R"("annotations":{"a":null}})");
  const auto document = document_from_json(*value);
  ASSERT_TRUE(document) << document.error().what;
  EXPECT_EQ(document->policies().front().id, "policy0");
}

// Found by fuzz-language: a list of one was printed as a list, which is read as that one.
TEST(Est, AListOfOneActionMeansThatOne) {
  const auto value = read_json(R"({"effect":"permit","principal":{"op":"All"},"action":{"op":"in","entities":)"
                               R"([{"type":"Action","id":"a"}]},"resource":{"op":"All"},"conditions":[]})");
  const auto policy = policy_from_json("p", *value);
  ASSERT_TRUE(policy) << policy.error().what;
  EXPECT_EQ(*to_json(*policy), *value);
  EXPECT_EQ(*to_source(*policy), "permit(principal, action in Action::\"a\", resource);");
}

TEST(Est, RefusesPoliciesThatAreNone) {
  const auto error = [](std::string text, std::string_view part, std::string_view by) {
    text.replace(text.find(part), part.size(), by);
    const auto value = read_json(text);
    if (!value) return "unread: " + value.error().what;
    const auto document = document_from_json(*value);
    return document ? "" : document.error().what;
  };
  EXPECT_EQ(error(kSet, "\"forbid\"", "\"Forbid\""), "policy `t`: the effect is `permit` or `forbid`, not `Forbid`");
  EXPECT_EQ(error(kSet, "\"?principal\"", "\"?resource\""),
            "policy `t`: principal: the slot is `?principal`, not `?resource`");
  EXPECT_EQ(error(kSet, "\"Action\"", "\"Verb\""),
            "policy `t`: action: `Verb::\"a\"` is not an action; its type must be `Action`");
  EXPECT_EQ(error(kSet, "\"op\":\"is\"", "\"op\":\"has\""), "policy `t`: resource: no scope has the operator `has`");
  EXPECT_EQ(error(kSet, "\"kind\":\"unless\"", "\"kind\":\"if\""),
            "policy `t`: condition 1: a condition is of the kind `when` or `unless`, not `if`");
  EXPECT_EQ(error(kSet, "{\"Value\":true}", "{\"Value\":{\"a\":null}}"),
            "policy `t`: condition 1: `Value`: attribute `a`: expected a value of Cedar, found null");
  EXPECT_EQ(error(kSet, "\"note\"", "\"no te\""), "policy `t`: annotation `no te` has no name as text allows it");
  EXPECT_EQ(error(kSet, ",\"?resource\":{\"type\":\"R\",\"id\":\"r\"}", ""),
            "link 1: template `t` needs a value for its slot `?resource`");
  EXPECT_EQ(error(kSet, "\"newId\":\"l\"", "\"newId\":\"p\""),
            "link 1: the id `p` stands twice: give one of the two another");
  EXPECT_EQ(error(kSet, "\"templateId\":\"t\"", "\"templateId\":\"p\""),
            "link 1: policy `p` has no slots: it is no template");
  EXPECT_EQ(error(kSet, "{\"op\":\"==\",\"slot\":\"?principal\"}", "{\"op\":\"All\"}"),
            "link 1: template `t` has no slot `?principal`");
  EXPECT_EQ(error(kSet, "\"staticPolicies\"", "\"policies\""), "there is no key `policies` here");
  EXPECT_EQ(error("{}", "{}", "{\"x\":1}"),
            "expected a policy, with `effect`, or a set of them, with `staticPolicies`");
}

}  // namespace
}  // namespace steelyard::policy::est
