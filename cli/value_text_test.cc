#include "cli/value_text.h"

#include <gtest/gtest.h>

#include "core/client/value_json.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

using schemas::Compare;
using schemas::ValueType;

std::optional<ValueType> type_of(const FieldName& name) {
  if (name.text == "age") return ValueType::kInt64;
  if (name.text == "born") return ValueType::kDate;
  if (name.text == "name") return ValueType::kString;
  if (name.text == "income") return ValueType::kDecimal;
  if (name.text == "updated_at") return ValueType::kTimestamp;
  return {};
}

TEST(Condition, TakesItsTypeFromTheCatalogue) {
  const auto number = parse_condition("age=42", type_of);
  ASSERT_TRUE(number.has_value()) << number.error().what;
  EXPECT_EQ(number->field.text, "age");
  EXPECT_EQ(number->compare, Compare::kEq);
  EXPECT_EQ(number->values, std::vector<schemas::Value>{schemas::Value(std::int64_t{42})});
  const auto text = parse_condition("name=42", type_of);
  ASSERT_TRUE(text.has_value());
  EXPECT_EQ(text->values, std::vector<schemas::Value>{schemas::Value(std::string("42"))});
}

TEST(Condition, ReadsLongerOperatorsFirst) {
  const std::pair<const char*, Compare> cases[] = {{"age<=1", Compare::kLe}, {"age<1", Compare::kLt},
                                                   {"age>=1", Compare::kGe}, {"age>1", Compare::kGt},
                                                   {"age!=1", Compare::kNe}, {"age = 1", Compare::kEq}};
  for (const auto& [text, compare] : cases) {
    const auto read = parse_condition(text, type_of);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(read->compare, compare) << text;
  }
}

// The owner would have refused both as malformed, without a word about why.
TEST(Condition, ThatNoRequestCanHoldIsRefused) {
  std::string many = "name in 1";
  for (int i = 2; i <= 256; ++i) many += "," + std::to_string(i);
  EXPECT_EQ(parse_condition(many, type_of)->values.size(), 256u);
  EXPECT_NE(parse_condition(many + ",257", type_of).error().what.find("at most 256 values"), std::string::npos);
  EXPECT_NE(parse_condition("name=\xff", type_of).error().what.find("UTF-8"), std::string::npos);
}

TEST(Condition, KeepsEverythingAfterTheFirstOperator) {
  const auto read = parse_condition("name=a=b<c", type_of);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(std::get<std::string>(read->values.front()), "a=b<c");
}

TEST(Condition, ReadsListsWithAndWithoutParentheses) {
  for (const char* text : {"name in a, b,c", "name in (a,b, c)"}) {
    const auto read = parse_condition(text, type_of);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(read->compare, Compare::kIn);
    ASSERT_EQ(read->values.size(), 3U);
    EXPECT_EQ(std::get<std::string>(read->values[1]), "b");
  }
}

TEST(Condition, RefusesWhatItCannotReadWithTheUsageCode) {
  for (const char* text : {"", "age", "=5", "weight=5", "age=old", "born=2026-13-40", "born=yesterday", "income=1.",
                           "name in ()", "updated_at=noon", "Age=1"}) {
    const auto read = parse_condition(text, type_of);
    ASSERT_FALSE(read.has_value()) << text;
    EXPECT_EQ(schemas::exit_code_of(read.error()), 2) << text;
  }
}

TEST(Condition, ErrorsDoNotRepeatTheValue) {
  const auto read = parse_condition("age=110101199003070038x", type_of);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().what.find("110101"), std::string::npos) << read.error().what;
}

TEST(Value, GoesToTextAndBack) {
  const std::pair<ValueType, const char*> cases[] = {
      {ValueType::kBool, "true"},       {ValueType::kInt64, "-9223372036854775808"},
      {ValueType::kDecimal, "-12.50"},  {ValueType::kString, "海淀区"},
      {ValueType::kDate, "2026-11-23"}, {ValueType::kBytes, "AAEC"}};
  for (const auto& [type, text] : cases) {
    const auto value = parse_value(text, type);
    ASSERT_TRUE(value.has_value()) << text;
    const json::Value shown = client::to_json(*value, type);
    EXPECT_EQ(shown.is_string() ? std::string(*shown.as_string()) : json::dump(shown), text);
  }
  const auto time = parse_value("2026-11-23T09:42:28Z", ValueType::kTimestamp);
  ASSERT_TRUE(time.has_value());
  EXPECT_EQ(std::string(*client::to_json(*time, ValueType::kTimestamp).as_string()).substr(0, 19), "2026-11-23T09:42:28");
}

TEST(Value, NullIsNullWhateverTheType) { EXPECT_TRUE(client::to_json({}, ValueType::kDate).is_null()); }

TEST(Durations, HaveAUnit) {
  EXPECT_EQ(parse_duration("250ms")->us, 250'000);
  EXPECT_EQ(parse_duration("5m")->us, 300'000'000);
  for (const char* text : {"", "5", "s", "-5s", "5h5", "99999999999s"}) EXPECT_FALSE(parse_duration(text)) << text;
}

}  // namespace
}  // namespace steelyard::cli
