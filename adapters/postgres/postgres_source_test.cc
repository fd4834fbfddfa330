#include "adapters/postgres/postgres_source.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "adapters/postgres/test_cluster.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Compare;
using schemas::Value;
using schemas::ValueType;
namespace code = schemas::code;

const char* const kPeople =
    "DROP SCHEMA IF EXISTS register CASCADE; CREATE SCHEMA register; GRANT USAGE ON SCHEMA register TO reader;"
    "ALTER DEFAULT PRIVILEGES IN SCHEMA register GRANT SELECT ON TABLES TO reader; SET search_path = register;"
    "CREATE TABLE people (id text PRIMARY KEY, name varchar(20), phone text, age integer, updated_at timestamptz);"
    "INSERT INTO people VALUES ('1', '王芳', '140', 30, '2026-03-01T08:00:00+08'), "
    "('2', '李伟', NULL, 41, '2025-03-01 08:30:00Z'), ('3', '张敏', '142', 52, NULL);"
    "CREATE TABLE metadata (key text, value text);"
    "INSERT INTO metadata VALUES ('loaded_at', '2026-11-01T18:30:00Z')";

class Postgres : public testing::Test {
 protected:
  Postgres() {
    map_.kind = SourceKind::kPostgres;
    map_.dataset = DatasetId("owner/people");
    map_.key = FieldName("id");
    map_.url = test_cluster().url();
    map_.schema = "register";
    map_.table = "people";
    map_.fields = {{FieldName("id"), "id", ValueType::kString},
                   {FieldName("name"), "name", ValueType::kString},
                   {FieldName("phone"), "phone", ValueType::kString},
                   {FieldName("age"), "age", ValueType::kInt64}};
    test_cluster().write(kPeople);
  }

  static void write(const std::string& sql) { test_cluster().write("SET search_path = register;" + sql); }

  static ReadPlan plan(std::vector<const char*> fields, const char* id = nullptr) {
    ReadPlan plan;
    plan.dataset = DatasetId("owner/people");
    for (const char* field : fields) plan.fields.emplace_back(field);
    if (id != nullptr) plan.parameters = {{FieldName("id"), Compare::kEq, {Value(std::string(id))}}};
    plan.timeout = seconds(20);  // a busy machine; where time matters a test says its own
    return plan;
  }

  PostgresSource& source() {
    if (!source_) source_ = PostgresSource::make(map_, clock_).value();
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

  // A column `v` of that type and value, published as `wanted`.
  void publish(const std::string& type, const std::string& literal, ValueType wanted) {
    source_.reset();
    write("DROP TABLE IF EXISTS cell; CREATE TABLE cell (id text, v " + type + "); INSERT INTO cell VALUES ('1', " +
          literal + ")");
    map_.table = "cell";
    map_.fields = {{FieldName("id"), "id", ValueType::kString}, {FieldName("v"), "v", wanted}};
  }

  Value value_of(const std::string& type, const std::string& literal, ValueType wanted) {
    publish(type, literal, wanted);
    auto result = source().read(plan({"v"}));
    EXPECT_TRUE(result) << type << " " << literal << ": " << (result ? "" : result.error().what);
    return result ? result->rows.columns.at(0).values.at(0) : Value();
  }

  SystemClock clock_;
  DatasetMap map_;
  std::unique_ptr<PostgresSource> source_;
};

TEST_F(Postgres, AChangedValueShowsInTheNextAnswer) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  write("UPDATE people SET name = '王方' WHERE id = '1'");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王方");
}

