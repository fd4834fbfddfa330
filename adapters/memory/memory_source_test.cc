#include "adapters/memory/memory_source.h"

#include <gtest/gtest.h>

#include "adapters/open_source.h"
#include "adapters/typed_value.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Compare;
using schemas::Value;
using schemas::ValueType;

DatasetMap bench_map(ValueType key) {
  DatasetMap map;
  map.dataset = DatasetId("owner/made-up");
  map.kind = SourceKind::kMemory;
  map.key = FieldName("id");
  map.rows = 500;
  map.seed = 11;
  map.row_bytes = 1024;
  map.fields = {{FieldName("id"), "id", key},
                {FieldName("name"), "name", ValueType::kString},
                {FieldName("born"), "born", ValueType::kDate},
                {FieldName("income"), "income", ValueType::kDecimal},
                {FieldName("note"), "note", ValueType::kString},
                {FieldName("photo"), "photo", ValueType::kBytes},
                {FieldName("score"), "score", ValueType::kDouble},
                {FieldName("seen"), "seen", ValueType::kTimestamp}};
  return map;
}

ReadPlan all_of(const DatasetMap& map, Value key) {
  ReadPlan plan;
  plan.dataset = map.dataset;
  for (const auto& field : map.fields) plan.fields.push_back(field.name);
  plan.parameters = {{map.key, Compare::kEq, {std::move(key)}}};
  return plan;
}

TEST(MemorySource, AReadTakesAsLongAsTheMapSays) {
  SystemClock clock;
  DatasetMap map = bench_map(ValueType::kString);
  map.read_time = milliseconds(20);
  const auto source = open_source(map, clock);
  ASSERT_TRUE(source) << source.error().what;
  const Duration before = clock.monotonic();
  ASSERT_TRUE((*source)->read(all_of(map, generated_key(ValueType::kString, 0))));
  EXPECT_GE(clock.monotonic(), before + milliseconds(20));
}

TEST(MemorySource, EveryMadeUpRowIsFoundByItsKey) {
  SystemClock clock;
  for (const ValueType key : {ValueType::kString, ValueType::kInt64}) {
    const DatasetMap map = bench_map(key);
    const auto source = open_source(map, clock);
    ASSERT_TRUE(source) << source.error().what;
    for (std::uint64_t row = 0; row < map.rows; ++row) {
      auto result = (*source)->read(all_of(map, generated_key(key, row)));
      ASSERT_TRUE(result);
      ASSERT_EQ(result->rows.count, 1u);
      ASSERT_EQ(result->rows.columns[0].values[0], generated_key(key, row));
      std::size_t bytes = 0;
      for (std::size_t f = 0; f < map.fields.size(); ++f) {
        ASSERT_TRUE(fits(map.fields[f].type, result->rows.columns[f].values[0])) << f;
        bytes += encoded_size(result->rows.columns[f].values[0]);
      }
      ASSERT_NEAR(static_cast<double>(bytes), 1024.0, 16.0);
    }
    EXPECT_EQ((*source)->read(all_of(map, generated_key(key, map.rows)))->rows.count, 0u);
  }
}

TEST(MemorySource, OneSeedMakesOneContentAndAnotherSeedAnother) {
  SystemClock clock;
  DatasetMap map = bench_map(ValueType::kString);
  const auto content = [&] {
    ReadPlan plan = all_of(map, Value());
    plan.parameters.clear();
    return MemorySource::generate(map, clock).value()->read(plan)->rows;
  };
  const auto first = content();
  EXPECT_EQ(first, content());
  map.seed = 12;
  EXPECT_NE(first, content());
}

TEST(MemorySource, MoreThanFitsIsRefused) {
  SystemClock clock;
  DatasetMap map = bench_map(ValueType::kString);
  map.rows = 10'000'000;
  const auto source = open_source(map, clock);
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, schemas::code::config);
}

TEST(MemorySource, RowsThatAreNotOfTheMapAreRefused) {
  SystemClock clock;
  const DatasetMap map = bench_map(ValueType::kString);
  schemas::Rows rows;
  for (const auto& field : map.fields) rows.columns.push_back({field.name, field.type, {Value()}});
  rows.count = 1;
  EXPECT_TRUE(MemorySource::of(map, rows, clock));
  rows.columns[2].values[0] = Value(std::string("no date"));
  EXPECT_FALSE(MemorySource::of(map, rows, clock));
  rows.columns[2].values.clear();
  EXPECT_FALSE(MemorySource::of(map, rows, clock));
}

}  // namespace
}  // namespace steelyard::adapters
