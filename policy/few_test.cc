#include "policy/few.h"

#include <gtest/gtest.h>

#include <string>

namespace steelyard::policy {
namespace {

using Words = Few<std::string, 3>;

Words words(int count) {
  Words made;
  for (int i = 0; i < count; ++i)
    made.push_back("a word that is longer than fits a string itself, " + std::to_string(i));
  return made;
}

bool in_itself(const Words& of) {
  const auto* at = reinterpret_cast<const std::byte*>(of.data());
  const auto* object = reinterpret_cast<const std::byte*>(&of);
  return at >= object && at < object + sizeof(Words);
}

TEST(Few, HoldsTheFirstInItselfAndAsManyAsThereAre) {
  for (int count = 0; count < 20; ++count) {
    const Words made = words(count);
    ASSERT_EQ(made.size(), static_cast<std::size_t>(count));
    EXPECT_EQ(in_itself(made), count <= 3);
    for (int i = 0; i < count; ++i) EXPECT_TRUE(made[static_cast<std::size_t>(i)].ends_with(", " + std::to_string(i)));
  }
}

TEST(Few, IsCopiedMovedAndAssigned) {
  for (const int count : {0, 2, 3, 4, 9}) {
    Words one = words(count);
    const Words copy = one;
    Words moved = std::move(one);
    EXPECT_TRUE(std::equal(copy.begin(), copy.end(), moved.begin(), moved.end()));
    for (const int before : {0, 3, 7}) {
      Words assigned = words(before);
      assigned = moved;
      EXPECT_TRUE(std::equal(copy.begin(), copy.end(), assigned.begin(), assigned.end()));
    }
    moved.clear();
    EXPECT_TRUE(moved.empty());
    moved = words(5);
    moved.cut(moved.begin() + 2);
    EXPECT_EQ(moved.size(), 2u);
  }
}

}  // namespace
}  // namespace steelyard::policy