TEST_F(Postgres, AServerThatIsAwayIsUnavailableAndBackAgainWorks) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  test_cluster().stop();
  expect_error(plan({"name"}, "1"), code::owner_unavailable, "owner/people");
  source_.reset();
  expect_error(plan({"name"}, "1"), code::owner_unavailable, "database `postgres`");
  test_cluster().start();
  std::this_thread::sleep_for(std::chrono::milliseconds(500));  // four times what the attempt took
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Postgres, AServerStartedAnewIsNotNoticed) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  test_cluster().stop();
  test_cluster().start();
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Postgres, AServerThatHangsHoldsNobodyPastTheDeadline) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  ReadPlan wanted = plan({"name"}, "1");
  wanted.timeout = milliseconds(200);
  test_cluster().freeze(true);
  const Duration start = clock_.monotonic();
  auto hung = source().read(wanted);
  auto unconnected = source().read(wanted);
  auto paused = source().read(wanted);
  const Duration took = clock_.monotonic() - start;
  test_cluster().freeze(false);
  ASSERT_FALSE(hung);
  EXPECT_EQ(hung.error().code, code::source_timeout) << hung.error().what;
  ASSERT_FALSE(unconnected);
  EXPECT_EQ(unconnected.error().code, code::owner_unavailable) << unconnected.error().what;
  EXPECT_FALSE(paused);
  EXPECT_LT(took, seconds(2));
  std::this_thread::sleep_for(std::chrono::seconds(1));
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Postgres, ALockedTableIsUnavailableUntilItIsFree) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  auto lock = test_cluster().hold("LOCK TABLE register.people IN ACCESS EXCLUSIVE MODE");
  ReadPlan wanted = plan({"name"}, "1");
  wanted.timeout = seconds(1);
  expect_error(wanted, code::owner_unavailable, "lock timeout");
  lock.reset();
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
}

TEST_F(Postgres, AStatementThatNeverEndsIsStopped) {
  map_.table.clear();
  map_.sql = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT 1 FROM n) SELECT id::text AS id FROM n WHERE id < 0";
  map_.fields = {{FieldName("id"), "id", ValueType::kString}};
  ReadPlan wanted = plan({"id"});
  wanted.timeout = milliseconds(300);
  const Duration start = clock_.monotonic();
  expect_error(wanted, code::source_timeout, "owner/people");
  EXPECT_LT(clock_.monotonic(), start + seconds(2));
  for (int tries = 0; tries < 100 && test_cluster().text("SELECT count(*) FROM pg_stat_activity WHERE usename = "
                                                         "'reader' AND state = 'active'") != "0";
       ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(test_cluster().text("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active'"),
            "0");
}

TEST_F(Postgres, ARenamedColumnRefusesItsFieldAndNoOther) {
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

TEST_F(Postgres, ARetypedColumnRefusesItsFieldAndNoOther) {
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  write("ALTER TABLE people ALTER COLUMN age TYPE numeric");
  expect_error(plan({"age"}, "1"), code::source_changed, "`age` is of type numeric");
  ReadPlan tested = plan({"name"}, "1");
  tested.parameters.push_back({FieldName("age"), Compare::kGt, {Value(std::int64_t{1})}});
  expect_error(tested, code::source_changed, "`age` is of type numeric");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  write("ALTER TABLE people ALTER COLUMN age TYPE bigint");
  EXPECT_EQ(text_of(tested), "王芳");
  write("ALTER TABLE people ALTER COLUMN name TYPE xml USING NULL");
  expect_error(plan({"name"}, "1"), code::source_changed, "field `name`");
}

TEST_F(Postgres, AMissingTableIsSaidOnceForAll) {
  write("DROP TABLE people");
  expect_error(plan({"name"}, "1"), code::source_changed, "\"register.people\" does not exist");
}

TEST_F(Postgres, AColumnThatMayNotBeReadIsRefusedByName) {
  write("REVOKE SELECT ON people FROM reader; GRANT SELECT (id, name) ON people TO reader");
  EXPECT_EQ(text_of(plan({"name"}, "1")), "王芳");
  expect_error(plan({"phone"}, "1"), code::source_changed, "`phone` cannot be read");
}

TEST_F(Postgres, AsOfComesFromTheMetadata) {
  map_.as_of.query = "SELECT value FROM metadata WHERE key = 'loaded_at'";
  auto result = source().read(plan({"name"}, "1"));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->as_of, *instant_from_rfc3339("2026-11-01T18:30:00Z"));
  write("DELETE FROM metadata");
  result = source().read(plan({"name"}, "1"));
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->as_of);
  write("INSERT INTO metadata VALUES ('loaded_at', 'yesterday')");
  expect_error(plan({"name"}, "1"), code::source_changed, "as-of");
  write("DROP TABLE metadata");
  expect_error(plan({"name"}, "1"), code::source_changed, "\"metadata\" does not exist");
}

