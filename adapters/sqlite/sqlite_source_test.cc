#include "adapters/sqlite/sqlite_source.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>

#include "adapters/sqlite/test_database.h"
#include "core/base/check.h"
#include "core/base/test_dir.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

void write_database(const std::string& path, const std::string& sql) {
  sqlite3* connection = nullptr;
  CHECK(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  CHECK(sqlite3_exec(connection, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  CHECK(sqlite3_close(connection) == SQLITE_OK);
}

std::shared_ptr<void> lock_database(const std::string& path) {
  sqlite3* connection = nullptr;
  CHECK(sqlite3_open(path.c_str(), &connection) == SQLITE_OK);
  CHECK(sqlite3_exec(connection, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr) == SQLITE_OK);
  return {connection, [](void* open) { sqlite3_close(static_cast<sqlite3*>(open)); }};
}

namespace {

using schemas::Compare;
using schemas::Value;
using schemas::ValueType;
namespace code = schemas::code;

const char* const kPeople =
    "CREATE TABLE people (id TEXT, name TEXT, phone TEXT, age INTEGER, updated_at TEXT);"
    "CREATE INDEX people_by_id ON people (id);"
    "INSERT INTO people VALUES ('1', '王芳', '140', 30, '2026-03-01T00:00:00Z'), "
    "('2', '李伟', NULL, 41, '2025-03-01 08:30:00'), ('3', '张敏', '142', 52, NULL);"
    "CREATE TABLE metadata (key TEXT, value TEXT);"
    "INSERT INTO metadata VALUES ('loaded_at', '2026-11-01T18:30:00Z');";

class Sqlite : public testing::Test {
 protected:
  Sqlite() {
    map_.dataset = DatasetId("owner/people");
    map_.key = FieldName("id");
    map_.path = (folder_ / "people.sqlite");
    map_.table = "people";
    map_.fields = {{FieldName("id"), "id", ValueType::kString},
                   {FieldName("name"), "name", ValueType::kString},
                   {FieldName("phone"), "phone", ValueType::kString},
                   {FieldName("age"), "age", ValueType::kInt64}};
    write(kPeople);
  }

  void write(const std::string& sql) { write_database(map_.path, sql); }

  static ReadPlan plan(std::vector<const char*> fields, const char* id = nullptr) {
    ReadPlan plan;
    plan.dataset = DatasetId("owner/people");
    for (const char* field : fields) plan.fields.emplace_back(field);
    if (id != nullptr) plan.parameters = {{FieldName("id"), Compare::kEq, {Value(std::string(id))}}};
    return plan;
  }

  SqliteSource& source() {
    if (!source_) source_ = std::make_unique<SqliteSource>(map_, clock_);
    return *source_;
  }

  std::string text_of(const ReadPlan& wanted) {
    auto result = source().read(wanted);
    if (!result) return result.error().what;
    if (result->rows.count != 1) return std::to_string(result->rows.count) + " rows";
    const auto* text = std::get_if<std::string>(&result->rows.columns.at(0).values.at(0));
    return text == nullptr ? "no text" : *text;
  }

  void expect_error(const ReadPlan& wanted, ErrorCode expected, const std::string& word) {
    auto result = source().read(wanted);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, expected) << result.error().what;
    EXPECT_NE(result.error().what.find(word), std::string::npos) << result.error().what;
  }

  const TestDir folder_;
  SystemClock clock_;
  DatasetMap map_;
  std::unique_ptr<SqliteSource> source_;
};

TEST_F(Sqlite, AChangedValueShowsInTheNextAnswer) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  write("UPDATE people SET name = '王方' WHERE id = '1'");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王方");
}

TEST_F(Sqlite, AFileMovedAwayIsUnavailableAndBackAgainWorks) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  std::filesystem::rename(map_.path, map_.path + ".away");
  expect_error(plan({"name"}, "1"), code::owner_unavailable, "people.sqlite");
  EXPECT_FALSE(std::filesystem::exists(map_.path)) << "reading must not make a database";
  std::filesystem::rename(map_.path + ".away", map_.path);
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Sqlite, ADatabaseThatIsAwayAtTheStartIsFoundLater) {
  std::filesystem::rename(map_.path, map_.path + ".away");
  expect_error(plan({"name"}, "1"), code::owner_unavailable, "people.sqlite");
  std::filesystem::rename(map_.path + ".away", map_.path);
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Sqlite, AFileReplacedByAnotherIsReadAnew) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  const std::string fresh = (folder_ / "fresh.sqlite");
  write_database(fresh, kPeople);
  write_database(fresh, "UPDATE people SET name = '王方'");
  std::filesystem::rename(fresh, map_.path);
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王方");
}

