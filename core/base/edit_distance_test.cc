#include "core/base/edit_distance.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(EditDistance, CountsTheSlipsOfAHand) {
  EXPECT_EQ(edit_distance("tax-relief", "tax-relief"), 0U);
  EXPECT_EQ(edit_distance("tax-releif", "tax-relief"), 1U);  // swapped
  EXPECT_EQ(edit_distance("tax-relif", "tax-relief"), 1U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", "xyz"), 3U);
}

}  // namespace
}  // namespace steelyard
