#include "policy/list.h"

#include <gtest/gtest.h>

#include <memory>

namespace steelyard::policy {
namespace {

using Element = std::shared_ptr<int>;

TEST(List, HoldsItsElementsUntilTheLastOwnerGoes) {
  const Element first = std::make_shared<int>(1), second = std::make_shared<int>(2);
  {
    const auto list = List<Element>::of({first, second}, 7, 3);
    const auto other = list;
    EXPECT_EQ(first.use_count(), 2);
    ASSERT_EQ(other->elements().size(), 2u);
    EXPECT_EQ(*other->elements()[0], 1);
    EXPECT_EQ(*other->elements()[1], 2);
    EXPECT_EQ(other->hash(), 7u);
    EXPECT_EQ(other->weight(), 3u);
  }
  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(second.use_count(), 1);
}

TEST(List, MayBeEmpty) { EXPECT_TRUE(List<Element>::of({}, 0, 1)->elements().empty()); }

}  // namespace
}  // namespace steelyard::policy
