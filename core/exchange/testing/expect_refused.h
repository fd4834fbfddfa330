// expect_refused(world, why, attempt): the attempt to state something is refused, for this reason, and changes nothing.
#pragma once

#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"

namespace steelyard::exchange::testing {

template <class Try>
void expect_refused(World& world, const std::string& why, Try attempt) {
  const auto rows = world.registry().rows();
  const auto statements = world.registry().statements();
  const auto result = attempt();
  ASSERT_FALSE(result) << "was accepted; expected: " << why;
  EXPECT_NE(result.error().what.find(why), std::string::npos) << result.error().what;
  EXPECT_EQ(rows, world.registry().rows());
  EXPECT_EQ(statements, world.registry().statements());
}

}  // namespace steelyard::exchange::testing
