#include "adapters/claims.h"

#include <gtest/gtest.h>

#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using exchange::Truth;
using schemas::Compare;
using schemas::Parameter;
using schemas::Value;
using schemas::ValueType;

Parameter about(const char* field, Compare compare, std::vector<Value> values) {
  return {FieldName(field), compare, std::move(values)};
}
Value text(const char* of) { return std::string(of); }

schemas::Rows record(std::uint32_t count = 1) {
  schemas::Rows rows;
  rows.count = count;
  rows.columns = {{FieldName("id_number"), ValueType::kString, std::vector<Value>(count, text("1"))},
                  {FieldName("name"), ValueType::kString, std::vector<Value>(count, text("李四"))},
                  {FieldName("income"), ValueType::kDecimal, std::vector<Value>(count, text("1200.50"))},
                  {FieldName("spouse"), ValueType::kString, std::vector<Value>(count, Value())}};
  return rows;
}
std::string truths(std::vector<Parameter> claims, const schemas::Rows& rows = record(), const char* key = "1") {
  const Claims asked{
      {about("id_number", Compare::kEq, {text(key)})}, std::move(claims), FieldName("id_number"), text(key)};
  std::string all;
  for (const Truth truth : hold_against(asked, rows)) all += std::string(name_of(truth)) + " ";
  return all;
}

TEST(Claims, AreTrueOrFalseOfTheRecord) {
  EXPECT_EQ(truths({about("name", Compare::kEq, {text("李四")}), about("name", Compare::kEq, {text("李")}),
                    about("income", Compare::kGe, {text("1200.5")}), about("income", Compare::kGt, {text("1200.50")}),
                    about("name", Compare::kIn, {text("x"), text("李四")}), about("name", Compare::kNe, {text("x")})}),
            "true false true false true true ");
}

TEST(Claims, WhatCannotBeToldIsUnknownAndLooksAlike) {
  const std::vector<Parameter> claim = {about("name", Compare::kEq, {text("李四")})};
  EXPECT_EQ(truths(claim, record(0)), "unknown ");
  EXPECT_EQ(truths(claim, record(2)), "unknown ");
  EXPECT_EQ(truths(claim, record(), "1.0"), "unknown ");  // a source that finds it would let it be counted apart
  EXPECT_EQ(truths({about("spouse", Compare::kEq, {text("x")})}), "unknown ");
  EXPECT_EQ(truths({about("spouse", Compare::kNe, {text("x")})}), "unknown ");
  EXPECT_EQ(truths({about("name", Compare::kEq, {Value(std::int64_t{4})})}), "unknown ");
  EXPECT_EQ(truths({about("income", Compare::kEq, {text("much")})}), "unknown ");
  EXPECT_EQ(truths({about("name", Compare::kEq, {Value()})}), "unknown ");
  EXPECT_EQ(truths({about("name", Compare::kIn, {})}), "unknown ");
}

TEST(Claims, StandApartFromTheKeyThatSelectsTheRecord) {
  DatasetMap map;
  map.key = FieldName("id_number");
  schemas::Request request;
  request.fields = {FieldName("name"), FieldName("income")};
  request.conditions = {FieldName("id_number")};
  const auto made = claims_of(request,
                              {about("name", Compare::kEq, {text("a")}), about("id_number", Compare::kEq, {text("1")}),
                               about("income", Compare::kGe, {text("1")}), about("income", Compare::kLe, {text("2")}),
                               about("name", Compare::kIn, {text("a"), text("b"), text("c")})},
                              map);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->keys.size(), 1u);
  EXPECT_EQ(made->claims.size(), 4u);
  EXPECT_EQ(made->asked_key, text("1"));
  EXPECT_EQ(made->attempts(), 6u);  // a range is one for each bound
}

TEST(Claims, AConditionBesideTheKeyIsAGuessToo) {
  DatasetMap map;
  map.key = FieldName("id_number");
  schemas::Request request;
  request.fields = {FieldName("name")};
  const Parameter key = about("id_number", Compare::kEq, {text("1")});
  const auto made = claims_of(
      request, {key, about("division", Compare::kEq, {text("1")}), about("name", Compare::kNe, {text("a")})}, map);
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_EQ(made->attempts(), 2u);
  EXPECT_FALSE(claims_of(request, {key, key, about("name", Compare::kNe, {text("a")})}, map));  // counted for which?
}

TEST(Claims, TheRecordIsSelectedByItsKeyAlone) {
  DatasetMap map;
  map.key = FieldName("id_number");
  schemas::Request request;
  request.fields = {FieldName("name")};
  request.conditions = {FieldName("id_number")};
  const Parameter claim = about("name", Compare::kEq, {text("a")});
  for (const Parameter& key :
       {about("id_number", Compare::kEq, {}), about("id_number", Compare::kGe, {text("1")}),
        about("id_number", Compare::kIn, {text("1")}), about("division", Compare::kEq, {text("1")})}) {
    const auto made = claims_of(request, {claim, key}, map);
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code, schemas::code::parameter_type);
  }
}

}  // namespace
}  // namespace steelyard::adapters
