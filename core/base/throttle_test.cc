#include "core/base/throttle.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(Throttle, EachKeySpeaksOnceInItsTimeAndTellsWhatItKeptBack) {
  Throttle<int> throttle(minutes(1));
  EXPECT_EQ(throttle.speak(1, seconds(100)), 0u);
  EXPECT_FALSE(throttle.speak(1, seconds(100)));
  EXPECT_FALSE(throttle.speak(1, seconds(159)));
  EXPECT_EQ(throttle.speak(2, seconds(159)), 0u);  // another's silence is not its own
  EXPECT_EQ(throttle.speak(1, seconds(160)), 2u);
  EXPECT_FALSE(throttle.speak(1, seconds(161)));
}

TEST(Throttle, KeysAreBoundedAndThoseThatMaySpeakAgainMakeRoom) {
  Throttle<std::size_t> throttle(minutes(1));
  for (std::size_t key = 0; key < Throttle<std::size_t>::kKeysMax; ++key) ASSERT_TRUE(throttle.speak(key, seconds(1)));
  EXPECT_FALSE(throttle.speak(1'000'000, seconds(2)));
  EXPECT_TRUE(throttle.speak(1'000'000, seconds(61)));
}

}  // namespace
}  // namespace steelyard
