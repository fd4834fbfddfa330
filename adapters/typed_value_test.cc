#include "adapters/typed_value.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace steelyard::adapters {
namespace {

TEST(TypedValue, DatesMustExist) {
  for (const char* good : {"2026-11-23", "2000-02-29", "0001-01-01", "2024-02-29"}) EXPECT_TRUE(is_date(good)) << good;
  for (const char* bad : {"2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "26-1-1",
                          "2026/11/23", "2026-11-2x", "", "2026-11-23 "})
    EXPECT_FALSE(is_date(bad)) << bad;
}

// Found by fuzz-values: years outside 0001 to 9999 went into an answer that the user's side then refused to read.
TEST(TypedValue, DatesAndTimesOfYearsThatNoPayloadHoldsDoNotFit) {
  using schemas::Value;
  using schemas::ValueType;
  const auto fits_at = [](const char* text) { return fits(ValueType::kTimestamp, Value(instant_of_source(text)->us)); };
  EXPECT_TRUE(fits(ValueType::kDate, Value(std::string("0001-01-01"))));
  EXPECT_FALSE(fits(ValueType::kDate, Value(std::string("0000-12-31"))));
  EXPECT_TRUE(fits_at("0001-01-01T00:00:00Z"));
  EXPECT_FALSE(fits_at("0000-12-31T23:59:59.999999Z"));
  EXPECT_TRUE(fits_at("9999-12-31T23:59:59.999999Z"));
  EXPECT_FALSE(fits(ValueType::kTimestamp, Value(instant_of_source("9999-12-31T23:59:59.999999Z")->us + 1)));
}

TEST(TypedValue, DecimalsAreDigitsAndAPoint) {
  for (const char* good : {"0", "-1", "12.30", "007", "-0.00"}) EXPECT_TRUE(is_decimal(good)) << good;
  for (const char* bad : {"", "-", ".5", "5.", "1e5", "+1", "1,000", " 1", "1.2.3", "NaN"})
    EXPECT_FALSE(is_decimal(bad)) << bad;
  EXPECT_FALSE(is_decimal(std::string(129, '1')));
}

TEST(TypedValue, DecimalsCompareByValue) {
  EXPECT_EQ(compare_decimals("-0.00", "0"), 0);
  EXPECT_EQ(compare_decimals("012.30", "12.3"), 0);
  EXPECT_LT(compare_decimals("9", "10"), 0);
  EXPECT_LT(compare_decimals("-10", "-9"), 0);
  EXPECT_LT(compare_decimals("-0.1", "0.1"), 0);
  EXPECT_GT(compare_decimals("0.1", "0.09"), 0);
  EXPECT_GT(compare_decimals("0.10000000000000000001", "0.1"), 0);
}

TEST(TypedValue, DecimalsOfTwoPlacesCompareAsTheirHundredths) {
  EXPECT_TRUE(rc::check([](std::int32_t a, std::int32_t b) {
    const auto text = [](std::int64_t n) {
      const std::int64_t size = n < 0 ? -n : n;
      const std::string cents = std::to_string(size % 100);
      return (n < 0 ? "-" : "") + std::to_string(size / 100) + "." + (cents.size() < 2 ? "0" : "") + cents;
    };
    const int order = compare_decimals(text(a), text(b));
    RC_ASSERT((order < 0) == (a < b));
    RC_ASSERT((order == 0) == (a == b));
  }));
}

TEST(TypedValue, Utf8IsWellFormedOrNothing) {
  for (const char* good : {"", "a", "王芳", "é", "\xf0\x9f\x8f\x9b"}) EXPECT_TRUE(is_utf8(good)) << good;
  for (const char* bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe7\x8e", "a\x80"})
    EXPECT_FALSE(is_utf8(bad));
}

TEST(TypedValue, TimesOfSourcesAreUtcUnlessTheySayOtherwise) {
  const std::int64_t us = 1'793'557'800'000'000;
  for (const char* same : {"2026-11-01T18:30:00Z", "2026-11-01 18:30:00", "2026-11-01T18:30:00", "2026-11-01 18:30:00Z",
                           "2026-11-01T18:30:00.000000Z", "2026-11-02T02:30:00+08:00"}) {
    const auto instant = instant_of_source(same);
    ASSERT_TRUE(instant) << same;
    EXPECT_EQ(instant->us, us) << same;
  }
  EXPECT_EQ(instant_of_source("2026-11-01")->us, us - (18 * 60 + 30) * 60'000'000LL);
  EXPECT_EQ(instant_of_source("1969-12-31T23:59:59Z")->us, -1'000'000);
  for (const char* bad : {"", "yesterday", "2026-02-30T00:00:00Z", "2026-11-01T24:30:00Z", "20261101", "1793557800"})
    EXPECT_FALSE(instant_of_source(bad)) << bad;
}

}  // namespace
}  // namespace steelyard::adapters
