#include "core/exchange/proven_nodes.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "core/crypto/merkle.h"
#include "core/crypto/random.h"

namespace steelyard::exchange {
namespace {

const crypto::Suite& suite() { return crypto::suite(crypto::SuiteId::kStandard); }

struct Tree {
  explicit Tree(std::size_t size) : digests(size), bundle(make(size)) {}
  crypto::BundleTree make(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) digests[i] = crypto::random<Digest>();
    return {suite(), digests};
  }
  Digest leaf(std::size_t index) const { return crypto::leaf_hash(suite(), digests[index].view()); }

  std::vector<Digest> digests;
  crypto::BundleTree bundle;
};

std::vector<std::size_t> shuffled(std::size_t size, std::mt19937& random) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

TEST(ProvenNodes, EveryTrueMessageHoldsInAnyOrder) {
  std::mt19937 random(17);
  for (std::size_t size = 1; size <= 70; ++size) {
    const Tree tree(size);
    ProvenNodes nodes(suite(), size);
    const auto order = shuffled(size, random);
    EXPECT_FALSE(nodes.leads_to_root(tree.leaf(order[0]), order[0], tree.bundle.path(order[0])));
    nodes.learn(tree.leaf(order[0]), order[0], tree.bundle.path(order[0]));
    for (int round = 0; round < 2; ++round)
      for (const std::size_t i : order)
        ASSERT_TRUE(nodes.leads_to_root(tree.leaf(i), i, tree.bundle.path(i))) << i << " of " << size;
  }
}

TEST(ProvenNodes, NoChangeHoldsAndNoneIsLearnt) {
  std::mt19937 random(29);
  for (const std::size_t size : {1, 2, 3, 5, 8, 13, 33}) {
    const Tree tree(size);
    ProvenNodes nodes(suite(), size);
    const auto order = shuffled(size, random);
    nodes.learn(tree.leaf(order[0]), order[0], tree.bundle.path(order[0]));
    for (const std::size_t i : order) {
      const auto path = tree.bundle.path(i);
      EXPECT_FALSE(nodes.leads_to_root(tree.digests[i], i, path));
      EXPECT_FALSE(nodes.leads_to_root(tree.leaf(i), size, path));
      const std::size_t elsewhere = i == 0 ? size - 1 : i - 1;
      EXPECT_EQ(nodes.leads_to_root(tree.leaf(i), elsewhere, path), size == 1);
      for (std::size_t k = 0; k < path.size(); ++k) {
        auto changed = path;
        changed[k].octets[k] ^= 1;
        EXPECT_FALSE(nodes.leads_to_root(tree.leaf(i), i, changed)) << i << " of " << size << ", digest " << k;
      }
      auto longer = path;
      longer.push_back(tree.digests[i]);
      EXPECT_FALSE(nodes.leads_to_root(tree.leaf(i), i, longer));
      if (path.empty()) continue;
      EXPECT_FALSE(nodes.leads_to_root(tree.leaf(i), i, std::span(path).first(path.size() - 1)));
      ASSERT_TRUE(nodes.leads_to_root(tree.leaf(i), i, path));
    }
  }
}

TEST(ProvenNodes, TheTreeOfAnotherBundleDoesNotHold) {
  const Tree tree(9), other(9);
  ProvenNodes nodes(suite(), 9);
  nodes.learn(tree.leaf(4), 4, tree.bundle.path(4));
  for (std::size_t i = 0; i < 9; ++i) EXPECT_FALSE(nodes.leads_to_root(other.leaf(i), i, other.bundle.path(i)));
}

}  // namespace
}  // namespace steelyard::exchange
