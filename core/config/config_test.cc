#include "core/config/config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "core/config/toml_text.h"
#include "core/config/units.h"

namespace steelyard::config {
namespace {

constexpr const char* kGood = R"(
listen = "tcp://127.0.0.1:7000"
wait = "250ms"
map = "64GiB"
member = "tax"
dataset = "civil-affairs/household"
strict = true
ratio = 1
until = 2026-12-31
from = 2026-01-01T08:00:00+08:00
fields = ["name", "town"]
store = "data/store"

[source]
kind = "sqlite"
rows_max = 100
[source.pool]
connections = 2

[[dataset_map]]
name = "a"
[[dataset_map]]
name = "b"
)";

Table good() { return *parse(kGood, "/etc/x/broker.toml"); }

// What any getter says of `text`.
template <class Getter>
std::string error_of(const std::string& text, Getter getter) {
  auto table = parse(text, "x.toml");
  if (!table) return table.error().what;
  auto value = getter(*table);
  return value ? "" : value.error().what;
}

TEST(Config, EveryTypeIsRead) {
  Table file = good();
  EXPECT_EQ(*file.text("listen"), "tcp://127.0.0.1:7000");
  EXPECT_EQ(*file.duration("wait"), milliseconds(250));
  EXPECT_EQ(*file.size("map"), 64ULL << 30);
  EXPECT_EQ(*file.id<MemberId>("member"), MemberId("tax"));
  EXPECT_EQ(*file.id<DatasetId>("dataset"), DatasetId("civil-affairs/household"));
  EXPECT_TRUE(*file.boolean("strict"));
  EXPECT_EQ(*file.real("ratio", 0, 1), 1.0);
  EXPECT_EQ(to_rfc3339(*file.instant("until")), to_rfc3339(*instant_from_rfc3339("2026-12-31")));
  EXPECT_EQ(file.instant("from")->us, instant_from_rfc3339("2026-01-01")->us);
  EXPECT_EQ(*file.texts("fields"), (std::vector<std::string>{"name", "town"}));
  EXPECT_EQ(*file.path("store"), "/etc/x/data/store");
  Table source = *file.table("source");
  EXPECT_EQ(*source.one_of("kind", {"memory", "sqlite"}), "sqlite");
  EXPECT_EQ(*source.integer("rows_max", {1, 10'000}), 100);
  EXPECT_EQ(*source.table("pool")->integer("connections", {1, 8}), 2);
  auto maps = file.tables("dataset_map");
  ASSERT_EQ(maps->size(), 2U);
  EXPECT_EQ(*maps->at(1).text("name"), "b");
  EXPECT_EQ(*maps->at(0).text("name"), "a");
  EXPECT_TRUE(file.finish());
}

TEST(Config, QuotedTextIsReadAsItWas) {
  const std::string text = "a \"b\" \\ \n\t\x01\x7f 街道";
  Table file = *parse("text = " + toml_text(text), "x.toml");
  EXPECT_EQ(*file.text("text"), text);
}

TEST(Config, DefaultsStandWhereTheKeyIsMissing) {
  Table file = *parse("", "x.toml");
  EXPECT_EQ(*file.text("a", "x"), "x");
  EXPECT_EQ(*file.duration("a", seconds(5)), seconds(5));
  EXPECT_EQ(*file.integer("a", {1, 2}, 7), 7);
  EXPECT_FALSE(*file.boolean("a", false));
  EXPECT_FALSE(file.optional_table("a")->has_value());
  EXPECT_FALSE(file.optional_instant("a")->has_value());
  EXPECT_TRUE(file.tables("a")->empty());
  EXPECT_TRUE(file.finish());
}

TEST(Config, AKeyThatNobodyReadIsAnErrorWithItsPlace) {
  Table file = *parse("listen = \"a\"\n\n  prot = 1\n", "x.toml");
  ASSERT_TRUE(file.text("listen"));
  ASSERT_TRUE(file.integer("port", {1, 65'535}, 7'000));
  EXPECT_EQ(file.finish().error().what,
            "x.toml:3:3: unknown key `prot`: correct or remove it (known here: `listen`, `port`)");
}

TEST(Config, UnknownKeysAreFoundInTablesBelow) {
  Table file = *parse("[source]\nkind = \"a\"\n[source.pool]\nsize = 1\n[[map]]\na = 1\n[[map]]\nb = 1\n", "x.toml");
  Table source = *file.table("source");
  ASSERT_TRUE(source.text("kind"));
  auto maps = file.tables("map");
  for (const Table& map : *maps) ASSERT_TRUE(map.integer("a", {}, 0));
  EXPECT_EQ(file.finish().error().what,
            "x.toml:3:9: unknown key `source.pool`: correct or remove it (known here: `kind`)");
  ASSERT_TRUE(source.table("pool")->integer("size", {}));
  EXPECT_EQ(file.finish().error().what, "x.toml:8:1: unknown key `map.b`: correct or remove it (known here: `a`)");
  ASSERT_TRUE(file.tables("map")->at(1).integer("b", {}));
  EXPECT_TRUE(file.finish());
}

TEST(Config, WrongValuesSayWhereAndWhatToWrite) {
  auto text = [](const Table& t) { return t.text("a"); };
  EXPECT_EQ(error_of("a = 1", text), "x.toml:1:5: `a`: expected a string, found an integer: write a = \"...\"");
  EXPECT_EQ(error_of("b = 1", text), "x.toml:1:1: missing key `a`: add a = \"...\"");
  EXPECT_EQ(error_of("\n[s]\nb = 1", [](const Table& t) { return t.table("s")->text("a"); }),
            "x.toml:2:1: missing key `a` in [s]: add a = \"...\"");
  auto integer = [](const Table& t) { return t.integer("a", {1, 10}); };
  EXPECT_EQ(error_of("a = 11", integer), "x.toml:1:5: `a`: 11 is out of range: write 1 to 10");
  EXPECT_EQ(error_of("a = 1.0", integer), "x.toml:1:5: `a`: expected an integer, found a number: write a = 1");
  EXPECT_NE(error_of("a = 99999999999999999999", integer).find("x.toml:1:"), std::string::npos);
  EXPECT_EQ(error_of("a = [\"x\",\n 2]", [](const Table& t) { return t.texts("a"); }),
            "x.toml:2:2: `a`: expected strings only, found an integer: write a = [\"...\", \"...\"]");
  EXPECT_EQ(error_of("a = \"c\"",
                     [](const Table& t) {
                       return t.one_of("a", {"x", "y"});
                     }),
            "x.toml:1:5: `a`: expected one of \"x\", \"y\", found \"c\"");
  EXPECT_NE(error_of("a = nan", [](const Table& t) { return t.real("a", 0, 1); }), "");
  EXPECT_NE(error_of("a = \"A B\"", [](const Table& t) { return t.id<MemberId>("a"); }).find("x.toml:1:5: `a`"),
            std::string::npos);
  EXPECT_NE(error_of("a = 2026-01-01T00:00:00", [](const Table& t) { return t.instant("a"); }).find("offset"),
            std::string::npos);
  EXPECT_NE(error_of("a = 1", [](const Table& t) { return t.table("a"); }).find("write [a]"), std::string::npos);
  EXPECT_NE(error_of("a = [1]", [](const Table& t) { return t.tables("a"); }).find("write [[a]]"), std::string::npos);
}

TEST(Config, WhatIsNotTomlIsRefusedWithItsPlace) {
  for (const char* text : {"a = ", "a = 1\na = 2", "[t]\n[t]", "a = \"x", "= 1", "a = \"\xff\"", "a = 01"}) {
    auto table = parse(text, "x.toml");
    ASSERT_FALSE(table) << text;
    EXPECT_EQ(table.error().what.rfind("x.toml:", 0), 0U) << table.error().what;
    EXPECT_EQ(table.error().kind, ErrorKind::kFix);
  }
  EXPECT_FALSE(parse("a = " + std::string(100'000, '['), "x.toml"));
}

TEST(Config, UnitsAreExactOrRefused) {
  EXPECT_EQ(duration_from_text("0s"), Duration{0});
  EXPECT_EQ(duration_from_text("7d"), Duration{7LL * 86'400'000'000});
  EXPECT_EQ(duration_from_text("10m"), minutes(10));
  for (const char* text :
       {"", "s", "5", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "99999999999999999999s", "200000000d"})
    EXPECT_FALSE(duration_from_text(text)) << text;
  EXPECT_EQ(size_from_text("1TiB"), 1ULL << 40);
  for (const char* text : {"", "5", "5KB", "5kib", "8388608TiB"}) EXPECT_FALSE(size_from_text(text)) << text;
}

TEST(Config, FilesAreReadWithTheirSecretsChecked) {
  const auto dir = std::filesystem::temp_directory_path() / ("steelyard-config-" + std::to_string(::getpid()));
  std::filesystem::create_directory(dir);
  const std::string path = (dir / "a.toml").string(), key = (dir / "member.key").string();
  std::ofstream(path) << "key = \"member.key\"\nother = \"none.key\"\n";
  std::ofstream(key) << "secret";
  ::chmod(key.c_str(), 0640);
  auto file = read_file(path);
  ASSERT_TRUE(file) << file.error().what;
  EXPECT_EQ(file->secret_path("key").error().what,
            path + ":1:7: `key`: " + key + " holds a secret but has mode 0640: run chmod 600 " + key);
  ::chmod(key.c_str(), 0600);
  EXPECT_EQ(*file->secret_path("key"), key);
  EXPECT_EQ(file->secret_path("other").error().what.rfind(path + ":2:9: `other`: ", 0), 0U);
  EXPECT_FALSE(read_file((dir / "none.toml").string()));
  EXPECT_FALSE(read_file(dir.string()));
  std::ofstream(path) << std::string(2 << 20, '#');
  EXPECT_FALSE(read_file(path));
  std::filesystem::remove_all(dir);
}

TEST(Config, TablesOutliveTheFirst) {
  std::optional<Table> source;
  {
    Table file = good();
    source = *file.table("source");
  }
  EXPECT_EQ(*source->text("kind"), "sqlite");
  EXPECT_EQ(source->keys(), (std::vector<std::string>{"kind", "rows_max", "pool"}));
}

}  // namespace
}  // namespace steelyard::config
