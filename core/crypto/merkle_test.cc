#include "core/crypto/merkle.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "core/crypto/frontier.h"
#include "core/crypto/hash.h"

namespace steelyard::crypto {
namespace {

constexpr std::uint64_t kSizes = 70;

std::vector<Digest> leaves(const Suite& suite, std::uint64_t count) {
  std::vector<Digest> data;
  for (std::uint64_t i = 0; i < count; ++i) data.push_back(hash(suite, as_bytes(std::to_string(i))));
  return data;
}

class Merkle : public testing::TestWithParam<SuiteId> {
 protected:
  const Suite& suite_ = suite(GetParam());
  std::vector<Digest> data_ = leaves(suite_, kSizes);
  std::span<const Digest> first(std::uint64_t n) const { return std::span<const Digest>(data_).first(n); }
  Digest root(std::uint64_t n) const { return tree_root(suite_, first(n)); }
};
INSTANTIATE_TEST_SUITE_P(Suites, Merkle, testing::Values(SuiteId::kStandard, SuiteId::kTestSecond),
                         [](const auto& param) { return param.param == SuiteId::kStandard ? "Standard" : "Second"; });

// The inputs and roots that certificate transparency's implementations share as test data.
TEST(MerkleKnown, RootsOfRfc6962) {
  const Suite& s = suite(SuiteId::kStandard);
  const char* inputs[] = {
      "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const char* roots[] = {"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                         "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                         "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                         "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                         "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                         "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                         "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                         "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                         "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  Frontier frontier(s);
  EXPECT_EQ(to_hex(frontier.root().view()), roots[0]);
  for (int i = 0; i < 8; ++i) {
    frontier.append(leaf_hash(s, from_hex(inputs[i]).value()));
    EXPECT_EQ(to_hex(frontier.root().view()), roots[i + 1]) << i + 1;
  }
  EXPECT_EQ(to_hex(tree_root(s, {}).view()), roots[0]);
}

TEST_P(Merkle, BundleTreeFrontierAndDefinitionAgree) {
  Frontier frontier(suite_);
  for (std::uint64_t n = 0; n <= kSizes; ++n) {
    EXPECT_EQ(frontier.root(), root(n)) << n;
    EXPECT_EQ(frontier.size(), n);
    EXPECT_EQ(BundleTree(suite_, first(n)).root(), root(n)) << n;
    const auto again = Frontier::from_peaks(suite_, n, frontier.peaks());
    ASSERT_TRUE(again);
    EXPECT_EQ(again->root(), root(n));
    if (n < kSizes) frontier.append(leaf_hash(suite_, data_[n].view()));
  }
  EXPECT_FALSE(Frontier::from_peaks(suite_, 3, {Digest{}}));
}

TEST_P(Merkle, CompletedNodesAreTheTreesOwn) {
  Frontier frontier(suite_);
  std::vector<Frontier::Node> nodes;
  for (const auto& data : data_) frontier.append(leaf_hash(suite_, data.view()), nodes);
  EXPECT_EQ(frontier.root(), root(kSizes));
  std::size_t expected = 0;
  for (std::uint64_t n = kSizes; n > 0; n >>= 1) expected += n;
  ASSERT_EQ(nodes.size(), expected);
  for (const auto& node : nodes) {
    const auto covered = std::span<const Digest>(data_).subspan(node.index << node.level, 1ull << node.level);
    EXPECT_EQ(node.hash, tree_root(suite_, covered)) << node.level << "/" << node.index;
  }
}

TEST_P(Merkle, EveryInclusionHoldsAndNoOtherPlaceDoes) {
  for (std::uint64_t n = 1; n <= kSizes; ++n) {
    const BundleTree tree(suite_, first(n));
    for (std::uint64_t i = 0; i < n; ++i) {
      auto path = tree.path(i);
      EXPECT_EQ(path, inclusion_path(suite_, first(n), i));
      ASSERT_EQ(path.size(), inclusion_path_length(i, n));
      const Digest leaf = leaf_hash(suite_, data_[i].view());
      ASSERT_EQ(root_from_inclusion(suite_, leaf, i, n, path).value(), tree.root()) << i << " of " << n;
      EXPECT_FALSE(verify_inclusion(suite_, leaf_hash(suite_, as_bytes("x")), i, n, path, tree.root()));
      if (n > 1) {
        EXPECT_FALSE(verify_inclusion(suite_, leaf, (i + 1) % n, n, path, tree.root()));
      }
      EXPECT_FALSE(verify_inclusion(suite_, leaf, i + n, n, path, tree.root()));
      for (auto& digest : path) {
        digest.octets[5] ^= 1;
        EXPECT_FALSE(verify_inclusion(suite_, leaf, i, n, path, tree.root()));
        digest.octets[5] ^= 1;
      }
      path.push_back(Digest{});
      EXPECT_FALSE(root_from_inclusion(suite_, leaf, i, n, path));
      path.resize(path.size() - 1);
      if (!path.empty()) {
        path.pop_back();
        EXPECT_FALSE(root_from_inclusion(suite_, leaf, i, n, path));
      }
    }
  }
  EXPECT_FALSE(root_from_inclusion(suite_, Digest{}, 0, 0, {}));
}

TEST_P(Merkle, EveryConsistencyHoldsAndTamperingShows) {
  for (std::uint64_t n = 0; n <= kSizes; ++n) {
    for (std::uint64_t m = 0; m <= n; ++m) {
      auto path = consistency_path(suite_, first(n), m);
      ASSERT_TRUE(verify_consistency(suite_, m, root(m), n, root(n), path)) << m << " in " << n;
      if (m == 0) continue;
      Digest bad = root(n);
      bad.octets[0] ^= 1;
      EXPECT_FALSE(verify_consistency(suite_, m, root(m), n, bad, path));
      bad = root(m);
      bad.octets[31] ^= 0x80;
      EXPECT_FALSE(verify_consistency(suite_, m, bad, n, root(n), path));
      for (auto& digest : path) {
        digest.octets[9] ^= 4;
        EXPECT_FALSE(verify_consistency(suite_, m, root(m), n, root(n), path)) << m << " in " << n;
        digest.octets[9] ^= 4;
      }
      path.push_back(Digest{});
      EXPECT_FALSE(verify_consistency(suite_, m, root(m), n, root(n), path));
      path.pop_back();
      if (!path.empty()) {
        path.pop_back();
        EXPECT_FALSE(verify_consistency(suite_, m, root(m), n, root(n), path));
      }
    }
  }
}

TEST_P(Merkle, SmallerTreesAndRewrittenOnesDoNotExtend) {
  EXPECT_FALSE(verify_consistency(suite_, 5, root(5), 4, root(4), {}));
  EXPECT_FALSE(verify_consistency(suite_, 4, root(4), 4, root(5), {}));
  EXPECT_FALSE(verify_consistency(suite_, 0, root(1), 4, root(4), {}));
  auto rewritten = data_;
  rewritten[2].octets[0] ^= 1;
  for (std::uint64_t m = 3; m < kSizes; ++m) {
    const auto path = consistency_path(suite_, rewritten, m);
    EXPECT_FALSE(verify_consistency(suite_, m, root(m), kSizes, tree_root(suite_, rewritten), path));
  }
}

TEST(MerkleProperty, LargeIndexesNeverFold) {
  const Suite& s = suite(SuiteId::kStandard);
  EXPECT_TRUE(rc::check("a path of another length is refused at any index and size", [&] {
    const auto size = *rc::gen::arbitrary<std::uint64_t>();
    RC_PRE(size > 0u);
    const auto index = *rc::gen::arbitrary<std::uint64_t>() % size;
    const auto length = inclusion_path_length(index, size);
    RC_ASSERT(length <= 64u);
    RC_ASSERT(root_from_inclusion(s, Digest{}, index, size, std::vector<Digest>(length)).has_value());
    RC_ASSERT(!root_from_inclusion(s, Digest{}, index, size, std::vector<Digest>(length + 1)).has_value());
  }));
}

}  // namespace
}  // namespace steelyard::crypto