TEST_F(Postgres, AsOfByColumnIsTheOldestOfTheRowsReturned) {
  map_.as_of.column = "updated_at";
  auto all = source().read(plan({"name"}));
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->as_of, *instant_from_rfc3339("2025-03-01T08:30:00Z"));
  EXPECT_EQ(source().read(plan({"name"}, "1"))->as_of, *instant_from_rfc3339("2026-03-01T00:00:00Z"));
  EXPECT_FALSE(source().read(plan({"name"}, "3"))->as_of) << "null says nothing";
  write("ALTER TABLE people RENAME COLUMN updated_at TO changed_at");
  expect_error(plan({"name"}, "1"), code::source_changed, "updated_at");
}

TEST_F(Postgres, AMapCannotWrite) {
  write("GRANT ALL ON ALL TABLES IN SCHEMA register TO reader");
  for (const char* sql :
       {"DELETE FROM register.people RETURNING id", "WITH gone AS (DELETE FROM people RETURNING id) SELECT * FROM gone",
        "SELECT 1; DELETE FROM people", "COMMIT"}) {
    map_.as_of.query = sql;
    source_.reset();
    EXPECT_FALSE(source().read(plan({"name"}, "1"))) << sql;
  }
  map_.as_of.query.clear();
  map_.table.clear();
  for (const char* sql : {"SELECT id FROM people) AS t; DELETE FROM people --", "DELETE FROM people RETURNING id"}) {
    map_.sql = sql;
    source_.reset();
    EXPECT_FALSE(source().read(plan({"id"}))) << sql;
  }
  EXPECT_EQ(test_cluster().text("SELECT count(*) FROM register.people"), "3");
}

TEST_F(Postgres, ASelectMayStandInPlaceOfATable) {
  map_.table.clear();
  map_.sql = "SELECT id, name, phone, age FROM people WHERE age < 50 -- the young";
  auto result = source().read(plan({"name"}));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_EQ(result->rows.count, 2u);
}

TEST_F(Postgres, NamesWithQuotesAndInChineseAreQuoted) {
  write("CREATE TABLE \"we\"\"ird 表\" (\"身份\"\"证\" text); INSERT INTO \"we\"\"ird 表\" VALUES ('x')");
  map_.table = "we\"ird 表";
  map_.fields = {{FieldName("id"), "身份\"证", ValueType::kString}};
  EXPECT_EQ(text_of(plan({"id"}, "x")), "x");
}

TEST_F(Postgres, EveryTypeOfColumnIsReadExactly) {
  const auto number = [](std::int64_t n) { return Value(n); };
  const auto text = [](const char* s) { return Value(std::string(s)); };
  EXPECT_EQ(value_of("smallint", "-32768", ValueType::kInt64), number(-32768));
  EXPECT_EQ(value_of("bigint", "-9223372036854775808", ValueType::kInt64), number(INT64_MIN));
  EXPECT_EQ(value_of("integer", "7", ValueType::kDouble), Value(7.0));
  EXPECT_EQ(value_of("bigint", "9007199254740993", ValueType::kDecimal), text("9007199254740993"));
  EXPECT_EQ(value_of("real", "0.1", ValueType::kDouble), Value(static_cast<double>(0.1F)));
  EXPECT_EQ(value_of("double precision", "0.1", ValueType::kDouble), Value(0.1));
  EXPECT_EQ(value_of("double precision", "5e-324", ValueType::kDouble), Value(5e-324));
  EXPECT_EQ(value_of("numeric(12,4)", "-0.5", ValueType::kDecimal), text("-0.5000"));
  EXPECT_EQ(value_of("numeric", "1e30", ValueType::kDecimal), text("1000000000000000000000000000000"));
  EXPECT_EQ(value_of("char(6)", "'ab'", ValueType::kString), text("ab"));
  EXPECT_EQ(value_of("date", "'0001-01-01'", ValueType::kDate), text("0001-01-01"));
  EXPECT_EQ(value_of("timestamp", "'2026-11-01 12:00:00.000001'", ValueType::kTimestamp),
            number(instant_from_rfc3339("2026-11-01T12:00:00.000001Z")->us));
  EXPECT_EQ(value_of("timestamptz", "'2026-11-01 12:00:00.5+08'", ValueType::kTimestamp),
            number(instant_from_rfc3339("2026-11-01T04:00:00.5Z")->us));
  EXPECT_EQ(value_of("date", "'2026-11-01'", ValueType::kTimestamp),
            number(instant_from_rfc3339("2026-11-01T00:00:00Z")->us));
}

