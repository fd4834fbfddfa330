#include "policy/entities.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace steelyard::policy {
namespace {

EntityUid node(int n) { return EntityUid("N", std::to_string(n)); }
Entity with_parents(int n, std::initializer_list<int> parents) {
  Entity entity{node(n), {}, {}, {}};
  for (const int parent : parents) entity.parents.push_back(node(parent));
  return entity;
}

TEST(Entities, BelongThroughAnyNumberOfParents) {
  Entities entities;
  ASSERT_TRUE(entities.put(with_parents(1, {2})));
  ASSERT_TRUE(entities.put(with_parents(2, {3, 4})));
  EXPECT_TRUE(entities.in(node(1), node(4)));
  EXPECT_TRUE(entities.in(node(1), node(1)));
  EXPECT_FALSE(entities.in(node(4), node(1)));
  EXPECT_EQ(entities.find(node(3)), nullptr);  // only named as a parent
  EXPECT_EQ(entities.size(), 2u);
}

TEST(Entities, RefuseToBeTheirOwnAncestor) {
  Entities entities;
  ASSERT_TRUE(entities.put(with_parents(1, {2})));
  const auto refused = entities.put(with_parents(2, {1}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "`N::\"2\"` would be its own ancestor through its parent `N::\"1\"`");
  EXPECT_EQ(entities.find(node(2)), nullptr);
  EXPECT_FALSE(entities.put(with_parents(3, {3})));
}

TEST(Entities, KeepAttributesAndTagsApart) {
  Entities entities;
  ASSERT_TRUE(entities.put({node(1), {}, {{"a", Value::integer(1)}}, {{"b", Value::integer(2)}}}));
  const auto* known = entities.find(node(1));
  ASSERT_NE(known, nullptr);
  EXPECT_EQ(*known->attributes.find("a"), Value::integer(1));
  EXPECT_EQ(known->attributes.find("b"), nullptr);
  EXPECT_EQ(*known->tags.find("b"), Value::integer(2));
}

// Every change keeps the closure that a walk over the parents gives.
TEST(Entities, AncestorsAgreeWithAWalkAfterEveryChange) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Entities entities;
  std::map<int, std::set<int>> parents;  // of those that exist
  const auto reaches = [&](auto&& self, int from, int to) -> bool {
    const auto found = parents.find(from);
    if (found == parents.end()) return false;
    for (const int parent : found->second) {
      if (parent == to || self(self, parent, to)) return true;
    }
    return false;
  };
  constexpr int kNodes = 12;
  for (int change = 0; change < 400; ++change) {
    const int changed = static_cast<int>(random() % kNodes);
    if (random() % 4 == 0) {
      entities.remove(node(changed));
      parents.erase(changed);
    } else {
      Entity entity{node(changed), {}, {}, {}};
      std::set<int> wanted;
      for (auto n = random() % 3; n > 0; --n) wanted.insert(static_cast<int>(random() % kNodes));
      bool circular = false;
      for (const int parent : wanted) {
        entity.parents.push_back(node(parent));
        circular = circular || parent == changed || reaches(reaches, parent, changed);
      }
      ASSERT_EQ(entities.put(std::move(entity)).has_value(), !circular);
      if (!circular) parents[changed] = wanted;
    }
    ASSERT_EQ(entities.size(), parents.size());
    for (int a = 0; a < kNodes; ++a) {
      for (int b = 0; b < kNodes; ++b) {
        ASSERT_EQ(entities.in(node(a), node(b)), a == b || reaches(reaches, a, b)) << a << " in " << b;
      }
    }
  }
}

}  // namespace
}  // namespace steelyard::policy
