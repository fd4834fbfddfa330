#include "policy/validation/types.h"

#include <gtest/gtest.h>

#include "policy/validation/schema.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

const CedarType kString = CedarType::simple(Kind::kString);
const CedarType kLong = CedarType::simple(Kind::kLong);

TEST(CedarType, PrintsAsASchemaWritesIt) {
  const CedarType person = CedarType::record({{"name", kString}, {"age", kLong, false}, {"e-mail", kString}});
  EXPECT_EQ(to_text(person), R"({ age?: Long, "e-mail": String, name: String })");
  EXPECT_EQ(to_text(CedarType::set(CedarType::entity("City::Office"))), "Set<City::Office>");
  EXPECT_EQ(to_text(CedarType::record({})), "{}");
  EXPECT_EQ(to_text(CedarType::one_of({"B", "A", "B"})), "A or B");
}

TEST(CedarType, PrintedIsCutBetweenCharactersWhereItGrowsLong) {
  std::vector<AttributeType> many;
  for (int at = 0; at < 1'000; ++at) many.push_back({"é" + std::to_string(at), kString});
  const std::string text = to_text(CedarType::record(many));
  EXPECT_LT(text.size(), 600u);
  EXPECT_TRUE(text.ends_with("…"));
}

TEST(CedarType, ComparesByContent) {
  const auto made = [](bool required) { return CedarType::set(CedarType::record({{"a", kLong, required}})); };
  EXPECT_EQ(made(true), made(true));
  EXPECT_FALSE(made(true) == made(false));
  EXPECT_FALSE(CedarType::record({}) == CedarType::record({}, true));
}

TEST(CedarType, OfTwoAttributesWithOneNameTheLastStays) {
  const CedarType record = CedarType::record({{"a", kLong}, {"b", kLong}, {"a", kString}});
  ASSERT_EQ(record.attributes().size(), 2u);
  EXPECT_EQ(record.find("a")->type, kString);
  EXPECT_EQ(record.find("c"), nullptr);
}

TEST(CedarType, WeighsWhatItWouldBeIfNothingWereShared) {
  CedarType type = kLong;
  for (int level = 0; level < 100; ++level) type = CedarType::record({{"a", type}, {"b", type}});
  EXPECT_EQ(type.depth(), 101u);
  EXPECT_EQ(type.weight(), std::numeric_limits<std::size_t>::max());
}

TEST(Schema, EnvironmentsAreEveryPrincipalAndResourceOfEveryAction) {
  Schema schema;
  schema.entity_types = {{"A", {}}, {"B", {}}, {"C", {}}};
  schema.actions.emplace(EntityUid("Action", "read"), ActionSchemaEntry{{"A", "B"}, {"B", "C"}, {}});
  schema.actions.emplace(EntityUid("Action", "all"), ActionSchemaEntry{});
  std::vector<std::string> found;
  each_environment(schema, [&](const Environment& each) {
    found.push_back(each.principal + " " + each.action.id() + " " + each.resource);
    return true;
  });
  EXPECT_EQ(found, (std::vector<std::string>{"A read B", "A read C", "B read B", "B read C"}));
  EXPECT_TRUE(schema.declares_actions_of("Action"));
  EXPECT_FALSE(schema.declares_actions_of("N::Action"));
}

}  // namespace
}  // namespace steelyard::policy::validation