TEST_F(Sqlite, AFileThatIsNoDatabaseIsUnavailable) {
  std::filesystem::resize_file(map_.path, 0);
  expect_error(plan({"name"}, "1"), code::source_changed, "no such table");
  source_.reset();
  std::filesystem::remove(map_.path);
  std::filesystem::create_directory(map_.path);
  expect_error(plan({"name"}, "1"), code::owner_unavailable, "owner/people");
}

TEST_F(Sqlite, ALockedFileIsUnavailableUntilItIsFree) {
  auto lock = lock_database(map_.path);
  ReadPlan wanted = plan({"name"}, "1");
  wanted.timeout = milliseconds(30);
  expect_error(wanted, code::owner_unavailable, "locked");
  lock.reset();
  EXPECT_EQ(text_of(wanted), "王芳");
}

TEST_F(Sqlite, ARenamedColumnRefusesItsFieldAndNoOther) {
  EXPECT_EQ(text_of(plan({"phone"}, "1")), "140");
  write("ALTER TABLE people RENAME COLUMN phone TO telephone");
  expect_error(plan({"phone"}, "1"), code::source_changed, "`phone` is missing");
  ReadPlan tested = plan({"name"});
  tested.parameters = {{FieldName("phone"), Compare::kEq, {Value(std::string("140"))}}};
  expect_error(tested, code::source_changed, "`phone` is missing");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  write("ALTER TABLE people RENAME COLUMN telephone TO phone");
  EXPECT_EQ(text_of(plan({"phone"}, "1")), "140");
}

TEST_F(Sqlite, AViewThatLostItsColumnGivesNoText) {
  map_.table = "listed";
  write("CREATE VIEW listed AS SELECT id, name, \"phone\" AS phone, age FROM people");
  EXPECT_EQ(text_of(plan({"phone"}, "1")), "140");
  write(
      "DROP TABLE people; CREATE TABLE people (id TEXT, name TEXT, age INTEGER); INSERT INTO people VALUES ('1', 'x', "
      "1)");
  auto result = source().read(plan({"phone"}, "1"));
  ASSERT_FALSE(result) << "\"phone\" must not read as the text phone";
  EXPECT_EQ(result.error().code, code::source_changed) << result.error().what;
}

TEST_F(Sqlite, ARetypedColumnRefusesItsFieldAndNoOther) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  write("ALTER TABLE people DROP COLUMN age; ALTER TABLE people ADD COLUMN age TEXT");
  expect_error(plan({"age"}, "1"), code::source_changed, "is declared TEXT");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Sqlite, AStoredValueOfAnotherTypeIsNeverConverted) {
  write("UPDATE people SET age = 'forty' WHERE id = '2'");
  expect_error(plan({"age"}, "2"), code::source_changed, "field `age`");
  write("UPDATE people SET age = 40.5 WHERE id = '2'");
  expect_error(plan({"age"}, "2"), code::source_changed, "field `age`");
  write("UPDATE people SET name = x'fffe' WHERE id = '2'");
  expect_error(plan({"name"}, "2"), code::source_changed, "field `name`");
  write("UPDATE people SET name = CAST(x'ff41' AS TEXT) WHERE id = '2'");
  expect_error(plan({"name"}, "2"), code::source_changed, "field `name`");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Sqlite, AStoredTimeThatNoPayloadHoldsIsRefused) {
  map_.fields.push_back({FieldName("updated"), "updated_at", ValueType::kTimestamp});
  EXPECT_TRUE(source().read(plan({"updated"}, "1")));
  write("UPDATE people SET updated_at = '0000-12-31T23:59:59Z' WHERE id = '1'");
  expect_error(plan({"updated"}, "1"), code::source_changed, "field `updated`");
}

TEST_F(Sqlite, DecimalsInARoundingColumnAreRefused) {
  write("ALTER TABLE people ADD COLUMN income DECIMAL(12,2)");
  map_.fields.push_back({FieldName("income"), "income", ValueType::kDecimal});
  expect_error(plan({"income"}), code::source_changed, "DECIMAL(12,2)");
}

