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
  while (const auto next = turns.take()) order.push_back(*next);
  EXPECT_TRUE(turns.empty());
  EXPECT_EQ(order, (std::vector<int>{0, 100, 200, 1, 101, 2, 3, 4}));
}

TEST(Turns, WhatIsDroppedIsNotTaken) {
  Turns<std::string, int> turns;
  for (int i = 0; i < 4; ++i) turns.push(i % 2 == 0 ? "tax" : "police", i);
  turns.drop([](int item) { return item < 2; });
  EXPECT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns.take(), 2);
  EXPECT_EQ(turns.take(), 3);
  EXPECT_EQ(turns.take(), std::nullopt);
}

TEST(Turns, WhatWasClearedIsNotTakenLater) {
  Turns<std::string, int> turns;
  turns.push("tax", 1);
  turns.clear();
  EXPECT_TRUE(turns.empty());
  turns.push("tax", 2);
  EXPECT_EQ(turns.take(), 2);
  EXPECT_TRUE(turns.empty());
  EXPECT_EQ(turns.take(), std::nullopt);
}

}  // namespace
}  // namespace steelyard
