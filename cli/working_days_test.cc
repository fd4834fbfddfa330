#include "cli/working_days.h"

#include <fstream>

#include <gtest/gtest.h>

#include "core/base/test_dir.h"

namespace steelyard::cli {
namespace {

class WorkingDaysTest : public ::testing::Test {
 protected:
  Result<WorkingDays> read(const std::string& text) {
    std::ofstream(dir_ + "/calendar.toml") << text;
    return WorkingDays::read(dir_);
  }
  static Instant at(const std::string& text) { return *instant_from_rfc3339(text); }

  const TestDir folder_;
  const std::string dir_ = folder_.path();
};

constexpr const char* kAutumn = R"(
holidays = ["2026-10-01", "2026-10-02", "2026-10-05", "2026-10-06", "2026-10-07"]
workdays = ["2026-10-10"]
)";

TEST_F(WorkingDaysTest, WithoutAFileWeekendsAreFree) {
  const auto days = WorkingDays::read(dir_);
  ASSERT_TRUE(days);
  const Instant friday = at("2026-11-27T09:00:00+08:00");
  EXPECT_EQ(days->between(friday, friday), 0);
  EXPECT_EQ(days->between(friday, at("2026-11-29T23:59:00+08:00")), 0);
  EXPECT_EQ(days->between(friday, at("2026-11-30T00:00:00+08:00")), 1);
  EXPECT_EQ(days->between(friday, at("2026-12-04T10:00:00+08:00")), 5);
  EXPECT_EQ(date_text(days->after(friday, 5)), "2026-12-04");
  EXPECT_EQ(days->deadlines().approval, 5);
}

TEST_F(WorkingDaysTest, HolidaysAreFreeAndWhatMakesUpForThemIsNot) {
  const auto days = read(kAutumn);
  ASSERT_TRUE(days) << days.error().what;
  const Instant before = at("2026-09-30T17:00:00+08:00");
  EXPECT_EQ(days->between(before, at("2026-10-07T17:00:00+08:00")), 0);
  EXPECT_EQ(days->between(before, at("2026-10-11T17:00:00+08:00")), 3);  // Thursday, Friday, Saturday
  EXPECT_EQ(date_text(days->after(before, 3)), "2026-10-10");
  EXPECT_EQ(date_text(days->after(before, 4)), "2026-10-12");
}

TEST_F(WorkingDaysTest, TheDayIsThatOfTheOfficesClock) {
  auto days = read("utc_offset_minutes = 480\n[deadlines]\napproval = 2\n");
  ASSERT_TRUE(days);
  EXPECT_EQ(date_text(days->day_of(at("2026-11-27T16:30:00Z"))), "2026-11-28");
  EXPECT_EQ(days->deadlines().approval, 2);
  EXPECT_EQ(days->deadlines().mending, 10);
  days = read("utc_offset_minutes = 0\n");
  EXPECT_EQ(date_text(days->day_of(at("2026-11-27T16:30:00Z"))), "2026-11-27");
}

TEST_F(WorkingDaysTest, WhatIsNoCalendarIsSaid) {
  const auto refused = [&](const std::string& text, const std::string& why) {
    const auto days = read(text);
    ASSERT_FALSE(days) << text;
    EXPECT_NE(days.error().what.find(why), std::string::npos) << days.error().what;
  };
  refused("holidays = [\"2026-10-32\"]", "is not a date");
  refused("holidays = [\"2026-10-01T10:00:00Z\"]", "is not a date");
  refused("holidays = [\"2026-10-01\"]\nworkdays = [\"2026-10-01\"]", "2026-10-01 is a holiday, too");
  refused("[deadlines]\napproval = 0", "approval");
  refused("holliday = []", "holliday");
}

}  // namespace
}  // namespace steelyard::cli
