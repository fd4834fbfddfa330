// Random filters over random rows: each kind of source selects what the evaluator selects.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <random>

#include "adapters/memory/memory_source.h"
#include "adapters/postgres/postgres_source.h"
#include "adapters/postgres/test_cluster.h"
#include "adapters/sqlite/sqlite_source.h"
#include "adapters/sqlite/test_database.h"
#include "core/base/test_dir.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;

constexpr std::int64_t kNoon = 1'793'534'400'000'000;  // 2026-11-01T12:00:00Z
constexpr std::size_t kRows = 60;

struct Sort {
  const char* name;
  ValueType type;
};
// None is nullable by the catalogue and all hold nulls: whatever looks at one errs.
constexpr Sort kSorts[] = {{"text", ValueType::kString}, {"words", ValueType::kString},  {"count", ValueType::kInt64},
                           {"other", ValueType::kInt64}, {"flag", ValueType::kBool},     {"born", ValueType::kDate},
                           {"died", ValueType::kDate},   {"seen", ValueType::kTimestamp}};

class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  std::size_t below(std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_); }
  bool one_in(std::size_t n) { return below(n) == 0; }
  template <class T>
  const T& of(const std::vector<T>& all) {
    return all[below(all.size())];
  }

 private:
  std::mt19937 random_;
};

const std::vector<std::string> kTexts = {"", "a", "A", "ab", "b", "abc", "a*b", "北京", "京", "a_b%", "O'Hara", "a\\b"};
const std::vector<std::int64_t> kNumbers = {INT64_MIN, -2, -1, 0, 1, 2, 3, INT64_MAX};
const std::vector<std::string> kDays = {"0001-01-01", "1969-12-31", "1970-01-01",
                                        "1999-12-31", "2000-02-29", "9999-12-31"};
