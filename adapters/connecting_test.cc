// Connecting a register, over both kinds of database: the map that `init` writes is one that `check` passes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/dataset_map.h"
#include "adapters/inspector.h"
#include "adapters/masked.h"
#include "adapters/postgres/test_cluster.h"
#include "adapters/sqlite/sqlite_inspector.h"
#include "adapters/sqlite/test_database.h"
#include "adapters/verbs.h"
#include "core/base/test_dir.h"
#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;
using testing::HasSubstr;
using testing::Not;
namespace code = schemas::code;

class Connecting : public testing::Test {
 protected:
  std::string text_of(const Result<Printed>& printed) {
    EXPECT_TRUE(printed) << (printed ? "" : printed.error().what);
    return printed ? printed->out : "";
  }
  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(dir_ / name) << text;
    return dir_ / name;
  }
  // A map of table `t`, made and then looked at.
  void connect(const std::string& from, std::vector<std::string> more, Printed& checked) {
    const std::string map = dir_ / "t.toml";
    std::vector<std::string> words = {"--from", from, "--table", "t", "--dataset", "owner/t", "--out", map};
    words.insert(words.end(), more.begin(), more.end());
    const auto made = run_init(words, clock_);
    ASSERT_TRUE(made) << made.error().what;
    EXPECT_FALSE(run_init(words, clock_)) << "nothing is overwritten";
    const auto read = load_dataset_map(map);
    ASSERT_TRUE(read) << read.error().what;
    map_ = *read;
    auto looked = run_check({map}, clock_);
    ASSERT_TRUE(looked) << looked.error().what;
    checked = *looked;
  }

  TestDir dir_;
  SystemClock clock_;
  DatasetMap map_;
};

TEST_F(Connecting, ASqliteFileIsListedMappedAndChecked) {
  const std::string path = dir_ / "r.sqlite";
  write_database(
      path,
      "CREATE TABLE t (\"ID Number\" TEXT PRIMARY KEY, 姓名 TEXT NOT NULL, born DATE, income DECIMAL(9,2), at "
      "DATETIME); INSERT INTO t VALUES ('11010119900307', '王芳', '1990-03-07', 1.5, '2026-01-01T00:00:00Z');"
      "CREATE VIEW young AS SELECT * FROM t");
  EXPECT_EQ(text_of(run_init({"--from", "sqlite:" + path}, clock_)), "t\nyoung\n");
  Printed checked;
  connect("sqlite:" + path, {}, checked);
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
  EXPECT_EQ(map_.key.text, "id_number");
  ASSERT_EQ(map_.fields.size(), 4u) << "a rounding column is left out";
  EXPECT_EQ(map_.fields[1].column, "姓名");
  EXPECT_EQ(map_.fields[1].name.text, "field_2");
  EXPECT_EQ(map_.fields[2].type, ValueType::kDate);
  EXPECT_EQ(map_.fields[3].type, ValueType::kTimestamp);
  EXPECT_THAT(checked.out, HasSubstr("a write was tried and refused: attempt to write a readonly database"));
  EXPECT_THAT(checked.out, HasSubstr("00000000000000 | xx | 0000-00-00 | 0000-00-00x00:00:00.000000x"));
  EXPECT_THAT(checked.out, Not(HasSubstr("王芳")));
  EXPECT_THAT(checked.out, HasSubstr("names one row"));
  EXPECT_THAT(checked.out, HasSubstr("SEARCH"));
  EXPECT_THAT(checked.out, Not(HasSubstr("warning")));
}

TEST_F(Connecting, APostgresSchemaIsListedMappedAndChecked) {
  test_cluster().write(
      "DROP SCHEMA IF EXISTS connecting CASCADE; CREATE SCHEMA connecting; SET search_path = connecting;"
      "CREATE DOMAIN code AS varchar(18); CREATE TABLE t (id code PRIMARY KEY, name text NOT NULL, amount "
      "numeric(9,2), "
      "tags text[], at timestamptz); INSERT INTO t VALUES ('91110000', '王芳', 12.30, '{a}', '2026-01-01T00:00:00Z');"
      "CREATE TABLE hidden (a int); GRANT USAGE ON SCHEMA connecting TO reader; GRANT SELECT ON t TO reader");
  EXPECT_EQ(text_of(run_init({"--from", test_cluster().url(), "--schema", "connecting"}, clock_)), "t\n");
  Printed checked;
  connect(test_cluster().url(), {"--schema", "connecting"}, checked);
  EXPECT_EQ(checked.exit_code, 0) << checked.out;
  EXPECT_EQ(map_.key.text, "id");
  ASSERT_EQ(map_.fields.size(), 4u) << "an array is left out";
  EXPECT_EQ(map_.fields[2].type, ValueType::kDecimal);
  EXPECT_THAT(checked.out, HasSubstr("cannot execute CREATE TABLE in a read-only transaction"));
  EXPECT_THAT(checked.out, HasSubstr("00000000 | xx | 00.00 | 0000-00-00x00:00:00.000000x"));
  EXPECT_THAT(checked.out, HasSubstr("t_pkey"));
  EXPECT_THAT(checked.out, Not(HasSubstr("warning")));
  EXPECT_EQ(test_cluster().text("SELECT count(*) FROM pg_class WHERE relname = 'steelyard_check'"), "0");
}

