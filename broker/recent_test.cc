#include "broker/recent.h"

#include <gtest/gtest.h>

namespace steelyard::broker {
namespace {

RecentCounts totals(std::uint64_t keys_refused, std::uint64_t rejected = 0) {
  RecentCounts counts;
  counts.keys_refused = keys_refused;
  if (rejected > 0) counts.rejected.add(ErrorCode{1}, rejected);
  return counts;
}

TEST(Recent, NothingRoseBeforeAnythingWasNoted) { EXPECT_EQ(Recent{}.rise().keys_refused, 0u); }

TEST(Recent, WhatWasThereAtTheFirstNoteDidNotRise) {
  Recent recent;
  recent.note(seconds(100), totals(40, 7));
  EXPECT_EQ(recent.rise().keys_refused, 0u);
  EXPECT_TRUE(recent.rise().rejected.all().empty());
}

TEST(Recent, ARiseIsForgottenAfterFiveMinutesAndNotBefore) {
  Recent recent;
  recent.note(seconds(0), totals(0));
  for (int second = 1; second <= 290; ++second) recent.note(seconds(second), totals(25, 9));
  EXPECT_EQ(recent.rise().keys_refused, 25u);
  EXPECT_EQ(recent.rise().rejected.of(ErrorCode{1}), 9u);
  for (int second = 291; second <= 331; ++second) recent.note(seconds(second), totals(25, 9));
  EXPECT_EQ(recent.rise().keys_refused, 0u);
  EXPECT_TRUE(recent.rise().rejected.all().empty());
}

TEST(Recent, AStandstillOfHoursLeavesTheTimeBefore) {
  Recent recent;
  recent.note(seconds(0), totals(1));
  recent.note(minutes(180), totals(5));  // nobody knows when within it
  EXPECT_EQ(recent.rise().keys_refused, 4u);
  recent.note(minutes(180) + seconds(301), totals(5));
  EXPECT_EQ(recent.rise().keys_refused, 0u);
}

}  // namespace
}  // namespace steelyard::broker
