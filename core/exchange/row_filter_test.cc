#include "core/exchange/row_filter.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"

namespace steelyard::exchange {
namespace {

using Kind = RowCondition::Kind;
using schemas::CatalogueField;
using schemas::Value;
using schemas::ValueType;

CatalogueField field(const char* name, ValueType type, bool nullable = false) {
  CatalogueField made;
  made.name = FieldName(name);
  made.type = type;
  made.nullable = nullable;
  return made;
}
const std::vector<CatalogueField> kFields = {
    field("division", ValueType::kString),  field("size", ValueType::kInt64, true),
    field("active", ValueType::kBool),      field("born", ValueType::kDate),
    field("seen", ValueType::kTimestamp),   field("income", ValueType::kDecimal),
    field("ratio", ValueType::kDouble),     field("photo", ValueType::kBytes),
    field("moved", ValueType::kDate, true), field("id-number", ValueType::kString)};

std::string error_of(const std::string& text) {
  const auto compiled = RowFilter::compile(text, kFields);
  return compiled ? "" : compiled.error().what;
}
// The filter is over one field, which holds `value`.
bool selects(const std::string& text, const Value& value) {
  const auto compiled = RowFilter::compile(text, kFields);
  if (!compiled || compiled->fields().size() != 1) {
    ADD_FAILURE() << text << (compiled ? ": not one field" : ": " + compiled.error().what);
    return false;
  }
  return compiled->selects(std::vector<Value>{value});
}
std::int64_t us(const char* at) { return instant_from_rfc3339(at)->us; }

TEST(RowFilter, SelectsWhatEvaluatesToTrue) {
  EXPECT_TRUE(selects("context.row.division == \"1101\"", std::string("1101")));
  EXPECT_FALSE(selects("context.row.division == \"1101\"", std::string("1102")));
  EXPECT_TRUE(selects("context.row[\"id-number\"] like \"11*X\"", std::string("110X")));
  EXPECT_TRUE(selects("context.row.active", true));
  EXPECT_FALSE(selects("!context.row.active", true));
  EXPECT_TRUE(selects("[\"a\", \"b\"].contains(context.row.division)", std::string("b")));
  EXPECT_TRUE(selects("context.row has size && 3 < context.row.size", std::int64_t{4}));
}

TEST(RowFilter, WhatErrsSelectsNothing) {
  EXPECT_FALSE(selects("context.row.division == \"1101\"", {}));
  EXPECT_FALSE(selects("!(context.row.division == \"1101\")", {}));
  EXPECT_FALSE(selects("context.row.active || true", {}));
  EXPECT_TRUE(selects("true || context.row.active", {}));
  EXPECT_FALSE(selects("context.row has size && context.row.size == 1", {}));
  EXPECT_TRUE(selects("!(context.row has size && context.row.size == 1)", {}));
}

TEST(RowFilter, DaysAreMidnightsAndInstantsWholeMilliseconds) {
  EXPECT_TRUE(selects("context.row.born < datetime(\"2000-01-01T00:00:01Z\")", std::string("2000-01-01")));
  EXPECT_FALSE(selects("context.row.born < datetime(\"2000-01-01\")", std::string("2000-01-01")));
  EXPECT_TRUE(selects("context.row.seen == datetime(\"2026-11-01T12:00:00.001Z\")", us("2026-11-01T12:00:00.001999Z")));
  EXPECT_FALSE(selects("context.row.seen > datetime(\"2026-11-01T12:00:00.001Z\")", us("2026-11-01T12:00:00.001999Z")));
  EXPECT_TRUE(selects("context.row.seen < datetime(\"1970-01-01\")", std::int64_t{-1}));
}

TEST(RowFilter, WhatMayBeNullIsAskedForFirst) {
  const std::string bare = "context.row.size == 1";
  EXPECT_EQ(error_of(bare),
            "1:1: optional-attribute: attribute `size` is optional in the context of `Action::\"select\"` and may be "
            "missing; ask first whether it is there: `… has size && …`");
  EXPECT_EQ(error_of("context.row has size && " + bare), "");
  EXPECT_EQ(error_of("context has row.size && " + bare), "");
  EXPECT_EQ(error_of("if context.row has size then " + bare + " else false"), "");
  EXPECT_EQ(error_of("(context.row has size && context.row.active) && " + bare), "");
  EXPECT_EQ(error_of("(context.row has size || context.row has size) && " + bare), "");
  EXPECT_NE(error_of("(context.row has size || context.row.active) && " + bare), "");
  EXPECT_NE(error_of("context.row has moved && " + bare), "");
  EXPECT_NE(error_of("!(context.row has size) || " + bare), "");
  EXPECT_NE(error_of("if context.row has size then true else " + bare), "");
  EXPECT_NE(error_of(bare + " && context.row has size"), "");
}

TEST(RowFilter, WhatHasNoCounterpartIsRefusedWithItsPlace) {
  EXPECT_EQ(error_of("context.row.active &&\n principal == principal").rfind("2:2: ", 0), 0u);
  for (const char* one : {"income", "ratio", "photo"})
    EXPECT_NE(error_of(std::string("context.row has ") + one).find("no type of Cedar"), std::string::npos);
  EXPECT_NE(error_of("context.row.income == decimal(\"1.0\")").find("no type of Cedar"), std::string::npos);
  EXPECT_NE(error_of("context.row.nothing == 1").find("no field `nothing`"), std::string::npos);
  EXPECT_NE(error_of("context.row.division == 1").find("type string"), std::string::npos);
  EXPECT_NE(error_of("context.row.division == context.row.born").find("different types"), std::string::npos);
  EXPECT_NE(error_of("context.row.seen == context.row.seen").find("two timestamps"), std::string::npos);
  EXPECT_NE(error_of("context.row.division < \"2\"").find("in no order"), std::string::npos);
  EXPECT_NE(error_of("context.row.division").find("alone only a bool"), std::string::npos);
  EXPECT_NE(error_of("context.row has size && context.row.size + 1 == 2").find("a field of the row"),
            std::string::npos);
  EXPECT_NE(error_of("[datetime(\"2026-01-01\")].contains(context.row.seen)").find("instants"), std::string::npos);
  EXPECT_NE(error_of("[context.row.division].contains(\"a\")").find("a set of constants"), std::string::npos);
  EXPECT_NE(error_of("[1, \"a\"].contains(context.row.division)").find("type string"), std::string::npos);
  EXPECT_NE(error_of("context.row.born.toDate() == datetime(\"2026-01-01\")"), "");
  EXPECT_NE(error_of("context.row.division == \"a\\0\"").find("U+0000"), std::string::npos);
  EXPECT_NE(error_of("context.row.born == datetime(\"0000-01-01\")"), "");
  for (const char* other : {"", "1", "\"x\"", "context", "context.row", "context.now > datetime(\"2026-01-01\")",
                            "context has purpose", "context.purpose == \"x\"", "resource has x", "1 == 1 && 2 == 2",
                            "context.row == context.row", "[context.row.active]", "{a: true}.a"})
    EXPECT_NE(error_of(other), "") << other;
}

TEST(RowFilter, ASetThatHoldsNothingHasNoType) {
  EXPECT_EQ(error_of("[].contains(context.row.division)").substr(0, 14), "1:1: empty-set");
}

TEST(RowFilter, IsBounded) {
  std::string set = "[0";
  for (int i = 1; i <= 600; ++i) set += "," + std::to_string(i);
  EXPECT_NE(error_of("context.row has size && " + set + "].contains(context.row.size)").find("more than 512 tests"),
            std::string::npos);
  // Each level asks the one below twice.
  std::string deep = "context.row.active";
  for (int i = 0; i < 60; ++i) deep = "((" + deep + " || context.row.active) && context.row.active)";
  deep = "!" + deep;
  EXPECT_NE(error_of(deep).find("more than 512 tests"), std::string::npos) << error_of(deep);
  for (std::string nested : {"true", "context has row", "context.row.born == datetime(\"2026-01-01T01:00:00Z\")"}) {
    for (int i = 0; i < 60; ++i) nested = "(if " + nested + " then true else false)";
    EXPECT_NE(error_of(nested).find("more than 512 tests"), std::string::npos) << error_of(nested);
  }
  EXPECT_EQ(error_of("context.row.division like \"" + std::string(64, '*') + "\""), "");
  EXPECT_NE(error_of("context.row.division like \"" + std::string(65, '*') + "\"").find("64 stars"), std::string::npos);
}

TEST(RowFilter, TheConditionIsAndAndOrOverTests) {
  const auto always = RowFilter::compile("true", kFields);
  EXPECT_EQ(always->condition().kind, Kind::kAlways);
  EXPECT_TRUE(always->selects({}));
  EXPECT_EQ(RowFilter::compile("!(context.row has size) && false", kFields)->condition().kind, Kind::kNever);
  EXPECT_EQ(RowFilter::compile("context.row.active && (context.row.active && context.row.active)", kFields)
                ->condition()
                .parts.size(),
            3u);
  EXPECT_EQ(
      RowFilter::compile("[datetime(\"2026-01-01T01:00:00Z\")].contains(context.row.born)", kFields)->condition().kind,
      Kind::kNever);
}

}  // namespace
}  // namespace steelyard::exchange
