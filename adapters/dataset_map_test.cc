#include "adapters/dataset_map.h"

#include <gtest/gtest.h>

#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::ValueType;

const std::string kGood = R"([dataset]
id = "tax/income"

[source]
kind = "sqlite"
path = "tax.sqlite"
table = "income"
key = "id_number"

[as_of]
column = "updated_at"

[[field]]
name = "id_number"
type = "string"

[[field]]
name = "income"
column = "收入"
type = "decimal"
)";

std::string replaced(std::string_view from, std::string_view to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(DatasetMap, SaysWhereEachFieldComesFrom) {
  const auto map = parse_dataset_map(kGood, "maps/income.toml");
  ASSERT_TRUE(map) << map.error().what;
  EXPECT_EQ(map->dataset.text, "tax/income");
  EXPECT_EQ(map->kind, SourceKind::kSqlite);
  EXPECT_EQ(map->path, "maps/tax.sqlite");
  EXPECT_EQ(map->table, "income");
  EXPECT_EQ(map->key.text, "id_number");
  EXPECT_EQ(map->as_of.column, "updated_at");
  ASSERT_EQ(map->fields.size(), 2u);
  EXPECT_EQ(map->fields[0].column, "id_number");
  EXPECT_EQ(map->field(FieldName("income"))->column, "收入");
  EXPECT_EQ(map->field(FieldName("income"))->type, ValueType::kDecimal);
  EXPECT_EQ(map->field(FieldName("salary")), nullptr);
}

TEST(DatasetMap, APostgresSourceHasAUrlAndMaybeASchema) {
  const std::string url = "kind = \"postgres\"\nurl = \"postgresql://reader@127.0.0.1/registry\"\n";
  const auto map = parse_dataset_map(replaced("kind = \"sqlite\"\npath = \"tax.sqlite\"\n", url), "income.toml");
  ASSERT_TRUE(map) << map.error().what;
  EXPECT_EQ(map->kind, SourceKind::kPostgres);
  EXPECT_EQ(map->schema, "public");
  EXPECT_EQ(map->table, "income");
  const auto other = parse_dataset_map(
      replaced("kind = \"sqlite\"\npath = \"tax.sqlite\"\n", url + "schema = \"tax\"\n"), "income.toml");
  ASSERT_TRUE(other) << other.error().what;
  EXPECT_EQ(other->schema, "tax");
  const auto unsealed =
      parse_dataset_map(replaced("kind = \"sqlite\"\npath = \"tax.sqlite\"\n",
                                 "kind = \"postgres\"\nurl = \"postgresql://reader@10.1.0.9/x?sslmode=disable\"\n"),
                        "income.toml");
  ASSERT_FALSE(unsealed);
  EXPECT_EQ(unsealed.error().code, schemas::code::config);
  EXPECT_NE(unsealed.error().what.find("income.toml:6:7"), std::string::npos) << unsealed.error().what;
  EXPECT_NE(unsealed.error().what.find("verify-full"), std::string::npos) << unsealed.error().what;
  EXPECT_FALSE(parse_dataset_map(
      replaced("kind = \"sqlite\"\npath = \"tax.sqlite\"\n", url + "passfile = \"no-such-file\"\n"), "income.toml"));
}

TEST(DatasetMap, LimitsAreOptionalEachAndCheckedEach) {
  const auto none = parse_dataset_map(kGood, "income.toml");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->limits.connections, 2);
  EXPECT_FALSE(none->limits.hours || none->limits.rows_a_minute || none->limits.time_a_minute);
  const auto all = parse_dataset_map(kGood +
                                         "[limits]\nconnections = 1\nhours = \"22:00-06:00 +08:00\"\n"
                                         "rows_a_minute = 1000\ntime_a_minute = \"6s\"\n",
                                     "income.toml");
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->limits.connections, 1);
  EXPECT_EQ(all->limits.hours->from_minute, 22 * 60);
  EXPECT_EQ(all->limits.rows_a_minute, 1'000u);
  EXPECT_EQ(all->limits.time_a_minute, seconds(6));
  for (const char* wrong :
       {"connections = 0", "hours = \"night\"", "rows_a_minute = 0", "time_a_minute = \"0s\"", "rows_per_minute = 5"})
    EXPECT_FALSE(parse_dataset_map(kGood + "[limits]\n" + wrong + "\n", "income.toml")) << wrong;
}