TEST_F(Connecting, EveryChangedColumnIsAProblemByItsName) {
  const std::string path = dir_ / "r.sqlite";
  write_database(path, "CREATE TABLE t (id TEXT, name TEXT, age INTEGER)");
  const std::string map =
      write("t.toml",
            "[dataset]\nid = \"owner/t\"\n[source]\nkind = \"sqlite\"\npath = \"r.sqlite\"\ntable = "
            "\"t\"\nkey = \"id\"\n[[field]]\nname = \"id\"\ntype = \"string\"\n[[field]]\nname = "
            "\"phone\"\ntype = \"string\"\n[[field]]\nname = \"age\"\ntype = \"date\"\n");
  const auto checked = run_check({map, "-o", "json"}, clock_);
  ASSERT_TRUE(checked) << checked.error().what;
  EXPECT_EQ(checked->exit_code, 3);
  const auto json = json::parse(checked->out);
  ASSERT_TRUE(json) << json.error().what;
  EXPECT_THAT(checked->out, HasSubstr("`phone` is missing"));
  EXPECT_THAT(checked->out, HasSubstr("is declared INTEGER"));
  EXPECT_THAT(checked->out, HasSubstr("no index serves it"));
  EXPECT_THAT(checked->out, HasSubstr("nothing in the database says that it names one row"));
}

TEST_F(Connecting, ADatabaseThatIsAwayIsTriedAgainLater) {
  const std::string map = write("t.toml",
                                "[dataset]\nid = \"owner/t\"\n[source]\nkind = \"postgres\"\nurl = "
                                "\"postgresql://reader@/x?host=/no/such/folder\"\ntable = \"t\"\nkey = \"id\"\n"
                                "[[field]]\nname = \"id\"\ntype = \"string\"\n");
  const auto checked = run_check({map}, clock_);
  ASSERT_TRUE(checked);
  EXPECT_EQ(checked->exit_code, 5) << checked->out;
}

TEST_F(Connecting, WordsThatSayNothingAreUsage) {
  const std::vector<std::vector<std::string>> check = {
      {}, {"a.toml", "--config", "b"}, {"--config"}, {"-o", "xml", "a"}, {"--verbose", "a"}};
  for (const auto& words : check) {
    const auto checked = run_check(words, clock_);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, code::usage) << checked.error().what;
  }
  const std::vector<std::vector<std::string>> init = {{},
                                                      {"--from"},
                                                      {"--from", "sqlite:"},
                                                      {"--from", "sqlite:x", "--out", "y"},
                                                      {"--from", "sqlite:x", "--dataset", "No"},
                                                      {"--form", "sqlite:x"}};
  for (const auto& words : init) {
    const auto made = run_init(words, clock_);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, code::usage) << made.error().what;
  }
  EXPECT_EQ(run_init({"--from", "mysql://x"}, clock_).error().code, code::config);
}

TEST(DeclarationOfSqlite, GivesTheTypeThatAReadWouldTake) {
  using Type = std::optional<ValueType>;
  EXPECT_EQ(type_of_declaration("VARCHAR(18)"), Type(ValueType::kString));
  EXPECT_EQ(type_of_declaration("bigint"), Type(ValueType::kInt64));
  EXPECT_EQ(type_of_declaration("BOOLEAN"), Type(ValueType::kBool));
  EXPECT_EQ(type_of_declaration("DATETIME"), Type(ValueType::kTimestamp));
  EXPECT_EQ(type_of_declaration("BLOB"), Type(ValueType::kBytes));
  EXPECT_EQ(type_of_declaration("DOUBLE PRECISION"), Type(ValueType::kDouble));
  EXPECT_EQ(type_of_declaration("NUMERIC(10,2)"), Type());
  EXPECT_EQ(type_of_declaration(""), Type());
}

TEST(Masked, ShowsTheShapeAndNothingElse) {
  EXPECT_EQ(masked(ValueType::kString, Value(std::string("Wang-芳 07"))), "xxxx-x 00");
  EXPECT_EQ(masked(ValueType::kString, Value(std::string("\xff\x1b[0m"))), "x?[0x");
  EXPECT_EQ(masked(ValueType::kString, Value(std::string(50, '7'))), std::string(40, '0') + "...");
  EXPECT_EQ(masked(ValueType::kInt64, Value(std::int64_t{-42})), "-00");
  EXPECT_EQ(masked(ValueType::kBool, Value(true)), "?");
  EXPECT_EQ(masked(ValueType::kDouble, Value(-1.5)), "-0.0");
  EXPECT_EQ(masked(ValueType::kBytes, Value(Bytes{1, 2})), "2 octets");
  EXPECT_EQ(masked(ValueType::kTimestamp, Value(std::int64_t{0})), "0000-00-00x00:00:00.000000x");
  EXPECT_EQ(masked(ValueType::kString, Value()), "null");
}

}  // namespace
}  // namespace steelyard::adapters