const std::vector<std::int64_t> kTimes = {-1'000, -1, 0, 999, 1'000, kNoon - 1, kNoon, kNoon + 999, kNoon + 1'000};

Value random_value(Chance& chance, ValueType type) {
  if (chance.one_in(4)) return {};
  switch (type) {
    case ValueType::kString: return chance.of(kTexts);
    case ValueType::kInt64: return chance.of(kNumbers);
    case ValueType::kBool: return chance.one_in(2);
    case ValueType::kDate: return chance.of(kDays);
    default: return chance.of(kTimes);
  }
}

std::string cedar_text(const std::string& text) {
  std::string made = "\"";
  for (const char c : text) made += c == '\\' ? std::string("\\\\") : std::string(1, c);
  return made + "\"";
}

std::string random_constant(Chance& chance, ValueType type) {
  switch (type) {
    case ValueType::kString: return cedar_text(chance.of(kTexts));
    case ValueType::kInt64: return "(" + std::to_string(chance.of(kNumbers)) + ")";
    case ValueType::kBool: return chance.one_in(2) ? "true" : "false";
    case ValueType::kDate: return "datetime(\"" + chance.of(kDays) + (chance.one_in(3) ? "T06:00:00Z" : "") + "\")";
    default: {
      const auto ms = Instant{chance.of(kTimes) / 1'000 * 1'000};
      return "datetime(\"" + to_rfc3339(ms).substr(0, 23) + "Z\")";
    }
  }
}

std::string random_filter(Chance& chance, int depth) {
  const auto deeper = [&] { return random_filter(chance, depth - 1); };
  if (depth > 0 && !chance.one_in(4)) switch (chance.below(4)) {
      case 0: return "(" + deeper() + " && " + deeper() + (chance.one_in(3) ? " && " + deeper() : "") + ")";
      case 1: return "(" + deeper() + " || " + deeper() + (chance.one_in(3) ? " || " + deeper() : "") + ")";
      case 2: return "!" + deeper();
      default: return "(if " + deeper() + " then " + deeper() + " else " + deeper() + ")";
    }
  const Sort& sort = kSorts[chance.below(std::size(kSorts))];
  const std::string field = std::string("context.row.") + sort.name;
  const bool ordered = sort.type != ValueType::kString && sort.type != ValueType::kBool;
  switch (chance.below(8)) {
    case 0: return std::string("(context.row has ") + sort.name + ")";
    case 1: return chance.one_in(4) ? random_constant(chance, ValueType::kBool) : "context.row.flag";
    case 2: {
      static const std::vector<std::string> kPatterns = {"*",   "a*", "*b",    "a*b", "**", "*a*b*",
                                                         "*京", "ab", "a\\*b", "*'*", "A*", "*_*"};
      return std::string("(context.row.") + (chance.one_in(2) ? "text" : "words") + " like \"" + chance.of(kPatterns) +
             "\")";
    }
    case 3: {
      if (sort.type == ValueType::kTimestamp) break;
      std::string set;
      for (std::size_t i = 1 + chance.below(3); i > 0; --i)  // an empty one is of no type
        set += (set.empty() ? "" : ", ") + random_constant(chance, sort.type);
      return "[" + set + "].contains(" + field + ")";
    }
    case 4: {
      static const std::vector<std::string> kPairs = {"text == context.row.words", "text != context.row.words",
                                                      "count < context.row.other", "born >= context.row.died"};
      return "(context.row." + chance.of(kPairs) + ")";
    }
    default: break;
  }
  static const std::vector<std::string> kCompares = {"==", "!=", "<", "<=", ">", ">="};
  const std::string compare = ordered ? chance.of(kCompares) : kCompares[chance.below(2)];
  const std::string constant = random_constant(chance, sort.type);
  return chance.one_in(2) ? "(" + field + " " + compare + " " + constant + ")"
                          : "(" + constant + " " + compare + " " + field + ")";
}

std::string literal(const Value& value, ValueType type) {
  if (std::holds_alternative<std::monostate>(value)) return "NULL";
  if (type == ValueType::kTimestamp) return "'" + to_rfc3339({std::get<std::int64_t>(value)}) + "'";
  if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "1" : "0";
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return *number == INT64_MIN ? "(-9223372036854775807 - 1)" : std::to_string(*number);
  std::string made = "'";
  for (const char c : std::get<std::string>(value)) made += c == '\'' ? std::string("''") : std::string(1, c);
  return made + "'";
}

class FilterProperty : public ::testing::Test {
 protected:
  void fill(Chance& chance) {
    map_.dataset = DatasetId("owner/filtered");
    map_.key = FieldName("id");
    map_.table = "filtered";
    map_.path = folder_ / "filtered.sqlite";
    map_.fields = {{FieldName("id"), "id", ValueType::kInt64}};
    rows_.columns = {{FieldName("id"), ValueType::kInt64, {}}};
    rows_.count = kRows;
    std::string postgres =
        "DROP SCHEMA IF EXISTS filtered CASCADE; CREATE SCHEMA filtered; CREATE TABLE filtered.filtered (id bigint, "
        "\"te\"\"xt\" text COLLATE nocase, words varchar(20), count bigint, other bigint, flag boolean, born date, "
        "died date, seen timestamptz);";
    std::string sql =
        "CREATE TABLE filtered (id INTEGER, \"te\"\"xt\" TEXT COLLATE NOCASE, words TEXT, count INTEGER, "
        "other INTEGER, flag BOOLEAN, born DATE, died DATE, seen TEXT);";
    for (const Sort& sort : kSorts) {
      const FieldName name(sort.name);
      map_.fields.push_back({name, name.text == "text" ? "te\"xt" : name.text, sort.type});
      rows_.columns.push_back({name, sort.type, {}});
      schemas::CatalogueField field;
      field.name = name;
      field.type = sort.type;
      field.nullable = false;
      offered_.push_back(field);
    }
    for (std::size_t row = 0; row < kRows; ++row) {
      rows_.columns[0].values.emplace_back(static_cast<std::int64_t>(row));
      std::string values = std::to_string(row);
      std::string postgres_values = values;
      for (std::size_t i = 0; i < std::size(kSorts); ++i) {
        auto& column = rows_.columns[i + 1];
        column.values.push_back(random_value(chance, column.type));
        values += ", " + literal(column.values.back(), column.type);
        postgres_values += ", " + literal(column.values.back(), column.type) +
                           (column.type == ValueType::kBool ? "::integer::boolean" : "");
      }
      sql += "INSERT INTO filtered VALUES (" + values + ");";
      postgres += "INSERT INTO filtered.filtered VALUES (" + postgres_values + ");";
    }
    write_database(map_.path, sql);
    test_cluster().write(postgres +
                         "GRANT USAGE ON SCHEMA filtered TO reader; GRANT SELECT ON filtered.filtered TO reader");
  }
  std::unique_ptr<PostgresSource> postgres_source() const {
    DatasetMap map = map_;
    map.kind = SourceKind::kPostgres;
    map.url = test_cluster().url();
    map.schema = "filtered";
    return PostgresSource::make(std::move(map), clock_).value();
  }
  std::vector<std::int64_t> evaluated(const exchange::RowFilter& filter) const {
    std::vector<std::int64_t> ids;
    for (std::size_t row = 0; row < kRows; ++row) {
      std::vector<Value> values;
      for (const auto& field : filter.fields())
        for (const auto& column : rows_.columns)
          if (column.name == field.name) values.push_back(column.values[row]);
      if (filter.selects(values)) ids.push_back(static_cast<std::int64_t>(row));
    }
    return ids;
  }
  static std::vector<std::int64_t> read(RowSource& source, std::shared_ptr<const exchange::RowFilter> filter) {
    ReadPlan plan;
    plan.dataset = source.map().dataset;
    plan.fields = {FieldName("id")};
    plan.filter = std::move(filter);
    plan.timeout = minutes(1);
    const auto result = source.read(plan);
    if (!result) {
      ADD_FAILURE() << result.error().what;
      return {};
    }
    std::vector<std::int64_t> ids;
    for (const Value& value : result->rows.columns[0].values) ids.push_back(std::get<std::int64_t>(value));
    std::sort(ids.begin(), ids.end());
    return ids;
  }

  const TestDir folder_;
  const SystemClock clock_;
  DatasetMap map_;
  schemas::Rows rows_;
  std::vector<schemas::CatalogueField> offered_;
};

TEST_F(FilterProperty, EachSourceSelectsWhatTheEvaluatorSelects) {
  const char* given = std::getenv("STEELYARD_TEST_SEED");
  const unsigned seed = given != nullptr ? static_cast<unsigned>(std::stoul(given)) : std::random_device{}();
  SCOPED_TRACE("STEELYARD_TEST_SEED=" + std::to_string(seed));
  Chance chance(seed);
  fill(chance);
  SqliteSource sqlite(map_, clock_);
  const auto postgres = postgres_source();
  const auto memory = MemorySource::of(map_, rows_, clock_);
  ASSERT_TRUE(memory) << memory.error().what;
  std::size_t compiled = 0, selecting = 0;
  for (int i = 0; i < 2'000; ++i) {
    const std::string text = random_filter(chance, static_cast<int>(chance.below(5)));
    auto filter = exchange::RowFilter::compile(text, offered_);
    if (!filter) {  // only for its size, and for two constants beside each other
      EXPECT_TRUE(filter.error().what.find("512 tests") != std::string::npos) << text << ": " << filter.error().what;
      continue;
    }
    ++compiled;
    const auto shared = std::make_shared<const exchange::RowFilter>(std::move(*filter));
    const auto expected = evaluated(*shared);
    selecting += !expected.empty() && expected.size() < kRows ? 1 : 0;
    ASSERT_EQ(read(sqlite, shared), expected) << text;
    ASSERT_EQ(read(**memory, shared), expected) << text;
    // Its reads go to another process: on a busy machine each takes its time.
    if (i % 4 == 0) {
      ASSERT_EQ(read(*postgres, shared), expected) << text;
    }
  }
  EXPECT_GT(compiled, 1'500u);
  EXPECT_GT(selecting, 500u);  // else it shows little
}

TEST_F(FilterProperty, AFilterHoldsBesideConditionsAndOverFieldsThatAreNotReturned) {
  Chance chance(1);
  fill(chance);
  SqliteSource sqlite(map_, clock_);
  const auto postgres = postgres_source();
  const auto filter = exchange::RowFilter::compile("context.row.flag && context.row.text like \"a*\"", offered_);
  ASSERT_TRUE(filter) << filter.error().what;
  const auto shared = std::make_shared<const exchange::RowFilter>(*filter);
  const auto all = evaluated(*shared);
  ASSERT_FALSE(all.empty());
  ReadPlan plan;
  plan.dataset = map_.dataset;
  plan.fields = {FieldName("words")};
  plan.parameters = {{FieldName("id"), schemas::Compare::kIn, {all.front(), std::int64_t{-1}, std::int64_t{-2}}}};
  plan.filter = shared;
  for (RowSource* source : {static_cast<RowSource*>(&sqlite), static_cast<RowSource*>(postgres.get())}) {
    const auto result = source->read(plan);
    ASSERT_TRUE(result) << result.error().what;
    EXPECT_EQ(result->rows.count, 1u);
    EXPECT_EQ(result->rows.columns.size(), 1u);
  }
}

TEST_F(FilterProperty, AMapThatReadsAFilteredFieldAsSomethingElseIsASourceThatChanged) {
  Chance chance(1);
  fill(chance);
  const auto filter = exchange::RowFilter::compile("context.row.flag", offered_);
  ASSERT_TRUE(filter);
  for (const bool there : {true, false}) {
    DatasetMap map = map_;
    auto at = std::find_if(map.fields.begin(), map.fields.end(), [](const auto& f) { return f.name.text == "flag"; });
    if (there)
      at->type = ValueType::kInt64;
    else
      map.fields.erase(at);
    SqliteSource sqlite(map, clock_);
    ReadPlan plan;
    plan.dataset = map.dataset;
    plan.fields = {FieldName("id")};
    plan.filter = std::make_shared<const exchange::RowFilter>(*filter);
    const auto result = sqlite.read(plan);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, schemas::code::source_changed);
    EXPECT_NE(result.error().what.find("`flag`"), std::string::npos) << result.error().what;
  }
}

}  // namespace
}  // namespace steelyard::adapters