TEST(DatasetMap, ASourceInMemoryNeedsItsSizeOnly) {
  const auto map = parse_dataset_map(replaced("kind = \"sqlite\"\npath = \"tax.sqlite\"\ntable = \"income\"\n",
                                              "kind = \"memory\"\nrows = 1000\nseed = 7\nrow_bytes = \"1KiB\"\n"
                                              "read_time = \"3ms\"\n"),
                                     "income.toml");
  ASSERT_TRUE(map) << map.error().what;
  EXPECT_EQ(map->kind, SourceKind::kMemory);
  EXPECT_EQ(map->rows, 1000u);
  EXPECT_EQ(map->seed, 7u);
  EXPECT_EQ(map->row_bytes, 1024u);
  EXPECT_EQ(map->read_time, milliseconds(3));
}

TEST(DatasetMap, EveryMistakeIsNamedWithItsPlace) {
  const struct {
    std::string text;
    std::string place;
    std::string word;
  } kCases[] = {
      {replaced("table = \"income\"", "tabel = \"income\""), "income.toml:4:", "table"},
      {replaced("key = \"id_number\"", "key = \"id_number\"\npool = 3"), "income.toml:9:", "`source.pool`"},
      {replaced("table = \"income\"", "table = \"income\"\nsql = \"SELECT 1\""), "income.toml:7:", "exactly one"},
      {replaced("table = \"income\"", "sql = \"SELECT 1; DROP TABLE x\""), "income.toml:7:", "`;`"},
      {replaced("table = \"income\"", "table = \"in\\u0000come\""), "income.toml:7:", "name of a table"},
      {replaced("type = \"decimal\"", "type = \"money\""), "income.toml:20:", "`money`"},
      {replaced("key = \"id_number\"", "key = \"person\""), "income.toml:8:", "`person`"},
      {replaced("name = \"income\"", "name = \"id_number\""), "income.toml:18:", "twice"},
      {replaced("id = \"tax/income\"", "id = \"income\""), "income.toml:2:", "income"},
      {replaced("kind = \"sqlite\"", "kind = \"oracle\""), "income.toml:5:", "oracle"},
      {replaced("column = \"updated_at\"", "colunm = \"updated_at\""), "income.toml:10:", "column"},
      {replaced("[dataset]", "[dataset"), "income.toml:1:", ""},
  };
  for (const auto& c : kCases) {
    const auto map = parse_dataset_map(c.text, "income.toml");
    ASSERT_FALSE(map) << c.word;
    EXPECT_EQ(map.error().what.rfind(c.place, 0), 0u) << map.error().what << " should start with " << c.place;
    EXPECT_NE(map.error().what.find(c.word), std::string::npos) << map.error().what;
    EXPECT_EQ(map.error().kind, ErrorKind::kFix);
    EXPECT_EQ(map.error().code, schemas::code::config);
  }
}

TEST(DatasetMap, TheDemosMapsAreGood) {
  const auto household = load_dataset_map("deploy/registers/household.toml");
  ASSERT_TRUE(household) << household.error().what;
  EXPECT_EQ(household->dataset.text, "civil-affairs/household");
  EXPECT_EQ(household->path, "deploy/registers/civil-affairs.sqlite");
  const auto income = load_dataset_map("deploy/registers/income.toml");
  ASSERT_TRUE(income) << income.error().what;
  EXPECT_EQ(income->dataset.text, "tax/income");
}

TEST(DatasetMap, AMissingFileIsNamed) {
  const auto map = load_dataset_map("deploy/registers/none.toml");
  ASSERT_FALSE(map);
  EXPECT_NE(map.error().what.find("none.toml"), std::string::npos);
}

}  // namespace
}  // namespace steelyard::adapters
