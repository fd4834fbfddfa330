#include "policy/schema/parser.h"

#include <gtest/gtest.h>

#include "policy/limits.h"

namespace steelyard::policy::schema {
namespace {

using Kind = TypeExpr::Kind;

std::string error_of(std::string_view text) {
  const auto fragment = parse_schema(text);
  return fragment ? "" : fragment.error().what;
}

std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(SchemaParser, ReadsWhatASchemaDeclares) {
  const auto fragment = parse_schema(R"(
    @doc("things to buy") @draft
    namespace Shop::City {
      type Money = { amount: decimal, @unit currency?: String };
      entity Customer, "Guest" in [Group, Shop::Club] = { name: __cedar::String, "last seen"?: datetime } tags Set<Long>;
    })");
  EXPECT_FALSE(fragment);  // an entity type's name is never quoted
  const auto good = parse_schema(R"(
    @doc("things to buy") @draft
    namespace Shop::City {
      type Money = { amount: decimal, @unit currency?: String };
      entity Customer, Guest in [Group, Shop::Club] = { name: __cedar::String, "last seen"?: datetime } tags Set<Long>;
      entity Colour enum ["red", "\u{7f}"];
    }
    entity Group {};
    action view, "add one" in [read, "all", Shop::Action::"x"] appliesTo {
      resource: Group, principal: [Shop::City::Guest, Group], context: Shop::City::Money,
    } attributes {};)");
  ASSERT_TRUE(good) << good.error().what;
  ASSERT_EQ(good->namespaces.size(), 2u);
  const Namespace& shop = good->namespaces[0];
  EXPECT_EQ(shop.name.text, "Shop::City");
  EXPECT_EQ(shop.annotations, (Annotations{{"doc", "things to buy"}, {"draft", ""}}));
  ASSERT_EQ(shop.common_types.size(), 1u);
  const auto& money = shop.common_types[0].type.attributes;
  ASSERT_EQ(money.size(), 2u);
  EXPECT_TRUE(money[0].required);
  EXPECT_FALSE(money[1].required);
  EXPECT_EQ(money[1].annotations, (Annotations{{"unit", ""}}));
  EXPECT_EQ(money[1].type.kind, Kind::kEntityOrCommon);
  ASSERT_EQ(shop.entity_types.size(), 3u);
  EntityTypeDecl guest = shop.entity_types[1];
  EXPECT_EQ(guest.name.text, "Guest");
  EXPECT_EQ(guest.parents, (std::vector<Name>{{"Group", {}}, {"Shop::Club", {}}}));
  EXPECT_EQ(guest.shape.attributes[1].name, "last seen");
  EXPECT_EQ(guest.tags->element[0].name, "Long");
  guest.name.text = "Customer";
  EXPECT_EQ(guest, shop.entity_types[0]);
  EXPECT_EQ(shop.entity_types[2].enumerated, (std::vector<std::string>{"red", "\x7f"}));

  const Namespace& unnamed = good->namespaces[1];
  ASSERT_EQ(unnamed.actions.size(), 2u);
  const ActionDecl& add = unnamed.actions[1];
  EXPECT_EQ(add.name.text, "add one");
  EXPECT_EQ(add.parents, (std::vector<ActionRef>{{"", "read", {}}, {"", "all", {}}, {"Shop::Action", "x", {}}}));
  EXPECT_EQ(add.applies_to.principals.size(), 2u);
  EXPECT_EQ(add.applies_to.resources.size(), 1u);
  EXPECT_EQ(add.applies_to.context.kind, Kind::kCommon);
  EXPECT_EQ(add.applies_to.context.name, "Shop::City::Money");
}

TEST(SchemaParser, WordsOfTheSyntaxAreNamesWhereTheyStandAsNames) {
  EXPECT_EQ(
      error_of("entity namespace, entity, type, Set, appliesTo, principal, action, resource, context, tags, enum;"),
      "");
  EXPECT_EQ(error_of("entity enum enum [\"enum\"]; action action; type type = {entity: Set<Set<type2>>, Set: Set};"),
            "");
  EXPECT_EQ(error_of("@if entity A { \"if\": Long, __cedar: Long, namespace: Long };"), "");
}

TEST(SchemaParser, CommasMayTrailInRecordsAndAppliesToOnly) {
  EXPECT_EQ(error_of("entity A = { x: Long, y: {}, };"), "");
  EXPECT_EQ(error_of("action a appliesTo { principal: A, resource: A, context: {}, };"), "");
  EXPECT_EQ(error_of("entity A = { , };"), "1:14: expected an attribute, found `,`");
  EXPECT_EQ(error_of("entity A = { x: Long,, };"), "1:22: expected an attribute, found `,`");
  EXPECT_EQ(error_of("entity A in [B,];"), "1:16: expected an entity type, found `]`");
  EXPECT_EQ(error_of("entity A enum [\"a\",];"), "1:20: expected an entity's id in quotes, found `]`");
  EXPECT_EQ(error_of("action a in [b,];"), "1:16: expected an action, found `]`");
  EXPECT_EQ(error_of("entity A { x: Set<Long,> };"), "1:23: expected `>`, found `,`");
}

TEST(SchemaParser, ListsMayBeEmptyWhereThatMeansSomething) {
  EXPECT_EQ(error_of("entity A in [];"), "");
  EXPECT_EQ(error_of("action a in [];"), "1:14: expected an action, found `]`");
  EXPECT_EQ(error_of("entity A enum [];"), "1:16: expected an entity's id in quotes, found `]`");
  EXPECT_EQ(
      error_of("action a appliesTo { principal: [], resource: A };"),
      "1:22: `principal` of action `a` is an empty list: name an entity type, or leave `appliesTo` out for an action "
      "that only groups others");
  EXPECT_EQ(error_of("action a appliesTo { };"), "1:22: expected `principal`, `resource` or `context`, found `}`");
  EXPECT_EQ(error_of(""), "");
  EXPECT_EQ(error_of("namespace N {} // and nothing else"), "");
}

TEST(SchemaParser, AppliesToNamesPrincipalAndResourceOnceEach) {
  EXPECT_EQ(error_of("action a, b appliesTo { principal: A };"),
            "1:8: action `a` has no `resource` in its `appliesTo`: both must be there");
  EXPECT_EQ(error_of("action a appliesTo { resource: A, context: {} };"),
            "1:8: action `a` has no `principal` in its `appliesTo`: both must be there");
  EXPECT_EQ(error_of("action a appliesTo { resource: A, principal: A, resource: B };"),
            "1:49: `resource` stands twice for action `a`: list all types in one");
  EXPECT_EQ(error_of("action a appliesTo { context: {}, context: {} };"),
            "1:35: `context` stands twice for action `a`: list all types in one");
}

TEST(SchemaParser, ErrorsSayWhereAndWhatToDo) {
  EXPECT_EQ(error_of("entity A;;"), "1:10: expected `entity`, `action`, `type` or `namespace`, found `;`");
  EXPECT_EQ(error_of("namespace N { entity A }"), "1:24: expected `;`, found `}`");
  EXPECT_EQ(error_of("namespace N { namespace M {} }"),
            "1:15: expected `entity`, `action`, `type` or `}`, found `namespace`");
  EXPECT_EQ(error_of("entity A"), "1:9: expected `;`, found the end of the text");
  EXPECT_EQ(error_of("entity A = B;"), "1:12: expected `{`, found `B`");
  EXPECT_EQ(error_of("entity if;"), "1:8: `if` is a reserved word and cannot be an entity type's name");
  EXPECT_EQ(error_of("entity A {\n  in: Long };"),
            "2:3: `in` is a reserved word: write it in quotes to make it an attribute");
  EXPECT_EQ(error_of("action in;"), "1:8: `in` is a reserved word: write it in quotes to make it an action's name");
  EXPECT_EQ(error_of("action a in N::Action::b;"),
            "1:25: expected an action's id in quotes, as in `Action::\"view\"`, found `;`");
  EXPECT_EQ(error_of("entity A { x: B:: };"), "1:19: expected a name after `::`, found `}`");
  EXPECT_EQ(error_of("entity A { \"\\q\": Long };"), "1:12: an unknown escape stands in this string");
  EXPECT_EQ(error_of("entity A /* no */;"), "1:10: expected `;`, found `/`");
  EXPECT_EQ(error_of("entity ?principal;"), "1:8: expected an entity type's name, found `?principal`");
  EXPECT_EQ(error_of("entity A { x??: Long };").substr(0, 18), "1:14: expected `:`");
}

TEST(SchemaParser, NothingIsDeclaredTwice) {
  EXPECT_EQ(error_of("entity A;\nentity B, A;"),
            "2:11: entity type `A` is declared already at 1:8: leave one of them out");
  EXPECT_EQ(error_of("action a, \"a\";"), "1:11: action `a` is declared already at 1:8: leave one of them out");
  EXPECT_EQ(error_of("type A = {}; type A = {};"), "1:19: type `A` is declared already at 1:6: leave one of them out");
  EXPECT_EQ(error_of("namespace A {} namespace A {}"),
            "1:26: namespace `A` is declared already at 1:11: leave one of them out");
  EXPECT_EQ(error_of("entity A { x: Long, \"x\": Long };"),
            "1:21: attribute `x` stands twice in this record: leave one of them out");
  EXPECT_EQ(error_of("@a @b @a entity A;"), "1:8: annotation `a` stands twice: leave one of them out");
  EXPECT_EQ(error_of("entity A; type A = {}; action A; namespace N { entity A; }"), "");
}

TEST(SchemaParser, TheLanguagesOwnNamesAreNotDeclared) {
  EXPECT_EQ(error_of("entity __cedar;"),
            "1:8: `__cedar` is reserved, as every name with `__cedar` in it: choose another name");
  EXPECT_EQ(error_of("namespace A::__cedar::B {}").substr(0, 35), "1:11: `A::__cedar::B` is reserved, ");
  EXPECT_EQ(error_of("type Record = {};"),
            "1:6: `Record` is a word of the language and cannot be declared: choose another name");
  EXPECT_EQ(error_of("type ipaddr = Long; entity Long;"),
            "");  // these may be: `__cedar::Long` still means the language's
}

TEST(SchemaParser, HostileTextEndsInAnErrorSoon) {
  const auto deep = [](std::size_t levels) {
    return "entity A tags " + repeat("Set<", levels) + "Long" + repeat(">", levels) + ";";
  };
  EXPECT_EQ(error_of(deep(limits::kTypeDepthMax - 1)), "");
  EXPECT_EQ(error_of(deep(limits::kTypeDepthMax)), "1:523: types are nested more than 128 deep");
  EXPECT_NE(error_of("entity A " + repeat("{a:", 200'000)).find("types are nested"), std::string::npos);
  EXPECT_NE(error_of(std::string(limits::kSchemaBytesMax + 1, ' ')).find("more than 1048576"), std::string::npos);
  EXPECT_EQ(error_of("entity A\xff;"), "1:9: the text is not UTF-8");

  std::string many = "action a0";
  for (int i = 1; i < 20'000; ++i) many += ", a" + std::to_string(i);
  EXPECT_EQ(error_of(many + ";"), "");
  EXPECT_NE(error_of(many + " in [" + many.substr(7) + "];").find("declarations of several names come to more than"),
            std::string::npos);
  // What an error repeats is cut.
  EXPECT_LT(error_of("entity " + std::string(100'000, 'a') + " x;").size(), 200u);
}

}  // namespace
}  // namespace steelyard::policy::schema
