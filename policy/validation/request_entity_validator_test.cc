#include "policy/validation/request_entity_validator.h"

#include <gtest/gtest.h>

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

Schema schema() {
  Schema schema;
  const CedarType text = CedarType::simple(Kind::kString);
  const CedarType address = CedarType::record({{"city", text}, {"street", text, false}});
  const EntityUid any("Action", "any");
  schema.entity_types = {
      {"Member", {}},
      {"Clerk",
       {{"Member"},
        CedarType::record({{"home", address}, {"of", CedarType::set(CedarType::entity("Purpose")), false}}),
        CedarType::simple(Kind::kLong),
        {}}},
      {"Purpose", {{}, CedarType::record({}), {}, std::vector<std::string>{"audit", "tax"}}},
  };
  schema.actions.emplace(any, ActionSchemaEntry{});
  schema.actions.emplace(
      EntityUid("Action", "read"),
      ActionSchemaEntry{{"Clerk"}, {"Member"}, {any}, CedarType::record({{"late", CedarType::simple(Kind::kBool)}})});
  return schema;
}

const EntityUid kAnn("Clerk", "ann");
const EntityUid kOffice("Member", "office");
const EntityUid kRead("Action", "read");

Value text(const std::string& value) { return Value::string(value); }
Value home() { return Value::record({{"city", text("A")}}); }

std::string what(const Status& status) { return status ? "" : status.error().what; }

std::string about(Entity entity) {
  Entities entities;
  EXPECT_TRUE(entities.put(std::move(entity)).has_value());
  return what(validate_entities(entities, schema()));
}

std::string request(const EntityUid& principal, const EntityUid& action, const EntityUid& resource, Value context) {
  return what(validate_request({principal, action, resource, std::move(context)}, schema()));
}

TEST(EntityValidator, EntitiesAreAsTheirTypeSays) {
  EXPECT_EQ(about({kAnn, {kOffice}, {{"home", home()}}, {{"desk", Value::integer(4)}}}), "");
  EXPECT_EQ(about({kOffice, {}, {}, {}}), "");
  EXPECT_EQ(about({kAnn, {}, {}, {}}), "entity `Clerk::\"ann\"`: attribute `home` is required and missing");
  EXPECT_EQ(about({kAnn, {}, {{"home", home()}, {"age", Value::integer(3)}}, {}}),
            "entity `Clerk::\"ann\"`: attribute `age` is not declared");
  EXPECT_EQ(about({kAnn, {}, {{"home", text("A")}}, {}}),
            "entity `Clerk::\"ann\"`: attribute `home`: expected `{ city: String, street?: String }`, found a value of "
            "type `string`");
  EXPECT_EQ(about({EntityUid("Clark", "ann"), {}, {}, {}}),
            "entity `Clark::\"ann\"`: entity type `Clark` is not declared in the schema");
}

TEST(EntityValidator, TagsAndAncestorsAreThoseOfTheType) {
  EXPECT_EQ(about({kAnn, {}, {{"home", home()}}, {{"desk", text("4")}}}),
            "entity `Clerk::\"ann\"`: tag `desk`: expected `Long`, found a value of type `string`");
  EXPECT_EQ(about({kOffice, {}, {}, {{"desk", text("4")}}}),
            "entity `Member::\"office\"`: tag `desk`: entities of this type have none");
  EXPECT_EQ(about({kOffice, {kAnn}, {}, {}}),
            "entity `Member::\"office\"`: an entity of this type cannot be in one of type `Clerk`");
}

TEST(EntityValidator, EnumeratedIdsAreLookedAtWhereverTheyStand) {
  const auto of = [](const std::string& purpose) {
    return Entity{kAnn, {}, {{"home", home()}, {"of", Value::set({Value::entity(EntityUid("Purpose", purpose))})}}, {}};
  };
  EXPECT_EQ(about(of("tax")), "");
  EXPECT_EQ(
      about(of("fun")),
      "entity `Clerk::\"ann\"`: attribute `of`: an element: entity type `Purpose` is enumerated, and `fun` is not "
      "among its ids");
  EXPECT_EQ(about({EntityUid("Purpose", "fun"), {}, {}, {}}),
            "entity `Purpose::\"fun\"`: entity type `Purpose` is enumerated, and `fun` is not among its ids");
}

TEST(EntityValidator, ActionsAreAsTheSchemaDeclaresThem) {
  const EntityUid any("Action", "any");
  const std::string other = "entity `Action::\"read\"`: the action is not as the schema declares it";
  EXPECT_EQ(about({kRead, {any}, {}, {}}), "");
  EXPECT_EQ(about({kRead, {}, {}, {}}), other);
  EXPECT_EQ(about({kRead, {any}, {{"a", text("b")}}, {}}), other);
  EXPECT_EQ(about({EntityUid("Action", "write"), {}, {}, {}}),
            "entity `Action::\"write\"`: action `Action::\"write\"` is not declared in the schema");
}

TEST(EntityValidator, DeclaredActionsCanBeAdded) {
  Entities entities;
  ASSERT_TRUE(add_actions(entities, schema()).has_value());
  EXPECT_EQ(entities.size(), 2u);
  EXPECT_TRUE(entities.in(kRead, EntityUid("Action", "any")));
  EXPECT_EQ(what(validate_entities(entities, schema())), "");
}

TEST(RequestValidator, ActionsApplyToThePrincipalAndResourceAskedAbout) {
  const Value context = Value::record({{"late", Value::boolean(true)}});
  EXPECT_EQ(request(kAnn, kRead, kOffice, context), "");
  EXPECT_EQ(request(kOffice, kRead, kOffice, context), "a principal of type `Member` cannot do `Action::\"read\"`");
  EXPECT_EQ(request(kAnn, kRead, kAnn, context), "`Action::\"read\"` does not apply to a resource of type `Clerk`");
  EXPECT_EQ(request(kAnn, EntityUid("Action", "any"), kOffice, context),
            "a principal of type `Clerk` cannot do `Action::\"any\"`");
  EXPECT_EQ(request(kAnn, EntityUid("Action", "write"), kOffice, context),
            "action `Action::\"write\"` is not declared in the schema");
}

TEST(RequestValidator, TheContextIsAsTheActionWantsIt) {
  EXPECT_EQ(request(kAnn, kRead, kOffice, Value::record({})), "context: attribute `late` is required and missing");
  EXPECT_EQ(request(kAnn, kRead, kOffice, Value::record({{"late", text("a")}})),
            "context: attribute `late`: expected `Bool`, found a value of type `string`");
  EXPECT_EQ(request(kAnn, kRead, kOffice, Value::record({{"late", Value::boolean(true)}, {"a\n", text("a")}})),
            "context: attribute `a?` is not declared");
}

}  // namespace
}  // namespace steelyard::policy::validation