TEST_F(Sqlite, AMissingTableIsSaidOnceForAll) {
  write("DROP TABLE people");
  expect_error(plan({"name"}, "1"), code::source_changed, "no such table: people");
}

TEST_F(Sqlite, AsOfComesFromTheMetadata) {
  map_.as_of.query = "SELECT value FROM metadata WHERE key = 'loaded_at'";
  auto result = source().read(plan({"name"}, "1"));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(to_rfc3339(result->as_of.value()), to_rfc3339(*instant_from_rfc3339("2026-11-01T18:30:00Z")));
  write("UPDATE metadata SET value = '2026-11-02T18:30:00Z'");
  result = source().read(plan({"name"}, "1"));
  EXPECT_EQ(result->as_of, *instant_from_rfc3339("2026-11-02T18:30:00Z"));
  write("DELETE FROM metadata");
  result = source().read(plan({"name"}, "1"));
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->as_of);
  write("INSERT INTO metadata VALUES ('loaded_at', 'yesterday')");
  expect_error(plan({"name"}, "1"), code::source_changed, "as-of");
}

TEST_F(Sqlite, AsOfByColumnIsTheOldestOfTheRowsReturned) {
  map_.as_of.column = "updated_at";
  auto both = source().read(plan({"name"}));
  ASSERT_TRUE(both) << both.error().what;
  EXPECT_EQ(both->as_of, *instant_from_rfc3339("2025-03-01T08:30:00Z"));
  EXPECT_EQ(source().read(plan({"name"}, "1"))->as_of, *instant_from_rfc3339("2026-03-01T00:00:00Z"));
  EXPECT_FALSE(source().read(plan({"name"}, "3"))->as_of) << "null says nothing";
  write("ALTER TABLE people RENAME COLUMN updated_at TO changed_at");
  expect_error(plan({"name"}, "1"), code::source_changed, "updated_at");
}

TEST_F(Sqlite, AMapCannotWrite) {
  map_.as_of.query = "DELETE FROM people RETURNING id";
  expect_error(plan({"name"}, "1"), code::config, "SELECT");
  source_.reset();
  map_.as_of.query.clear();
  map_.table.clear();
  map_.sql = "SELECT 1 AS id) ; DELETE FROM people --";
  EXPECT_FALSE(source().read(plan({"id"})));
  source_.reset();
  map_.sql.clear();
  map_.table = "people";
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Sqlite, ASelectMayStandInPlaceOfATable) {
  map_.table.clear();
  map_.sql = "SELECT id, name, phone, age FROM people WHERE age < 50 -- the young";
  auto result = source().read(plan({"name"}));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->rows.count, 2u);
}

TEST_F(Sqlite, NamesWithQuotesAndInChineseAreQuoted) {
  write("CREATE TABLE \"we\"\"ird 表\" (\"身份\"\"证\" TEXT); INSERT INTO \"we\"\"ird 表\" VALUES ('x')");
  map_.table = "we\"ird 表";
  map_.fields = {{FieldName("id"), "身份\"证", ValueType::kString}};
  EXPECT_EQ(text_of(plan({"id"}, "x")), "x");
}

TEST_F(Sqlite, AStatementThatNeverEndsIsStopped) {
  map_.table.clear();
  map_.sql =
      "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n) SELECT CAST(id AS TEXT) AS id FROM n WHERE id "
      "< 0";
  map_.fields = {{FieldName("id"), "id", ValueType::kString}};
  ReadPlan wanted = plan({"id"});
  wanted.timeout = milliseconds(20);
  const Duration start = clock_.monotonic();
  expect_error(wanted, code::source_timeout, "deadline");
  EXPECT_LT(clock_.monotonic(), start + seconds(2));
}

TEST_F(Sqlite, ManyShapesOfPlansDoNotPileUp) {
  for (int round = 0; round < 2; ++round) {
    for (int bits = 0; bits < 16 * 7; ++bits) {
      ReadPlan wanted = plan({"id"});
      for (int f = 0; f < 3; ++f)
        if ((bits & (1 << f)) != 0) wanted.fields.emplace_back(map_.fields[1 + f].name);
      wanted.parameters = {{FieldName("age"), static_cast<Compare>(1 + bits / 16), {Value(std::int64_t{41})}}};
      ASSERT_TRUE(source().read(wanted));
    }
  }
}

}  // namespace
}  // namespace steelyard::adapters
