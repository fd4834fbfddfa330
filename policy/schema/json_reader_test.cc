#include "policy/schema/json_reader.h"

#include <gtest/gtest.h>

#include "policy/limits.h"

namespace steelyard::policy::schema {
namespace {

using Kind = TypeExpr::Kind;

std::string error_of(std::string_view text) {
  const auto fragment = parse_json_schema(text);
  return fragment ? "" : fragment.error().what;
}
std::string entity_error(const std::string& entity) {
  return error_of(R"({"N": {"entityTypes": {"A": )" + entity + R"(}, "actions": {}}})");
}
std::string attribute_error(const std::string& type) {
  return entity_error(R"({"shape": {"type": "Record", "attributes": {"x": )" + type + "}}}");
}
std::string action_error(const std::string& action) {
  return error_of(R"({"": {"entityTypes": {}, "actions": {"a": )" + action + "}}}");
}
std::string repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(JsonSchemaReader, ReadsWhatASchemaDeclares) {
  const auto fragment = parse_json_schema(R"({
    "Shop": {
      "annotations": {"doc": "things to buy", "draft": null},
      "commonTypes": {"Money": {"type": "Record", "annotations": {"a": "b"}, "attributes": {
        "amount": {"type": "Extension", "name": "decimal"},
        "currency": {"type": "String", "required": false, "annotations": {"unit": ""}}}}},
      "entityTypes": {
        "Customer": {"memberOfTypes": ["Group", "Shop::Club"], "tags": {"type": "Set", "element": {"type": "Long"}},
                     "shape": {"type": "Record", "additionalAttributes": false, "attributes": {
                       "new": {"type": "Boolean"}, "in": {"type": "Entity", "name": "Group"},
                       "paid": {"type": "Money"}, "any": {"type": "EntityOrCommon", "name": "__cedar::Long"}}}},
        "Colour": {"enum": ["red", ""]}},
      "actions": {
        "view": {"memberOf": [{"id": "read"}, {"id": "x", "type": "Shop::Action"}, {"id": "y", "type": null}],
                 "attributes": null,
                 "appliesTo": {"principalTypes": ["Customer"], "resourceTypes": [], "context": {"type": "Money"}}},
        "": {"appliesTo": null, "memberOf": null}}}})");
  ASSERT_TRUE(fragment) << fragment.error().what;
  const Namespace& shop = fragment->namespaces.at(0);
  EXPECT_EQ(shop.annotations, (Annotations{{"doc", "things to buy"}, {"draft", ""}}));
  const CommonTypeDecl& money = shop.common_types.at(0);
  EXPECT_EQ(money.annotations, (Annotations{{"a", "b"}}));
  EXPECT_EQ(money.type.attributes.at(0).type.kind, Kind::kExtension);
  EXPECT_FALSE(money.type.attributes.at(1).required);
  const EntityTypeDecl& customer = shop.entity_types.at(0);
  EXPECT_EQ(customer.parents, (std::vector<Name>{{"Group", {}}, {"Shop::Club", {}}}));
  EXPECT_EQ(customer.tags->element.at(0).kind, Kind::kLong);
  const auto kind = [&](std::size_t i) { return customer.shape.attributes.at(i).type.kind; };
  EXPECT_EQ(kind(0), Kind::kBool);
  EXPECT_EQ(kind(1), Kind::kEntity);
  EXPECT_EQ(kind(2), Kind::kCommon);
  EXPECT_EQ(kind(3), Kind::kEntityOrCommon);
  EXPECT_EQ(shop.entity_types.at(1).enumerated, (std::vector<std::string>{"red", ""}));
  const ActionDecl& view = shop.actions.at(0);
  EXPECT_EQ(view.parents, (std::vector<ActionRef>{{"", "read", {}}, {"Shop::Action", "x", {}}, {"", "y", {}}}));
  EXPECT_EQ(view.applies_to.principals.size(), 1u);
  EXPECT_EQ(view.applies_to.context.name, "Money");
  EXPECT_EQ(shop.actions.at(1).applies_to, AppliesTo());
}

TEST(JsonSchemaReader, ErrorsGiveThePathAndWhatToDo) {
  EXPECT_EQ(error_of("[]"), "expected an object, found an array");
  EXPECT_EQ(error_of(R"({"N": {}})"), "/N: missing key `entityTypes`");
  EXPECT_EQ(error_of(R"({"N": {"entityTypes": {}, "actions": {}, "types": {}}})"),
            "/N: there is no key `types` here; known are `commonTypes`, `entityTypes`, `actions`, `annotations`");
  EXPECT_EQ(entity_error("[]"), "/N/entityTypes/A: expected an object, found an array");
  EXPECT_EQ(entity_error(R"({"tags": null})"), "/N/entityTypes/A/tags: expected an object, found null");
  EXPECT_EQ(entity_error(R"({"memberOfTypes": "B"})"),
            "/N/entityTypes/A/memberOfTypes: expected an array, found a string");
  EXPECT_EQ(entity_error(R"({"memberOfTypes": ["B", "B ::C"]})"),
            "/N/entityTypes/A/memberOfTypes/1: `B ::C` is no name of a type: write one, as `User` or `Shop::User`");
  EXPECT_EQ(entity_error(R"({"enum": []})"), "/N/entityTypes/A: `enum` is empty: name at least one entity's id");
  EXPECT_EQ(entity_error(R"({"enum": ["a"], "tags": {"type": "Long"}})"),
            "/N/entityTypes/A: there is no key `tags` here; known are `enum`, `annotations`");
  EXPECT_EQ(attribute_error("{}"), "/N/entityTypes/A/shape/attributes/x: missing key `type`");
  EXPECT_EQ(attribute_error(R"({"type": "Long", "element": {"type": "Long"}})"),
            "/N/entityTypes/A/shape/attributes/x: there is no key `element` here; known are `type`, `required`, "
            "`annotations`");
  EXPECT_EQ(attribute_error(R"({"type": "Set"})"), "/N/entityTypes/A/shape/attributes/x: missing key `element`");
  EXPECT_EQ(attribute_error(R"({"type": "Set", "element": {"type": "Long", "required": true}})"),
            "/N/entityTypes/A/shape/attributes/x/element: there is no key `required` here; known are `type`");
  EXPECT_EQ(attribute_error(R"({"type": "Record"})"), "/N/entityTypes/A/shape/attributes/x: missing key `attributes`");
  EXPECT_EQ(attribute_error(R"({"type": "Record", "attributes": {}, "additionalAttributes": true})"),
            "/N/entityTypes/A/shape/attributes/x: `additionalAttributes` may only be `false`: declare every attribute");
  EXPECT_EQ(attribute_error(R"({"type": "Entity"})"), "/N/entityTypes/A/shape/attributes/x: missing key `name`");
  EXPECT_EQ(attribute_error(R"({"type": "Extension", "name": "a::b"})"),
            "/N/entityTypes/A/shape/attributes/x: `a::b` is no extension type: write its name alone, as `ipaddr`");
  EXPECT_EQ(attribute_error(R"({"type": "Long", "required": null})"),
            "/N/entityTypes/A/shape/attributes/x: `required` is `true` or `false`");
  EXPECT_EQ(action_error(R"({"attributes": {}})"), "//actions/a: actions have no attributes: leave `attributes` out");
  EXPECT_EQ(action_error(R"({"memberOf": ["b"]})"), "//actions/a/memberOf/0: expected an object, found a string");
  EXPECT_EQ(action_error(R"({"appliesTo": {"principalTypes": []}})"),
            "//actions/a/appliesTo: missing key `resourceTypes`");
  EXPECT_EQ(error_of(R"({"a/b~c": {}})"),
            "/a~1b~0c: `a/b~c` is no name of a type: write one, as `User` or `Shop::User`");
}

TEST(JsonSchemaReader, NamesAreAsInCedarsSyntax) {
  const auto declares = [](const std::string& kind, const std::string& name) {
    const std::string types = kind == "commonTypes" ? R"("entityTypes": {}, )" : "";
    return error_of(R"({"": {"actions": {}, )" + types + "\"" + kind + R"(": {")" + name + R"(": {)" +
                    (types.empty() ? "" : R"("type": "Long")") + "}}}}");
  };
  EXPECT_EQ(declares("entityTypes", "Long"), "");
  EXPECT_EQ(declares("commonTypes", "Long"),
            "//commonTypes/Long: `Long` is a word of the language and cannot be declared: choose another name");
  EXPECT_EQ(declares("entityTypes", "A::B"),
            "//entityTypes/A::B: `A::B` is no name for a type: write letters, digits and "
            "`_`, and no reserved word");
  EXPECT_NE(declares("commonTypes", "if"), "");
  EXPECT_NE(declares("entityTypes", ""), "");
  EXPECT_EQ(error_of(R"({"__cedar": {"entityTypes": {}, "actions": {}}})"),
            "/__cedar: `__cedar` is reserved, as every name with `__cedar` in it: choose another name");
  EXPECT_EQ(error_of(R"({"": {"entityTypes": {}, "actions": {}, "annotations": {"a": "b"}}})"),
            "/: what stands outside of any namespace has no `annotations`: leave them out");
  EXPECT_EQ(error_of(R"({"N": {"entityTypes": {}, "actions": {}, "annotations": {"a b": "b"}}})"),
            "/N/annotations/a b: an annotation's name is letters, digits and `_`, as `doc`");
  EXPECT_EQ(error_of(R"({"N": {"entityTypes": {}, "actions": {}, "annotations": {"if": "b"}}})"), "");
  EXPECT_EQ(error_of("{}"), "");
}

TEST(JsonSchemaReader, HostileTextEndsInAnErrorSoon) {
  const auto deep = [](std::size_t levels) {
    return R"({"": {"entityTypes": {"A": {"tags": )" + repeat(R"({"type": "Set", "element": )", levels) +
           R"({"type": "Long"})" + repeat("}", levels) + R"(}}, "actions": {}}})";
  };
  EXPECT_EQ(error_of(deep(limits::kTypeDepthMax - 1)), "");
  EXPECT_NE(error_of(deep(limits::kTypeDepthMax)).find("types are nested more than 128 deep"), std::string::npos);
  EXPECT_NE(error_of(repeat("{\"a\":", 100'000)), "");
  EXPECT_NE(error_of(R"({"N": {}, "N": {}})").find("N"), std::string::npos);
  EXPECT_NE(error_of(std::string(limits::kSchemaBytesMax + 1, ' ')), "");
  EXPECT_NE(error_of("{\"\xff\": {}}"), "");
  EXPECT_LT(entity_error("{\"" + std::string(100'000, 'a') + "\": 1}").size(), 300u);
}

}  // namespace
}  // namespace steelyard::policy::schema
