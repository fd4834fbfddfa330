#include "core/base/turns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace steelyard {
namespace {

TEST(Turns, WhoHasMuchWaitingStandsBehindEachOfTheOthersOnce) {
  Turns<std::string, int> turns;
  for (int i = 0; i < 5; ++i) turns.push("flood", i);
  turns.push("tax", 100);
  turns.push("police", 200);
  turns.push("tax", 101);
  EXPECT_EQ(turns.size(), 8u);
  std::vector<int> order;
  while (!turns.empty()) order.push_back(turns.take());
  EXPECT_EQ(order, (std::vector<int>{0, 100, 200, 1, 101, 2, 3, 4}));
}

TEST(Turns, WhatWasClearedIsNotTakenLater) {
  Turns<std::string, int> turns;
  turns.push("tax", 1);
  turns.clear();
  EXPECT_TRUE(turns.empty());
  turns.push("tax", 2);
  EXPECT_EQ(turns.take(), 2);
  EXPECT_TRUE(turns.empty());
}

}  // namespace
}  // namespace steelyard