TEST_F(Postgres, WhatHasNoExactCounterpartIsRefused) {
  const std::tuple<const char*, const char*, ValueType> cells[] = {
      {"numeric", "'NaN'", ValueType::kDecimal},
      {"numeric", "'Infinity'", ValueType::kDecimal},
      {"numeric", "'1e200'", ValueType::kDecimal},
      {"double precision", "'NaN'", ValueType::kDouble},
      {"date", "'infinity'", ValueType::kDate},
      {"date", "'0044-03-15 BC'", ValueType::kDate},
      {"date", "'10000-01-01'", ValueType::kDate},
      {"timestamptz", "'-infinity'", ValueType::kTimestamp},
      {"timestamp", "'10000-01-01 00:00:00'", ValueType::kTimestamp},
      {"timestamp", "'0044-03-15 12:00:00 BC'", ValueType::kTimestamp},
      {"integer", "1", ValueType::kBool},
      {"numeric", "1", ValueType::kInt64},
      {"bigint", "1", ValueType::kDouble},
      {"text", "'2026-01-01'", ValueType::kDate},
      {"uuid", "'00000000-0000-0000-0000-000000000000'", ValueType::kString},
      {"integer[]", "'{1}'", ValueType::kInt64}};
  for (const auto& [type, literal, wanted] : cells) {
    publish(type, literal, wanted);
    auto result = source().read(plan({"v"}));
    ASSERT_FALSE(result) << type << " " << literal;
    EXPECT_EQ(result.error().code, code::source_changed) << type << " " << literal << ": " << result.error().what;
    EXPECT_NE(result.error().what.find("field `v`"), std::string::npos) << result.error().what;
    EXPECT_EQ(text_of(plan({"id"})), "1") << "other fields go on";
  }
}

TEST_F(Postgres, ATestedValueThatHasNoOrderHereIsRefusedNotFound) {
  publish("numeric", "'NaN'", ValueType::kDecimal);
  ReadPlan wanted = plan({"id"});
  wanted.parameters = {{FieldName("v"), Compare::kGt, {Value(std::string("1"))}}};
  expect_error(wanted, code::source_changed, "field `v`");
}

TEST_F(Postgres, BlanksThatFillACharAreNotOfItsValue) {
  publish("char(6)", "'ab'", ValueType::kString);
  ReadPlan wanted = plan({"id"});
  const auto found = [&](Compare compare, const char* text) {
    wanted.parameters = {{FieldName("v"), compare, {Value(std::string(text))}}};
    return text_of(wanted);
  };
  EXPECT_EQ(found(Compare::kEq, "ab"), "1");
  EXPECT_EQ(found(Compare::kEq, "ab "), "0 rows");
  EXPECT_EQ(found(Compare::kNe, "ab "), "1");
}

TEST_F(Postgres, AnErrorNeverQuotesAValue) {
  map_.table.clear();
  map_.sql = "SELECT id, (name || phone)::integer::text AS name FROM people";
  map_.fields.resize(2);
  auto result = source().read(plan({"name"}));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, code::source_changed);
  EXPECT_EQ(result.error().what.find("王芳"), std::string::npos) << result.error().what;
}

