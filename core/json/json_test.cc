#include "core/json/json.h"

#include <limits>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace steelyard::json {
namespace {

std::string error_of(std::string_view text, Limits limits = {}) {
  auto value = parse(text, limits);
  return value ? "" : value.error().what;
}

TEST(Json, IntegersOf64BitsAreExact) {
  auto value = parse("[9223372036854775807,-9223372036854775808,0,-0]");
  ASSERT_TRUE(value);
  auto items = *value->as_array();
  EXPECT_EQ(*items->at(0).as_integer(), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(*items->at(1).as_integer(), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*items->at(3).as_integer(), 0);
}

TEST(Json, OtherNumbersKeepTheirText) {
  std::string text = "[0.10,1e3,9223372036854775808,18446744073709551615,123456789012345678901234567890,-1.50E-2]";
  auto value = parse(text);
  ASSERT_TRUE(value) << value.error().what;
  for (const Value& item : **value->as_array()) {
    EXPECT_EQ(item.type(), Type::kNumber);
    EXPECT_FALSE(item.as_integer());
  }
  EXPECT_EQ(dump(*value), text);
  EXPECT_DOUBLE_EQ(*(*value->as_array())->at(0).as_double(), 0.1);
}

TEST(Json, DuplicateKeysAreRefusedByName) {
  EXPECT_NE(error_of(R"({"a":1,"b":{"c":1,"c":2}})").find("`c`"), std::string::npos);
  EXPECT_NE(error_of(R"({"a":1,"\u0061":2})").find("`a`"), std::string::npos) << "escapes are resolved first";
  EXPECT_TRUE(parse(R"({"a":{"x":1},"b":{"x":1}})"));
}

TEST(Json, TextThatIsNotUtf8IsRefused) {
  for (const char* text : {"\"\xff\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xe6\x9d\"", R"("\ud800")"})
    EXPECT_FALSE(parse(text)) << text;
  EXPECT_EQ(*parse("\"\xe6\x9d\x83\"")->as_string(), "权");
}

TEST(Json, NothingMayFollowTheDocument) {
  EXPECT_FALSE(parse("1 2"));
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse("{} // note"));
  EXPECT_FALSE(parse(std::string_view("1\0 garbage", 10)));
}

TEST(Json, DepthIsBounded) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse(nested(64)));
  EXPECT_FALSE(parse(nested(65)));
  EXPECT_FALSE(parse(nested(1'000'000)));
  EXPECT_FALSE(parse(std::string(1'000'000, '[')));
  EXPECT_TRUE(parse("1", {16, 0}));
  EXPECT_FALSE(parse("[]", {16, 0}));
}

TEST(Json, SizeIsBounded) { EXPECT_NE(error_of("[1,2,3]", {6, 4}).find("at most 6"), std::string::npos); }

TEST(Json, ErrorsNameThePlaceAndNotTheContent) {
  std::string error = error_of("{\n  \"person\": \"Zhang San\" oops\n}");
  EXPECT_EQ(error.rfind("2:", 0), 0U) << error;
  EXPECT_EQ(error.find("Zhang"), std::string::npos) << error;
  EXPECT_EQ(error.find("oops"), std::string::npos) << error;
  EXPECT_EQ(error_of("1e999"), "1:5: number beyond the range of a double");
}

TEST(Json, AccessorsSayWhatIsWrong) {
  auto value = parse(R"({"a":"x","n":1.5,"list":[]})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->string_at("b").error().what, "missing key `b`");
  EXPECT_EQ(value->string_at("list").error().what, "key `list`: expected a string, found an array");
  EXPECT_EQ(value->integer_at("n").error().what, "key `n`: expected an integer of 64 signed bits");
  EXPECT_EQ(Value(1).at("a").error().what, "key `a`: expected an object around it, found an integer");
  EXPECT_EQ(*value->string_at("a"), "x");
}

TEST(Json, BuildingKeepsOrderAndWritesBothWays) {
  Value value = object({{"member", MemberId("tax")}, {"rows", 5U}, {"ok", true}, {"none", nullptr}});
  value.set("rows", 6).set("fields", array({"a", "权\n\""}));
  EXPECT_EQ(dump(value), R"({"member":"tax","rows":6,"ok":true,"none":null,"fields":["a","权\n\""]})");
  EXPECT_EQ(dump(object({{"a", array({1, 2})}, {"b", object()}}), 2),
            "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}");
  EXPECT_EQ(dump(Value("\xff")), "\"\xef\xbf\xbd\"");
  EXPECT_EQ(dump(array({Value::real(0.1), Value::real(2.0 / 3, 3), Value::real(0.0 / 0.0)})), "[0.1,0.667,null]");
  EXPECT_EQ(dump(Value(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
}

TEST(Json, NumberTextIsJudged) {
  EXPECT_EQ(dump(*Value::number("12.50")), "12.50");
  for (const char* text : {"", "1 ", "01", "+1", ".5", "1.", "NaN", "\"1\"", "1,2"}) EXPECT_FALSE(Value::number(text));
}

TEST(Json, EqualityIgnoresTheOrderOfMembers) {
  EXPECT_EQ(*parse(R"({"a":1,"b":2})"), *parse(R"({"b":2,"a":1})"));
  EXPECT_FALSE(*parse(R"({"a":1,"b":2})") == *parse(R"({"a":1,"c":2})"));
  EXPECT_FALSE(*parse("[1,2]") == *parse("[2,1]"));
}

Value any_value(int depth) {
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0: return Value();
    case 1: return Value(*rc::gen::arbitrary<bool>());
    case 2: return Value(*rc::gen::arbitrary<std::int64_t>());
    case 3: return Value(*rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)));
    case 4: {
      Value items = array();
      for (int n = *rc::gen::inRange(0, 4); n > 0; --n) items.push(any_value(depth - 1));
      return items;
    }
    default: {
      Value members = object();
      for (int n = *rc::gen::inRange(0, 4); n > 0; --n)
        members.set(*rc::gen::container<std::string>(rc::gen::inRange<char>(0, 127)), any_value(depth - 1));
      return members;
    }
  }
}

RC_GTEST_PROP(Json, WhatIsWrittenReadsBackTheSame, ()) {
  Value value = any_value(4);
  for (int indent : {-1, 0, 2}) {
    auto back = parse(dump(value, indent));
    RC_ASSERT(back.has_value());
    RC_ASSERT(*back == value);
  }
}

RC_GTEST_PROP(Json, AnyOctetsAreReadOrRefused, (const std::string& text)) {
  auto value = parse(text);
  if (value) RC_ASSERT(parse(dump(*value)).has_value());
}

}  // namespace
}  // namespace steelyard::json
