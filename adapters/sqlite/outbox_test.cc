#include "adapters/sqlite/outbox.h"

#include <gtest/gtest.h>

#include "adapters/sqlite/sqlite_source.h"
#include "adapters/sqlite/test_database.h"
#include "core/base/test_clock.h"
#include "core/base/test_dir.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr const char* kMap = R"(
[dataset]
id = "civil-affairs/household"
[source]
kind = "sqlite"
path = "city.sqlite"
table = "household"
key = "id_number"
KEYS
[[field]]
name = "id_number"
column = "id number"
type = "string"
[[field]]
name = "name"
type = "string"
)";

class OutboxTest : public ::testing::Test {
 protected:
  OutboxTest() {
    write_database(path(), "CREATE TABLE household (\"id number\" TEXT PRIMARY KEY, name TEXT)");
    open("");
  }
  std::string path() const { return dir_ / "city.sqlite"; }
  void open(const std::string& keys) {
    std::string text = kMap;
    text.replace(text.find("KEYS"), 4, keys);
    auto map = parse_dataset_map(text, dir_ / "household.toml");
    ASSERT_TRUE(map) << map.error().what;
    map_ = *map;
    source_ = std::make_unique<SqliteSource>(*map, clock_);
  }
  void apply() {
    const auto sql = outbox_sql(map_);
    ASSERT_TRUE(sql);
    write_database(path(), *sql);
  }
  std::vector<std::string> keys_after(std::int64_t seq) {
    const auto changes = source_->changes()->changes_after(seq, 100);
    EXPECT_TRUE(changes) << changes.error().what;
    std::vector<std::string> keys;
    for (const Change& change : *changes) keys.push_back(std::get<std::string>(change.key));
    return keys;
  }
  using Keys = std::vector<std::string>;

  TestDir dir_;
  StillClock clock_;
  DatasetMap map_;
  std::unique_ptr<SqliteSource> source_;
};

TEST_F(OutboxTest, HoldsTheKeysOfWhatChangedInTheOrderOfCommits) {
  write_database(path(), "INSERT INTO household VALUES ('old', 'before there was an outbox')");
  apply();
  apply();  // twice changes nothing
  EXPECT_TRUE(keys_after(0).empty());
  write_database(path(), "INSERT INTO household VALUES ('a', '1'), ('b', '2')");
  write_database(path(), "UPDATE household SET name = '3' WHERE \"id number\" = 'a'");
  write_database(path(), "UPDATE household SET \"id number\" = 'c' WHERE \"id number\" = 'b'");
  write_database(path(), "DELETE FROM household WHERE \"id number\" = 'a'");
  EXPECT_EQ(keys_after(0), (Keys{"a", "b", "a", "c", "b", "a"}));
  EXPECT_EQ(keys_after(4), (Keys{"b", "a"}));
  EXPECT_EQ(*source_->changes()->newest_change(), 6);
}

TEST_F(OutboxTest, WithoutOneASourceSaysSo) {
  EXPECT_EQ(source_->changes()->changes_after(0, 1).error().code, schemas::code::source_changed);
  EXPECT_EQ(source_->changes()->newest_change().error().code, schemas::code::source_changed);
}

TEST_F(OutboxTest, IsTrimmedOnlyWhereTheMapSaysSo) {
  apply();
  write_database(path(), "INSERT INTO household VALUES ('a', '1'), ('b', '2'), ('c', '3')");
  ASSERT_TRUE(source_->changes()->trim(2));
  EXPECT_EQ(keys_after(0), (Keys{"a", "b", "c"}));
  open("outbox_trim = true");
  ASSERT_TRUE(source_->changes()->trim(2));
  EXPECT_EQ(keys_after(0), Keys{"c"});
  ASSERT_TRUE(source_->changes()->trim(3));
  write_database(path(), "INSERT INTO household VALUES ('d', '4')");
  EXPECT_EQ(*source_->changes()->newest_change(), 4) << "numbers are never used twice";
}

TEST_F(OutboxTest, IsTrimmedAnotherTimeWhileItsOwnerWrites) {
  apply();
  open("outbox_trim = true");
  const auto written = lock_database(path());
  EXPECT_TRUE(source_->changes()->trim(2));
}

TEST_F(OutboxTest, OfARolledBackChangeHoldsNothing) {
  apply();
  write_database(path(), "BEGIN; INSERT INTO household VALUES ('a', '1'); ROLLBACK");
  EXPECT_TRUE(keys_after(0).empty());
}

TEST_F(OutboxTest, OnlyATableHasOne) {
  DatasetMap view = map_;
  view.table.clear();
  view.sql = "SELECT * FROM household";
  EXPECT_FALSE(outbox_sql(view));
}

TEST_F(OutboxTest, RowsAreReadInTheOrderOfTheirKeys) {
  write_database(path(), "INSERT INTO household VALUES ('c', '3'), ('a', '1'), ('B', '2')");
  ReadPlan plan;
  plan.dataset = map_.dataset;
  plan.fields = {FieldName("id_number")};
  plan.by_key = true;
  const auto read = source_->read(plan);
  ASSERT_TRUE(read);
  Keys keys;
  for (const auto& value : read->rows.columns[0].values) keys.push_back(std::get<std::string>(value));
  EXPECT_EQ(keys, (Keys{"B", "a", "c"}));
}

}  // namespace
}  // namespace steelyard::adapters
