#include "policy/schema/printer.h"

#include <gtest/gtest.h>

#include "policy/schema/json_printer.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/parser.h"
#include "policy/schema/resolve.h"

namespace steelyard::policy::schema {
namespace {

std::string cedar_of(std::string_view text) {
  const auto fragment = parse_schema(text);
  return fragment ? *to_cedar(*fragment) : fragment.error().what;
}
std::string json_of(std::string_view text) { return json::dump(to_json(*parse_schema(text))); }
std::string cedar_of_json(std::string_view text) {
  const auto fragment = parse_json_schema(text);
  if (!fragment) return fragment.error().what;
  const auto printed = to_cedar(*fragment);
  return printed ? *printed : printed.error().what;
}
std::string with_attribute(const std::string& ns, const std::string& type) {
  return R"({")" + ns + R"(": {"commonTypes": {"T": {"type": "Long"}}, "actions": {}, "entityTypes": {"A": {}, "T": {},
         "ipaddr": {}, "B": {"shape": {"type": "Record", "attributes": {"x": )" +
         type + "}}}}}}";
}

TEST(SchemaPrinter, WritesOneDeclarationForEachName) {
  EXPECT_EQ(cedar_of(R"(action a, "b c" in [Action::"d", e] appliesTo {resource:[A],context:T,principal:A};
                        @doc("x\n") @old namespace N{type T={"if"?:Set<N::A>,@p y:{}};entity A{}tags T;
                        entity E enum["1","\""];} entity A in [N::A] = {x: {y: Long}};)"),
            R"(@doc("x\n")
@old
namespace N {
  type T = {
    "if"?: Set<N::A>,
    @p
    y: {},
  };

  entity A tags T;

  entity E enum ["1", "\""];
}

entity A in [N::A] = {
  x: {
    y: Long,
  },
};

action a in [Action::"d", e] appliesTo {
  principal: [A],
  resource: [A],
  context: T,
};

action "b c" in [Action::"d", e] appliesTo {
  principal: [A],
  resource: [A],
  context: T,
};
)");
  EXPECT_EQ(cedar_of(""), "");
  EXPECT_EQ(cedar_of("namespace N {}"), "namespace N {\n}\n");
}

TEST(SchemaPrinter, JsonIsWhatTheReferenceMakesOfTheSameText) {
  EXPECT_EQ(json_of("action a;"),
            R"({"":{"entityTypes":{},"actions":{"a":{"appliesTo":{"resourceTypes":[],"principalTypes":[]}}}}})");
  EXPECT_EQ(json_of("@doc entity A in [] {};"),
            R"({"":{"entityTypes":{"A":{"annotations":{"doc":""}}},"actions":{}}})");
  EXPECT_EQ(json_of("action a in [b, Action::\"c\"]; action b; action c;").substr(0, 133),
            R"({"":{"entityTypes":{},"actions":{"a":{"appliesTo":{"resourceTypes":[],"principalTypes":[]},)"
            R"("memberOf":[{"id":"b"},{"id":"c","type":"A)");
  EXPECT_EQ(
      json_of("type T = Set<ipaddr>; entity A {\"a b\": {x?: T}} tags T; entity E enum [\"x\"];"),
      R"({"":{"commonTypes":{"T":{"type":"Set","element":{"type":"EntityOrCommon","name":"ipaddr"}}},)"
      R"("entityTypes":{"A":{"shape":{"type":"Record","attributes":{"a b":{"type":"Record","attributes":)"
      R"({"x":{"type":"EntityOrCommon","name":"T","required":false}}}}},"tags":{"type":"EntityOrCommon","name":"T"}},)"
      R"("E":{"enum":["x"]}},"actions":{}}})");
  EXPECT_EQ(json_of(""), "{}");
}

// The reference writes it as {"type":"EntityOrCommon"}, which it cannot read.
TEST(SchemaPrinter, ACommonTypeWithANameOfTheJsonFormStaysItself) {
  const std::string text =
      "type EntityOrCommon = {}; entity A; action a appliesTo { principal: A, resource: A, context: EntityOrCommon };";
  const auto meant = resolve(*parse_schema(text));
  ASSERT_TRUE(meant) << meant.error().what;
  const auto read = parse_json_schema(json_of(text));
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*resolve(*read), *meant);
}

// JSON can say more exactly than Cedar's syntax which type it means.
TEST(SchemaPrinter, ATranslationNeverMeansAnotherType) {
  const auto x = [](const std::string& ns, const std::string& type) {
    const std::string text = cedar_of_json(with_attribute(ns, type));
    const auto at = text.find(" x: ");
    return at == std::string::npos ? text : text.substr(at + 4, text.find(',', at) - at - 4);
  };
  EXPECT_EQ(x("", R"({"type": "Boolean"})"), "__cedar::Bool");
  EXPECT_EQ(x("", R"({"type": "Set", "element": {"type": "String"}})"), "Set<__cedar::String>");
  EXPECT_EQ(x("", R"({"type": "Extension", "name": "ipaddr"})"), "__cedar::ipaddr");
  EXPECT_EQ(x("", R"({"type": "T"})"), "T");
  EXPECT_EQ(x("", R"({"type": "Entity", "name": "A"})"), "A");
  EXPECT_EQ(
      x("", R"({"type": "Entity", "name": "T"})"),
      "//entityTypes/B/shape/attributes/x: the common type `T` hides the entity type of that name, which only the JSON "
      "form can mean: rename one of them");
  EXPECT_EQ(x("N", R"({"type": "Entity", "name": "N::T"})").substr(0, 43),
            "/N/entityTypes/B/shape/attributes/x: the co");
  EXPECT_EQ(x("N", R"({"type": "ipaddr"})"), "__cedar::ipaddr");  // the entity type N::ipaddr is another one
  EXPECT_EQ(x("N", R"({"type": "Entity", "name": "ipaddr"})"), "ipaddr");
}

TEST(SchemaPrinter, WhatOnlyJsonCanSayIsAnError) {
  EXPECT_EQ(
      cedar_of_json(R"({"": {"entityTypes": {"A": {"shape": {"type": "T"}}}, "actions": {}}})"),
      "//entityTypes/A: the shape is no record but a name, which only the JSON form can say: write its attributes out");
  EXPECT_EQ(cedar_of_json(R"({"": {"entityTypes": {}, "actions": {"a": {"appliesTo": {
              "principalTypes": ["A"], "resourceTypes": ["A"], "context": {"type": "Long"}}}}}})"),
            "//actions/a/appliesTo/context: a context is a record or the name of one");
}

// No request can be about it, so that nothing is lost; the reference does the same.
TEST(SchemaPrinter, AnActionThatAppliesToNothingOnlyGroupsOthers) {
  EXPECT_EQ(cedar_of_json(R"({"": {"entityTypes": {}, "actions": {"a": {"appliesTo": {
              "principalTypes": ["A"], "resourceTypes": []}}}}})"),
            "action a;\n");
}

}  // namespace
}  // namespace steelyard::policy::schema