TEST_F(Postgres, AnIndexServesEqualityWhateverTheColumnsCollation) {
  write(
      "CREATE TABLE many (id text COLLATE public.nocase PRIMARY KEY); INSERT INTO many SELECT 'k' || n FROM "
      "generate_series(1, 20000) AS n; ANALYZE many");
  map_.table = "many";
  map_.fields = {{FieldName("id"), "id", ValueType::kString}};
  const ReadPlan wanted = plan({"id"}, "k77");
  EXPECT_EQ(text_of(wanted), "k77");
  EXPECT_EQ(text_of(plan({"id"}, "K77")), "0 rows");
  const auto select = postgres::select_of(map_, wanted, postgres::outputs_of(map_, wanted), {}, 2);
  std::string literal = select.sql;
  for (std::size_t at = 0; (at = literal.find("$1", at)) != std::string::npos;) literal.replace(at, 2, "'k77'");
  literal.replace(literal.find("$2"), 2, "2");
  EXPECT_NE(test_cluster().text("EXPLAIN " + literal).find("many_pkey"), std::string::npos);
}

TEST_F(Postgres, ACappedAnswerOfLargeRowsIsCutShortAndTheNextReadWorks) {
  publish("text", "repeat('x', 300000)", ValueType::kString);
  write("INSERT INTO cell SELECT n::text, repeat('y', 900000) FROM generate_series(2, 40) AS n");
  auto result = source().read(plan({"v"}));
  ASSERT_TRUE(result) << result.error().what;
  EXPECT_TRUE(result->capped);
  EXPECT_EQ(result->rows.count, 1u);
  EXPECT_EQ(text_of(plan({"id"}, "7")), "7");
}

TEST(PostgresUrl, SaysWhatItMayName) {
  const std::pair<const char*, const char*> wrong[] = {
      {"mysql://reader@/x", "postgresql://"},
      {"postgresql://reader:secret@127.0.0.1/x", "passfile"},
      {"postgresql://reader@127.0.0.1/x?password=secret", "passfile"},
      {"postgresql://127.0.0.1/x", "no user"},
      {"postgresql://reader@127.0.0.1", "no database"},
      {"postgresql://reader@/x", "no host"},
      {"postgresql://reader@127.0.0.1,10.0.0.1/x", "one host"},
      {"postgresql://reader@db.tax.gov/x", "hostaddr"},
      {"postgresql://reader@10.1.0.9/x?sslmode=require", "verify-full"},
      {"postgresql://reader@10.1.0.9/x?sslmode=disable", "verify-full"},
      {"postgresql://reader@10.1.0.9/x", "sslrootcert"},
      {"postgresql://reader@localhost/x?hostaddr=10.1.0.9", "sslrootcert"},
      {"postgresql://reader@localhost/x?hostaddr=10.1.0.9&sslmode=prefer", "verify-full"},
      {"postgresql://reader@/x?host=/run&options=-cdefault_transaction_read_only%3Doff", "options"},
      {"postgresql://reader@/x?host=/run&service=other", "service"}};
  for (const auto& [url, word] : wrong) {
    const auto parsed = parse_postgres_url(url, "");
    ASSERT_FALSE(parsed) << url;
    EXPECT_NE(parsed.error().what.find(word), std::string::npos) << url << ": " << parsed.error().what;
    EXPECT_EQ(parsed.error().what.find("secret"), std::string::npos) << parsed.error().what;
  }
  for (const char* url :
       {"postgresql://reader@/x?host=/run/postgresql", "postgres://reader@127.0.0.1:5433/x",
        "postgresql://reader@[::1]/x", "postgresql://reader@localhost/x",
        "postgresql://reader@db.tax.gov/x?hostaddr=10.1.0.9&sslmode=verify-full&sslrootcert=/etc/ca.pem"})
    EXPECT_TRUE(parse_postgres_url(url, "")) << url;
}

}  // namespace
}  // namespace steelyard::adapters
