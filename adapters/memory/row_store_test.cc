#include "adapters/memory/row_store.h"

#include <gtest/gtest.h>

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;

schemas::Rows rows_of(std::vector<Value> keys, ValueType type, std::vector<std::vector<Value>> others) {
  schemas::Rows rows;
  rows.count = static_cast<std::uint32_t>(keys.size());
  for (auto& values : others) rows.columns.push_back({FieldName("other"), ValueType::kString, std::move(values)});
  rows.columns.push_back({FieldName("key"), type, std::move(keys)});
  return rows;
}

std::vector<RowStore::RowNumber> found(const RowStore& store, const Value& key) {
  std::vector<RowStore::RowNumber> rows{7, 8, 9};  // of another question
  store.find(key, rows);
  return rows;
}

TEST(RowStore, EveryValueComesBackAsItWasPut) {
  const std::vector<std::vector<Value>> columns = {
      {std::string("a"), std::string(), std::string(300, 'x')},
      {true, false, std::monostate{}},
      {std::int64_t{-1}, INT64_MIN, INT64_MAX},
      {0.5, -0.0, std::monostate{}},
      {Bytes{0, 1, 255}, Bytes{}, std::monostate{}},
  };
  const auto rows =
      rows_of({std::string("one"), std::string("two"), std::string("three")}, ValueType::kString, columns);
  const RowStore store(rows, columns.size());
  ASSERT_EQ(store.count(), 3u);
  Value value = std::string("of another question");  // used again for every kind of value
  for (std::uint32_t row = 0; row < 3; ++row)
    for (std::size_t column = 0; column < rows.columns.size(); ++column) {
      store.read(row, column, value);
      EXPECT_EQ(value, rows.columns[column].values[row]) << row << " " << column;
    }
}

TEST(RowStore, RowsWithOneKeyAreFoundInTheirOrder) {
  std::vector<Value> keys;
  for (int i = 0; i < 1'000; ++i) keys.emplace_back("key-" + std::to_string(i % 100));
  const RowStore store(rows_of(keys, ValueType::kString, {}), 0);
  for (std::uint32_t k = 0; k < 100; ++k) {
    const auto rows = found(store, "key-" + std::to_string(k));
    ASSERT_EQ(rows.size(), 10u);
    for (std::uint32_t i = 0; i < 10; ++i) EXPECT_EQ(rows[i], k + 100 * i);
  }
  EXPECT_TRUE(found(store, std::string("key-100")).empty());
}

TEST(RowStore, ANumberIsNoTextAndNullIsNoKey) {
  const std::int64_t number = 0x3837363534333231;  // the octets of "12345678" on this machine
  const RowStore store(rows_of({number, std::monostate{}, std::int64_t{7}}, ValueType::kInt64, {}), 0);
  EXPECT_EQ(found(store, number), std::vector<RowStore::RowNumber>{0});
  EXPECT_EQ(found(store, std::int64_t{7}), std::vector<RowStore::RowNumber>{2});
  EXPECT_TRUE(found(store, std::string("12345678")).empty());
  EXPECT_TRUE(found(store, std::monostate{}).empty());
  EXPECT_TRUE(found(store, std::string()).empty());
}

TEST(RowStore, ItMayBeEmpty) {
  const RowStore store(rows_of({}, ValueType::kString, {}), 0);
  EXPECT_EQ(store.count(), 0u);
  EXPECT_TRUE(found(store, std::string("a")).empty());
}

}  // namespace
}  // namespace steelyard::adapters
