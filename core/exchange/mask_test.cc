#include "core/exchange/mask.h"

#include <gtest/gtest.h>

#include "core/base/time.h"

namespace steelyard::exchange {
namespace {

using schemas::Value;
using schemas::ValueType;

const Digest kKey = mask_key(as_bytes("secret"), AgreementId("tax-household"), {}, {});

Value masked(std::string_view name, ValueType type, const Value& value, const Digest& key = kKey) {
  const auto rule = mask_named(name);
  if (!rule) return std::string("no such mask");
  return rule->apply(type, value, key);
}
std::string text(std::string_view name, const std::string& value) {
  const Value shown = masked(name, ValueType::kString, value);
  const auto* kept = std::get_if<std::string>(&shown);
  return kept != nullptr ? *kept : "(null)";
}

TEST(Mask, KeepsCharactersAndNeverCutsOne) {
  EXPECT_EQ(text("keep-first-1", "张三丰"), "张*");
  EXPECT_EQ(text("keep-last-1", "张三丰"), "*丰");
  EXPECT_EQ(text("keep-first-2", "𠮷野家"), "𠮷野*");  // four octets, then three
  EXPECT_EQ(text("keep-last-4", "110101199003070038"), "*0038");
  EXPECT_EQ(text("keep-first-3", "13800138000"), "138*");
}

TEST(Mask, HidesSomethingOfEveryValueAndNotHowMuch) {
  for (const char* name : {"keep-first-2", "keep-last-2"})
    for (const char* value : {"", "李", "李四"}) EXPECT_EQ(text(name, value), "*") << name << " " << value;
  EXPECT_EQ(text("keep-first-1", "欧阳"), text("keep-first-1", "欧阳娜娜"));
}

TEST(Mask, WhatIsNoUtf8IsHiddenWhole) {
  EXPECT_EQ(text("keep-first-1", "\xE5\xBC"), "(null)");
  EXPECT_EQ(text("keep-last-1", "ab\xFF"), "(null)");
}

TEST(Mask, YearIsTheFirstOfJanuary) {
  EXPECT_EQ(std::get<std::string>(masked("year", ValueType::kDate, std::string("1990-03-07"))), "1990-01-01");
  const auto us = [](const char* at) { return instant_from_rfc3339(at)->us; };
  EXPECT_EQ(std::get<std::int64_t>(masked("year", ValueType::kTimestamp, us("2026-12-31T23:59:59.999999Z"))),
            us("2026-01-01T00:00:00Z"));
  EXPECT_EQ(std::get<std::int64_t>(masked("year", ValueType::kTimestamp, us("1969-12-31T23:59:59.5Z"))),
            us("1969-01-01T00:00:00Z"));
}

TEST(Mask, RegionIsTheDivisionOfACodeOrAnIdNumber) {
  for (const char* whole :
       {"110101", "110101001", "110101001002", "110101199003070038", "11010119900307003X", "110101900307003"})
    EXPECT_EQ(text("region", whole), "110101") << whole;
  for (const char* other : {"", "11010", "1101011", "11010a", "北京市东城区", "91110108551385082Q",
                            "110101199013070038", "11010119900307003x", "110101900231003", "١١٠١٠١"})
    EXPECT_EQ(text("region", other), "(null)") << other;
}

TEST(Mask, HashesTieValuesTogetherWithinOneAgreementOnly) {
  const std::string id = "110101199003070038";
  const Digest again = mask_key(as_bytes("secret"), AgreementId("tax-household"), MemberId("x"), DatasetId("x/y"));
  const Digest another = mask_key(as_bytes("secret"), AgreementId("tax-other"), {}, {});
  const auto hashed = [&](const std::string& value, const Digest& key) {
    return std::get<std::string>(masked("hash", ValueType::kString, value, key));
  };
  EXPECT_EQ(hashed(id, kKey).size(), 64u);
  EXPECT_EQ(hashed(id, kKey), hashed(id, again));
  EXPECT_NE(hashed(id, kKey), hashed(id, another));
  EXPECT_NE(hashed(id, kKey), hashed("110101199003070039", kKey));
  EXPECT_EQ(std::get<Bytes>(masked("hash", ValueType::kBytes, Bytes{1, 2})).size(), 32u);
  EXPECT_NE(mask_key(as_bytes("secret"), {}, MemberId("tax"), DatasetId("a/b")),
            mask_key(as_bytes("secret"), {}, MemberId("audit"), DatasetId("a/b")));
  EXPECT_NE(mask_key(as_bytes("secret"), AgreementId("a"), {}, {}),
            mask_key(as_bytes("other"), AgreementId("a"), {}, {}));
}

TEST(Mask, NullStaysNullAndHidesEverything) {
  for (const char* name : {"keep-first-1", "keep-last-1", "region", "hash", "null"})
    EXPECT_EQ(masked(name, ValueType::kString, {}), Value()) << name;
  EXPECT_EQ(masked("year", ValueType::kTimestamp, {}), Value());
  EXPECT_EQ(masked("null", ValueType::kDouble, 1.5), Value());
}

TEST(Mask, NamesAreClosed) {
  for (const char* name :
       {"", "hide", "keep-first", "keep-first-", "keep-first-0", "keep-first-01", "keep-first-65", "keep-first-1x",
        "keep-first--1", "keep-first-99999999999999999999", "Null", "null ", "last-1"})
    EXPECT_FALSE(mask_named(name)) << name;
  EXPECT_TRUE(mask_named("keep-first-64"));
}

TEST(Mask, StandsOnTypesThatItKeeps) {
  const auto all = {ValueType::kBool,   ValueType::kInt64, ValueType::kDouble, ValueType::kDecimal,
                    ValueType::kString, ValueType::kBytes, ValueType::kDate,   ValueType::kTimestamp};
  const auto on = [&](const char* name) {
    std::string types;
    for (const ValueType type : all)
      if (check_mask(name, type)) types += std::string(name_of(type)) + " ";
    return types;
  };
  EXPECT_EQ(on("keep-first-1"), "string ");
  EXPECT_EQ(on("keep-last-1"), "string ");
  EXPECT_EQ(on("region"), "string ");
  EXPECT_EQ(on("year"), "date timestamp ");
  EXPECT_EQ(on("hash"), "string bytes ");
  EXPECT_EQ(on("null"), "bool int64 double decimal string bytes date timestamp ");
}

TEST(Mask, TwoDifferentOnesHideAll) {
  EXPECT_EQ(joint_mask("", ""), "");
  EXPECT_EQ(joint_mask("", "hash"), "hash");
  EXPECT_EQ(joint_mask("hash", ""), "hash");
  EXPECT_EQ(joint_mask("hash", "hash"), "hash");
  EXPECT_EQ(joint_mask("hash", "keep-last-4"), "null");
}

}  // namespace
}  // namespace steelyard::exchange
