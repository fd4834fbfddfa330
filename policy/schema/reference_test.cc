// Random schemas and entities, each with what Cedar's reference says of it: golden/reference.json holds some, made by
// tests/oracle/schemas.js; STEELYARD_SCHEMA_CASES names a file of more.

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "policy/schema/entity_reader.h"
#include "policy/schema/json_printer.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/parser.h"
#include "policy/schema/printer.h"
#include "policy/schema/resolve.h"
#include "policy/testing/vectors.h"

namespace steelyard::policy::schema {
namespace {

// An action that applies to nothing keeps no more than that in Cedar's syntax.
validation::Schema without_idle(validation::Schema made) {
  for (auto& [uid, action] : made.actions) {
    if (!action.principals.empty() && !action.resources.empty()) continue;
    action = {{}, {}, action.ancestors, validation::CedarType::record({})};
  }
  return made;
}

// What resolves means the same in the other form, where that can say it.
void check_translations(const Fragment& fragment, const validation::Schema& meant) {
  const auto in_json = read_json_schema(to_json(fragment));
  ASSERT_TRUE(in_json) << in_json.error().what;
  EXPECT_EQ(*resolve(*in_json), meant);
  const auto printed = to_cedar(fragment);
  if (!printed) return;
  const auto in_cedar = parse_schema(*printed);
  ASSERT_TRUE(in_cedar) << in_cedar.error().what;
  const auto resolved = resolve(*in_cedar);
  ASSERT_TRUE(resolved) << resolved.error().what;
  EXPECT_EQ(without_idle(*resolved), without_idle(meant));
}

bool takes_schema(const json::Value& one, const json::Value& text) {
  const std::string source(*text.as_string());
  const auto fragment = one.find("cedar") != nullptr ? parse_schema(source) : parse_json_schema(source);
  if (!fragment) return false;
  const auto schema = resolve(*fragment);
  if (!schema) return false;
  check_translations(*fragment, *schema);
  if (const json::Value* translation = one.find("translation"); translation != nullptr) {
    EXPECT_EQ(to_json(*fragment), *translation);
  }
  return true;
}

TEST(SchemaReference, GeneratedCasesAreTakenAndRefusedAsThere) {
  const char* more = std::getenv("STEELYARD_SCHEMA_CASES");
  const auto document = json::parse(testing::read(more != nullptr ? more : "policy/schema/golden/reference.json"),
                                    {.bytes_max = std::size_t{1} << 30, .depth_max = 64});
  ASSERT_TRUE(document) << document.error().what;
  const auto shop = schema_from_cedar(*document->string_at("shop"));
  ASSERT_TRUE(shop) << shop.error().what;
  std::size_t schemas = 0, entities = 0, taken = 0;
  for (const json::Value& one : **document->array_at("cases")) {
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, json::dump(one));
    bool ours = false;
    if (const json::Value* text = one.find("entities"); text != nullptr) {
      ++entities;
      ours = entities_from_json(*text->as_string(), *shop).has_value();
    } else {
      ++schemas;
      ours = takes_schema(one, one.find("cedar") != nullptr ? *one.find("cedar") : **one.at("json"));
    }
    taken += ours;
    EXPECT_EQ(ours, *one.bool_at("taken"));
  }
  std::cout << schemas << " schemas, " << entities << " sets of entities, " << taken << " of all taken\n";
  EXPECT_GE(schemas, 200u);
  EXPECT_GE(entities, 40u);
  EXPECT_GE(taken, 100u);
}

}  // namespace
}  // namespace steelyard::policy::schema
