// Every published schema, in both forms: read, resolved, written, read again.

#include <gtest/gtest.h>

#include <iostream>

#include "policy/schema/json_printer.h"
#include "policy/schema/json_reader.h"
#include "policy/schema/parser.h"
#include "policy/schema/printer.h"
#include "policy/schema/resolve.h"
#include "policy/testing/vectors.h"

namespace steelyard::policy::schema {
namespace {

namespace fs = std::filesystem;
using testing::Archive;
using testing::must;
using testing::read;

// Both forms of one schema. An error anywhere throws.
void check_cedar(const std::string& text, const validation::Schema& meant) {
  const Fragment fragment = must(parse_schema(text), "parsing");
  const std::string printed = must(to_cedar(fragment), "printing");
  EXPECT_EQ(must(parse_schema(printed), "parsing what was printed"), fragment);
  EXPECT_EQ(must(to_cedar(must(parse_schema(printed), "again")), "printing again"), printed);
  const Fragment translated = must(parse_json_schema(json::dump(to_json(fragment))), "reading the translation");
  EXPECT_EQ(must(resolve(translated), "resolving the translation"), meant);
}

void check_json(const std::string& text, const validation::Schema& meant) {
  const Fragment fragment = must(parse_json_schema(text), "reading");
  EXPECT_EQ(must(resolve(fragment), "resolving"), meant);
  EXPECT_EQ(must(read_json_schema(to_json(fragment)), "reading what was written"), fragment);
  const Fragment translated = must(parse_schema(must(to_cedar(fragment), "translating")), "parsing the translation");
  EXPECT_EQ(must(resolve(translated), "resolving the translation"), meant);
}

template <class Check>
std::size_t each_file(const fs::path& folder, std::string_view suffix, Check&& check) {
  std::size_t count = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!entry.is_regular_file() || !name.ends_with(suffix)) continue;
    ++count;
    const ::testing::ScopedTrace trace(__FILE__, __LINE__, name);
    try {
      check(entry.path());
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
  return count;
}

TEST(SchemaVectors, BothFormsOfACaseAreTheSameSchema) {
  if (!Archive::exists("corpus.tar.gz") || !Archive::exists("json-schemas.tar.gz"))
    GTEST_SKIP() << "left out: " << testing::kVectors << " has no corpus.tar.gz or json-schemas.tar.gz";
  const Archive corpus("corpus.tar.gz"), json_forms("json-schemas.tar.gz");
  ASSERT_TRUE(corpus.unpacked() && json_forms.unpacked());
  std::size_t both = 0;
  const std::size_t cases = each_file(corpus.folder(), ".cedarschema", [&](const fs::path& path) {
    const std::string text = read(path);
    const validation::Schema schema = must(schema_from_cedar(text), "resolving");
    check_cedar(text, schema);
    const fs::path json_form = json_forms.folder() / "corpus-tests-json-schemas" / (path.filename().string() + ".json");
    if (!fs::exists(json_form)) return;
    ++both;
    check_json(read(json_form), schema);
  });
  std::cout << cases << " schemas, " << both << " of them in JSON, too\n";
  EXPECT_GE(cases, 4'947u);
  EXPECT_EQ(both, each_file(json_forms.folder(), ".json", [](const fs::path&) {}));
  EXPECT_GE(both, 4'900u);
}

TEST(SchemaVectors, HandwrittenSchemasMayBeTranslated) {
  if (!Archive::exists("handwritten.tar.gz"))
    GTEST_SKIP() << "left out: " << testing::kVectors << " has no handwritten.tar.gz";
  const Archive archive("handwritten.tar.gz");
  ASSERT_TRUE(archive.unpacked());
  const std::size_t count = each_file(archive.folder(), ".cedarschema", [](const fs::path& path) {
    const std::string text = read(path);
    check_cedar(text, must(schema_from_cedar(text), "resolving"));
  });
  EXPECT_GE(count, 3u);
}

TEST(SchemaVectors, TheProjectsOwnSchemaMayBeTranslated) {
  const std::string text = read("schemas/steelyard.cedarschema");
  const validation::Schema schema = must(schema_from_cedar(text), "resolving");
  check_cedar(text, schema);
  EXPECT_EQ(schema.entity_types.size(), 7u);
  EXPECT_TRUE(schema.find("Field")->has_ancestor("Member"));
  EXPECT_NE(schema.find(EntityUid("Action", "query")), nullptr);
}

}  // namespace
}  // namespace steelyard::policy::schema
