#include "policy/schema/resolve.h"

#include <gtest/gtest.h>

#include "policy/limits.h"

namespace steelyard::policy::schema {
namespace {

using validation::to_text;

std::string error_of(std::string_view text) {
  const auto schema = schema_from_cedar(text);
  return schema ? "" : schema.error().what;
}
std::string json_error_of(std::string_view text) {
  const auto schema = schema_from_json(text);
  return schema ? "" : schema.error().what;
}
// The type of attribute `x` of entity type `type`.
std::string x_of(std::string_view type, std::string_view text) {
  const auto schema = schema_from_cedar(text);
  if (!schema) return schema.error().what;
  return to_text(schema->find(type)->attributes.find("x")->type);
}
std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(Resolve, CommonTypesAreWrittenOut) {
  const auto schema = schema_from_cedar(R"(
    type Names = Set<Name>;
    type Name = { given: String, family?: String };
    entity User = { names: Names, born: datetime } tags Name;
    entity Colour enum ["red", "green"];
    action rename appliesTo { principal: User, resource: [User, Colour, User], context: Name };)");
  ASSERT_TRUE(schema) << schema.error().what;
  const auto* user = schema->find("User");
  EXPECT_EQ(to_text(user->attributes), "{ born: datetime, names: Set<{ family?: String, given: String }> }");
  EXPECT_EQ(to_text(*user->tags), "{ family?: String, given: String }");
  EXPECT_EQ(schema->find("Colour")->enumerated, (std::vector<std::string>{"green", "red"}));
  EXPECT_EQ(user->enumerated, std::nullopt);
  const auto* rename = schema->find(EntityUid("Action", "rename"));
  EXPECT_EQ(rename->resources, (std::vector<std::string>{"Colour", "User"}));
  EXPECT_EQ(rename->context, *user->tags);
}

TEST(Resolve, AnUnqualifiedNameMeansTheNamespacesOwnTypeFirst) {
  EXPECT_EQ(x_of("N::A", "namespace N { entity B; entity A { x: B }; } namespace M { entity B; }"), "N::B");
  EXPECT_EQ(x_of("N::A", "entity B; namespace N { entity A { x: B }; }"), "B");
  EXPECT_EQ(x_of("N::A", "namespace M { entity B; } namespace N { entity A { x: M::B }; }"), "M::B");
  EXPECT_EQ(
      x_of("N::M::A", "namespace N { entity B; } namespace N::M { entity A { x: B }; }"),
      "1:58: `B` is not declared as a type, neither in `N::M` nor outside of any namespace: declare it, or correct "
      "the name");
}

TEST(Resolve, ACommonTypeComesBeforeAnEntityTypeOfItsName) {
  EXPECT_EQ(x_of("A", "entity B; type B = Long; entity A { x: B };"), "Long");
  EXPECT_EQ(x_of("N::A", "namespace N { entity B; type B = Long; entity A { x: B }; }"), "Long");
  EXPECT_EQ(error_of("type B = A; entity A in B;"),
            "1:25: `B` is not declared as an entity type: declare it, or correct the name");
}

TEST(Resolve, TheLanguagesTypesMayBeHiddenButNotLost) {
  EXPECT_EQ(x_of("A", "entity Long; entity A { x: Long };"), "Long");
  const std::string own = "type ipaddr = String; entity A { x: { a: ipaddr, b: __cedar::ipaddr } };";
  EXPECT_EQ(x_of("A", own), "{ a: String, b: ipaddr }");
  EXPECT_EQ(x_of("N::A", "namespace N { entity Bool; entity A { x: { a: Bool, b: __cedar::Bool } }; }"),
            "{ a: N::Bool, b: Bool }");
  EXPECT_EQ(error_of("entity A { x: __cedar::Boolean };").substr(0, 40), "1:15: `__cedar::Boolean` is not declared");
  EXPECT_EQ(error_of("namespace N { entity A { x: N::Long }; }").substr(0, 31), "1:29: `N::Long` is not declared");
  EXPECT_EQ(error_of("entity A { x: boolean };"), "1:15: `boolean` is not declared as a type: write `Bool`");
}

TEST(Resolve, NothingInANamespaceHidesWhatStandsOutside) {
  EXPECT_EQ(error_of("namespace N { entity X; } type X = Long;"),
            "1:22: `N::X` hides the `X` that stands outside of any namespace: rename one of them");
  EXPECT_EQ(
      error_of("action a; namespace N { action a; }"),
      "1:32: action `a` of namespace `N` hides the one of that name outside of any namespace: rename one of them");
  EXPECT_EQ(error_of("namespace N { entity X; action a; } namespace M { entity X; action a; }"), "");
}

TEST(Resolve, ActionsHaveATypeOfTheirOwn) {
  EXPECT_EQ(x_of("N::A", "namespace N { action a; entity A { x: Action }; }"), "N::Action");
  EXPECT_EQ(error_of("entity A { x: Action };").substr(0, 21), "1:15: `Action` is not");
  EXPECT_EQ(error_of("entity Action;"),
            "1:8: `Action` is the type of actions and cannot be declared: choose another name");
  EXPECT_EQ(error_of("action a; entity A in Action;"),
            "1:23: `Action` is the type of actions: nothing is in it, and no action applies to it");
  EXPECT_EQ(error_of("entity A; action a appliesTo { principal: Action, resource: A };").substr(0, 20),
            "1:43: `Action` is th");
}

TEST(Resolve, GroupsOfActionsAreFoundInTheNamespaceFirst) {
  const auto schema = schema_from_cedar(R"(
    action all; action "the rest" in [all];
    namespace N { action some in ["the rest", M::Action::"other"]; action a in some; }
    namespace M { action other; })");
  ASSERT_TRUE(schema) << schema.error().what;
  EXPECT_EQ(schema->find(EntityUid("N::Action", "a"))->ancestors,
            (std::vector<EntityUid>{
                {"Action", "all"}, {"Action", "the rest"}, {"M::Action", "other"}, {"N::Action", "some"}}));
  EXPECT_EQ(error_of("namespace N { action a in [\"b\"]; }"),
            "1:28: there is no action `Action::\"b\"`: declare it, or correct the name");
  EXPECT_NE(error_of("action b; action a in Other::\"b\";"), "");
}

TEST(Resolve, AncestorsAreThroughAnyNumber) {
  const auto schema =
      schema_from_cedar("entity A in B; entity B in [C, D]; entity C in E; entity D in E; entity E in E; entity F;");
  ASSERT_TRUE(schema) << schema.error().what;
  EXPECT_EQ(schema->find("A")->ancestors, (std::vector<std::string>{"B", "C", "D", "E"}));
  EXPECT_EQ(schema->find("E")->ancestors, (std::vector<std::string>{"E"}));  // folders in folders
  EXPECT_TRUE(schema->find("F")->ancestors.empty());
}

TEST(Resolve, WhatLeadsBackToItselfIsAnError) {
  EXPECT_EQ(error_of("type A = Set<B>; type B = { a?: A };"),
            "1:6: type `A` leads back to itself: a common type may not stand in itself");
  EXPECT_EQ(error_of("entity A; type A = A;").substr(0, 12), "1:16: type `");
  EXPECT_EQ(error_of("action a in b; action b in c; action c in b;").substr(0, 34),
            "1:23: action `Action::\"b\"` is in i");
  EXPECT_EQ(error_of("entity A in B; entity B in A;"), "");
}

TEST(Resolve, ShapesAndContextsAreRecords) {
  EXPECT_EQ(error_of("type C = Long; entity A; action a appliesTo { principal: A, resource: A, context: C };"),
            "1:83: the context of action `a` is Long: it must be a record");
  EXPECT_EQ(error_of("entity A; action a appliesTo { principal: A, resource: A, context: A };"),
            "1:68: `A` is not declared as a common type: declare it, or correct the name");
  EXPECT_EQ(json_error_of(R"({"": {"entityTypes": {"A": {"shape": {"type": "Long"}}}, "actions": {}}})"),
            "//entityTypes/A/shape: the shape of entity type `A` is Long: it must be a record");
  EXPECT_EQ(json_error_of(R"({"": {"commonTypes": {"S": {"type": "Record", "attributes": {}}},
                                    "entityTypes": {"A": {"shape": {"type": "S"}}}, "actions": {}}})"),
            "");
}

