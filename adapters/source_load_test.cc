#include "adapters/source_load.h"

#include <gtest/gtest.h>

#include <random>

namespace steelyard::adapters {
namespace {

Instant at(const char* text) { return *instant_from_rfc3339(text); }

TEST(SourceLoad, WithoutLimitsNothingWaits) {
  SourceLoad load({});
  load.spent(1'000'000, minutes(1), seconds(5));
  EXPECT_FALSE(load.wait({}, seconds(5)));
}

TEST(SourceLoad, TheReadThatReachesALimitIsTheLastOfItsMinute) {
  LoadLimits limits;
  limits.rows_a_minute = 100;
  SourceLoad load(limits);
  load.spent(99, {}, seconds(10));
  EXPECT_FALSE(load.wait({}, seconds(11)));
  load.spent(50, {}, seconds(11));
  const auto wait = load.wait({}, seconds(12));
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->limit, Limit::kRows);
  EXPECT_EQ(wait->delay, seconds(58)) << "until the 99 of second 10 are out of the minute";
  EXPECT_TRUE(load.wait({}, seconds(70) - Duration{1}));
  EXPECT_FALSE(load.wait({}, seconds(70)));
}

TEST(SourceLoad, TheSourcesTimeIsCountedToTheMicrosecond) {
  LoadLimits limits;
  limits.time_a_minute = milliseconds(600);
  SourceLoad load(limits);
  load.spent(0, milliseconds(600) - Duration{1}, seconds(100));
  EXPECT_FALSE(load.wait({}, seconds(100)));
  load.spent(0, Duration{1}, seconds(100) + milliseconds(500));
  const auto wait = load.wait({}, seconds(101));
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->limit, Limit::kTime);
  EXPECT_EQ(wait->delay, seconds(59));
}

TEST(SourceLoad, ALongRestForgetsEverything) {
  LoadLimits limits;
  limits.rows_a_minute = 1;
  SourceLoad load(limits);
  load.spent(1, {}, seconds(3));
  EXPECT_FALSE(load.wait({}, seconds(3 + 60 * 1'000)));
}

TEST(SourceLoad, NoLimitIsEverPassedByMoreThanOneRead) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  LoadLimits limits;
  limits.rows_a_minute = 500;
  SourceLoad load(limits);
  std::vector<std::pair<std::int64_t, std::uint64_t>> reads;  // second, rows
  Duration now = seconds(1);
  int waited = 0;
  for (int round = 0; round < 5'000; ++round) {
    if (const auto wait = load.wait({}, now)) {
      ++waited;
      EXPECT_TRUE(load.wait({}, now + wait->delay - Duration{1}));
      now = now + (random() % 2 == 0 ? wait->delay : Duration{wait->delay.us / 2 + 1});
      continue;
    }
    std::uint64_t in_minute = 0;
    for (const auto& [second, rows] : reads)
      if (second > now.us / 1'000'000 - 60) in_minute += rows;
    ASSERT_LT(in_minute, 500u);
    const std::uint64_t rows = random() % 120;
    load.spent(rows, {}, now);
    reads.emplace_back(now.us / 1'000'000, rows);
    now = now + milliseconds(static_cast<std::int64_t>(random() % 3'000));
  }
  EXPECT_GT(waited, 10);
}

TEST(HoursOfDay, HoldInTheirZoneAndOverMidnight) {
  const auto night = parse_hours("22:00-06:00 +08:00");
  ASSERT_TRUE(night);
  EXPECT_TRUE(night->holds(at("2026-11-01T14:00:00Z")));
  EXPECT_TRUE(night->holds(at("2026-11-01T21:59:59Z")));
  EXPECT_FALSE(night->holds(at("2026-11-01T22:00:00Z")));
  EXPECT_FALSE(night->holds(at("2026-11-01T13:59:59Z")));
  EXPECT_EQ(night->until_open(at("2026-11-01T13:59:59Z")), seconds(1));
  EXPECT_EQ(night->until_open(at("2026-11-01T22:00:00Z")), minutes(16 * 60));
  EXPECT_EQ(night->until_open(at("2026-11-01T15:00:00Z")), Duration{});
  const auto day = parse_hours("08:30-24:00 -03:30");
  ASSERT_TRUE(day);
  EXPECT_TRUE(day->holds(at("1969-06-01T12:00:00Z")));
  EXPECT_FALSE(day->holds(at("1969-06-01T11:59:59Z")));
  EXPECT_EQ(day->until_open(at("1969-06-01T03:30:00Z")), minutes(8 * 60 + 30));
}

TEST(HoursOfDay, AreWrittenInOneWay) {
  for (const char* text :
       {"", "22:00-06:00", "22:00-06:00 08:00", "22:00-22:00 +08:00", "24:00-06:00 +08:00", "22:00-24:01 +08:00",
        "22:60-06:00 +08:00", "2200-0600 +08:00 ", "22:00-06:00 +15:00", "22:00-06:00 +08:00 ", "aa:00-06:00 +08:00"})
    EXPECT_FALSE(parse_hours(text)) << text;
}

TEST(SourceLoad, OutsideItsHoursASourceWaitsUntilTheyBegin) {
  LoadLimits limits;
  limits.hours = *parse_hours("22:00-06:00 +00:00");
  SourceLoad load(limits);
  EXPECT_FALSE(load.wait(at("2026-11-01T22:00:00Z"), seconds(1)));
  const auto wait = load.wait(at("2026-11-01T21:00:00Z"), seconds(1));
  ASSERT_TRUE(wait);
  EXPECT_EQ(wait->limit, Limit::kHours);
  EXPECT_EQ(wait->delay, minutes(60));
}

}  // namespace
}  // namespace steelyard::adapters
