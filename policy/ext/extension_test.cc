#include <gtest/gtest.h>

#include <limits>

#include "policy/ext/datetime.h"
#include "policy/ext/decimal.h"
#include "policy/ext/ip.h"

namespace steelyard::policy::ext {
namespace {

constexpr auto kMin = std::numeric_limits<std::int64_t>::min();
constexpr auto kMax = std::numeric_limits<std::int64_t>::max();

TEST(Datetime, ReadsDatesClocksAndZones) {
  EXPECT_EQ(parse_datetime("1970-01-02")->ms, 86'400'000);
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:01Z")->ms, 1'000);
  EXPECT_EQ(parse_datetime("1970-01-01T00:00:00.250Z")->ms, 250);
  EXPECT_EQ(parse_datetime("1970-01-01T01:00:00+0100")->ms, 0);
  EXPECT_EQ(parse_datetime("1969-12-31T23:00:00-0100")->ms, 0);
}

TEST(Datetime, RefusesWhatNoCalendarHas) {
  for (const char* text : {"", "2024-02-30", "2023-02-29", "2024-13-01", "24-01-01", "2024-01-01T24:00:00Z",
                           "2024-01-01T00:60:00Z", "2024-01-01T00:00:60Z", "2024-01-01T00:00:00", "2024-01-01Z",
                           "2024-01-01T00:00:00.1Z", "2024-01-01T00:00:00+2400", "2024-01-01 00:00:00Z",
                           "2024-01-01T00:00:00+01:00", "2024-01-01T00:00:00ZZ", " 2024-01-01"}) {
    EXPECT_FALSE(parse_datetime(text)) << text;
  }
}

TEST(Datetime, SplitsIntoDayAndTimeBeforeTheEpochToo) {
  const auto at = *parse_datetime("1969-12-31T23:00:00Z");
  EXPECT_EQ(to_date(at)->ms, -86'400'000);
  EXPECT_EQ(to_time(at).ms, 23 * 3'600'000);
  EXPECT_FALSE(to_date({kMin}));
  EXPECT_FALSE(offset({kMax}, {1}));
  EXPECT_FALSE(duration_since({kMin}, {1}));
}

TEST(Datetime, WritesWhatItReads) {
  for (const char* text : {"2026-11-23T09:42:28.001Z", "0000-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"}) {
    EXPECT_EQ(to_text(*parse_datetime(text)), text);
  }
}

TEST(Duration, ReadsUnitsInOrder) {
  EXPECT_EQ(parse_duration("1d2h3m4s5ms")->ms, 93'784'005);
  EXPECT_EQ(parse_duration("-1d12h")->ms, -129'600'000);
  EXPECT_EQ(parse_duration("7ms")->ms, 7);
  EXPECT_EQ(parse_duration("-9223372036854775808ms")->ms, kMin);
  EXPECT_FALSE(parse_duration("9223372036854775808ms"));
  EXPECT_FALSE(parse_duration("106751991168d"));
  for (const char* text : {"", "-", "1", "d", "2h1d", "1d1d", "1.5h", "+1d", "1d-1h", "1d "}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Decimal, KeepsFourPlacesExactly) {
  EXPECT_EQ(parse_decimal("1.5")->ten_thousandths, 15'000);
  EXPECT_EQ(parse_decimal("-0.0001")->ten_thousandths, -1);
  EXPECT_EQ(parse_decimal("922337203685477.5807")->ten_thousandths, kMax);
  EXPECT_EQ(parse_decimal("-922337203685477.5808")->ten_thousandths, kMin);
  EXPECT_EQ(to_text(Decimal{kMin}), "-922337203685477.5808");
  EXPECT_EQ(to_text(Decimal{-1}), "-0.0001");
  EXPECT_FALSE(parse_decimal("922337203685477.5808"));
  for (const char* text : {"", "1", "1.", ".5", "1.23456", "+1.0", "1.0.0", "1e5", "--1.0", "1.-5"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Ip, ReadsBothFamiliesStrictly) {
  EXPECT_EQ(to_text(*parse_ip("10.1.2.3/8")), "10.1.2.3/8");
  EXPECT_EQ(to_text(*parse_ip("::1")), "0:0:0:0:0:0:0:1");
  EXPECT_EQ(*parse_ip("1:2:3:4:5:6:7::"), *parse_ip("1:2:3:4:5:6:7:0"));
  for (const char* text :
       {"", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.4/33", "1.2.3.4/08", "1.2.3.4/", "::ffff:1.2.3.4",
        "1::2::3", ":1", "1:", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::12345", "::g", "::/129", "::1/-1"}) {
    EXPECT_FALSE(parse_ip(text)) << text;
  }
}

TEST(Ip, RangesHoldOnlyWhatLiesInThemWhole) {
  const auto in = [](const char* inner, const char* outer) { return is_in_range(*parse_ip(inner), *parse_ip(outer)); };
  EXPECT_TRUE(in("10.1.2.3", "10.0.0.0/8"));
  EXPECT_TRUE(in("10.1.2.3/24", "10.1.2.99/24"));
  EXPECT_FALSE(in("10.0.0.0/7", "10.0.0.0/8"));
  EXPECT_FALSE(in("10.1.2.129", "10.1.2.0/25"));
  EXPECT_FALSE(in("::1", "0.0.0.0/0"));
  EXPECT_TRUE(in("ffff::1", "::/0"));
  EXPECT_TRUE(is_loopback(*parse_ip("127.9.9.9/8")));
  EXPECT_FALSE(is_loopback(*parse_ip("127.0.0.1/7")));
  EXPECT_TRUE(is_loopback(*parse_ip("::1")));
  EXPECT_TRUE(is_multicast(*parse_ip("239.0.0.1")));
  EXPECT_FALSE(is_multicast(*parse_ip("224.0.0.0/3")));
  EXPECT_TRUE(is_multicast(*parse_ip("ff02::1")));
}

}  // namespace
}  // namespace steelyard::policy::ext
