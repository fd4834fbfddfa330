#include "adapters/postgres/filter.h"

#include <gtest/gtest.h>

#include "core/exchange/row_filter.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;

schemas::CatalogueField field(const char* name, ValueType type, bool nullable) {
  schemas::CatalogueField made;
  made.name = FieldName(name);
  made.type = type;
  made.nullable = nullable;
  return made;
}
const std::vector<schemas::CatalogueField> kFields = {
    field("division", ValueType::kString, false), field("size", ValueType::kInt64, true),
    field("active", ValueType::kBool, false),     field("born", ValueType::kDate, false),
    field("seen", ValueType::kTimestamp, false),
};

SqlCondition printed(const std::string& filter) {
  DatasetMap map;
  for (const auto& one : kFields) map.fields.push_back({one.name, one.name.text, one.type});
  map.fields[0].column = "div\"ision";
  const auto compiled = exchange::RowFilter::compile(filter, kFields);
  if (!compiled) return {compiled.error().what, {}};
  return sql_of(compiled->condition(), map, PostgresDialect());
}

TEST(PostgresFilter, TextIsComparedByItsOctetsAndParametersSayTheirTypes) {
  const SqlCondition made = printed("context.row.division == \"O'Hara\" && context.row.active");
  EXPECT_EQ(made.text, R"((t."div""ision"::text COLLATE "C" = $1::text AND t."active" = $2::boolean))");
  EXPECT_EQ(made.values, (std::vector<Value>{std::string("O'Hara"), true}));
}

TEST(PostgresFilter, WhatMayBeNullIsNotGuessedAt) {
  EXPECT_EQ(printed("!(context.row has size && context.row.size < 3)").text,
            R"((t."size" IS NULL OR t."size" >= $1::bigint))");
  EXPECT_EQ(
      printed("context.row.active || context.row.division == \"x\"").text,
      R"((t."active" = $1::boolean OR (t."active" = $2::boolean AND t."div""ision"::text COLLATE "C" = $3::text)))");
}

TEST(PostgresFilter, PatternsStandForThemselves) {
  const SqlCondition made = printed(R"(context.row.division like "1\*0%_\\*")");
  EXPECT_EQ(made.text, R"((t."div""ision"::text COLLATE "C" LIKE $1::text ESCAPE '\'))");
  EXPECT_EQ(made.values, (std::vector<Value>{std::string(R"(1*0\%\_\\%)")}));
}

TEST(PostgresFilter, DaysAreDatesAndInstantsMicroseconds) {
  const SqlCondition made =
      printed(R"(context.row.born < datetime("2000-01-01") && context.row.seen == datetime("2026-11-01T12:00:00Z"))");
  EXPECT_EQ(made.text,
            "(t.\"born\" < $1::date AND "
            "t.\"seen\" >= (timestamptz '1970-01-01 00:00:00+00' + $2::bigint * interval '1 microsecond') AND "
            "t.\"seen\" < (timestamptz '1970-01-01 00:00:00+00' + $3::bigint * interval '1 microsecond'))");
  EXPECT_EQ(made.values, (std::vector<Value>{std::string("2000-01-01"), std::int64_t{1'793'534'400'000'000},
                                             std::int64_t{1'793'534'400'001'000}}));
}

TEST(PostgresFilter, SetsAreLists) {
  const SqlCondition made = printed("!([1, 2].contains(context.row.size)) || true");
  EXPECT_NE(made.text.find("optional-attribute"), std::string::npos) << made.text;
  EXPECT_EQ(printed("context.row has size && [2, 1].contains(context.row.size)").text,
            R"((t."size" IS NOT NULL AND t."size" IN ($1::bigint, $2::bigint)))");
}

}  // namespace
}  // namespace steelyard::adapters