TEST(Resolve, JsonSaysWhichKindOfNameItMeans) {
  const auto with = [](const std::string& type) {
    return json_error_of(R"({"": {"commonTypes": {"T": {"type": "Long"}}, "actions": {}, "entityTypes": {"A": {},
      "B": {"shape": {"type": "Record", "attributes": {"x": )" +
                         type + "}}}}}}");
  };
  EXPECT_EQ(with(R"({"type": "T"})"), "");
  EXPECT_EQ(with(R"({"type": "ipaddr"})"), "");
  EXPECT_EQ(with(R"({"type": "A"})"),
            "//entityTypes/B/shape/attributes/x: `A` is not declared as a common type: declare it, or "
            "correct the name");
  EXPECT_EQ(with(R"({"type": "Entity", "name": "A"})"), "");
  EXPECT_EQ(with(R"({"type": "Entity", "name": "T"})").substr(0, 64),
            "//entityTypes/B/shape/attributes/x: `T` is not declared as an en");
  EXPECT_EQ(with(R"({"type": "EntityOrCommon", "name": "A"})"), "");
  EXPECT_EQ(
      with(R"({"type": "Extension", "name": "ip"})"),
      "//entityTypes/B/shape/attributes/x: `ip` is no extension type; there are `datetime`, `duration`, `decimal`, "
      "`ipaddr`");
}

TEST(Resolve, HostileSchemasEndInAnErrorSoon) {
  // Common types that double with each level, and a chain of them as long as the text allows.
  std::string doubling = "type T0 = Long;";
  for (int i = 1; i < 100; ++i) {
    const std::string before = "T" + std::to_string(i - 1);
    doubling += "type T" + std::to_string(i) + " = { a: " + before + ", b: " + before + " };";
  }
  EXPECT_NE(error_of(doubling).find("has more than 65536 parts"), std::string::npos);
  std::string chain, sets;
  for (int i = 0; i < 20'000; ++i) {
    const std::string name = "type T" + std::to_string(i), next = "T" + std::to_string(i + 1);
    chain += name + " = " + next + ";";
    sets += name + " = Set<" + next + ">;";
  }
  EXPECT_EQ(error_of(chain + "type T20000 = Long;"), "");
  EXPECT_NE(error_of(sets + "type T20000 = Long;").find("nested more than 128 deep"), std::string::npos);

  std::string entities, actions;
  for (int i = 0; i < 20'000; ++i) {
    entities += "entity E" + std::to_string(i) + " in E" + std::to_string(i + 1) + ";";
    actions += "action a" + std::to_string(i) + " in a" + std::to_string(i + 1) + ";";
  }
  EXPECT_NE(error_of(entities + "entity E20000;").find("have more than 1000000 ancestors"), std::string::npos);
  EXPECT_NE(error_of(actions + "action a20000;").find("have more than 1000000 ancestors"), std::string::npos);

  const std::string longest = repeat("N", limits::kSchemaNameBytesMax);
  EXPECT_EQ(error_of("namespace " + longest + " { entity A { x: A }; }"), "");
  EXPECT_NE(error_of("namespace " + longest + " { entity A; entity B in [" + repeat("A,", 400'000) + "A]; }")
                .find("come to more than 67108864 octets"),
            std::string::npos);
  EXPECT_NE(error_of("namespace " + longest + "N {}").find("is too long for a name"), std::string::npos);
}

}  // namespace
}  // namespace steelyard::policy::schema
