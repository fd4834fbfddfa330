#include "core/crypto/tiles.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "core/crypto/frontier.h"
#include "core/crypto/merkle.h"

namespace steelyard::crypto {
namespace {

const Suite& standard() { return suite(SuiteId::kStandard); }

// A tree's nodes at every eighth level, served as tiles; remembers which it was asked for.
class MemoryTiles final : public TileReader {
 public:
  explicit MemoryTiles(std::uint64_t size) {
    Frontier frontier(standard());
    std::vector<Frontier::Node> nodes;
    roots.push_back(frontier.root());
    for (std::uint64_t i = 0; i < size; ++i) {
      Digest data;
      std::memcpy(data.octets.data(), &i, sizeof(i));
      leaves.push_back(data);
      frontier.append(leaf_hash(standard(), data.view()), nodes);
      roots.push_back(frontier.root());
    }
    for (const auto& node : nodes)
      if (node.level % kTileHeight == 0) {
        const auto level = static_cast<std::size_t>(node.level / kTileHeight);
        if (levels_.size() <= level) levels_.resize(level + 1);
        EXPECT_EQ(levels_[level].size(), node.index);
        levels_[level].push_back(node.hash);
      }
  }

  Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) override {
    asked.insert({level, index, width});
    if (away) return fail(ErrorKind::kLater, "away");
    const auto from = index * kTileWidth;
    if (level >= levels_.size() || from + width > levels_[level].size()) return fail(ErrorKind::kFix, "no such tile");
    std::vector<Digest> hashes(levels_[level].begin() + static_cast<std::ptrdiff_t>(from),
                               levels_[level].begin() + static_cast<std::ptrdiff_t>(from + width));
    if (cut) hashes.pop_back();
    return hashes;
  }

  std::vector<TileId> taken() {
    std::vector<TileId> list(asked.begin(), asked.end());
    asked.clear();
    return list;
  }

  std::vector<Digest> leaves, roots;
  std::set<TileId> asked;
  bool away = false;
  bool cut = false;

 private:
  std::vector<std::vector<Digest>> levels_;
};

TEST(Tiles, PathsAreThoseOfTheSpecification) {
  EXPECT_EQ(tile_path({0, 0, 256}), "tile/0/000");
  EXPECT_EQ(tile_path({1, 5, 7}), "tile/1/005.p/7");
  EXPECT_EQ(tile_path({0, 1'234'067, 256}), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path({3, 1'000, 1}), "tile/3/x001/000.p/1");
}

TEST(Tiles, WidthsFollowFromTheSize) {
  EXPECT_EQ(tile_width(0, 0, 0), 0);
  EXPECT_EQ(tile_width(0, 0, 1), 1);
  EXPECT_EQ(tile_width(0, 0, 70'000), 256);
  EXPECT_EQ(tile_width(0, 273, 70'000), 112);
  EXPECT_EQ(tile_width(0, 274, 70'000), 0);
  EXPECT_EQ(tile_width(1, 1, 70'000), 17);
  EXPECT_EQ(tile_width(2, 0, 70'000), 1);
  EXPECT_EQ(tile_width(3, 0, 70'000), 0);
  EXPECT_EQ(tile_width(8, 0, ~0ull), 0);
  // Found by fuzz-log: sizes at the end of 64 bits had no last tile. Whoever signs checkpoints may sign any size.
  EXPECT_EQ(tile_width(0, ~0ull / 256, ~0ull), 255);
  EXPECT_EQ(tile_width(0, ~0ull, ~0ull), 0);
}

TEST(Tiles, EveryProofOfSmallTreesHolds) {
  MemoryTiles tiles(70);
  for (std::uint64_t n = 0; n <= 70; ++n) {
    EXPECT_EQ(tree_hash(standard(), tiles, n).value(), tiles.roots[n]);
    for (std::uint64_t i = 0; i < n; ++i) {
      const auto proof = inclusion_proof(standard(), tiles, i, n).value();
      EXPECT_EQ(proof, inclusion_path(standard(), std::span<const Digest>(tiles.leaves).first(n), i));
      const auto path = consistency_proof(standard(), tiles, i, n).value();
      EXPECT_EQ(path, consistency_path(standard(), std::span<const Digest>(tiles.leaves).first(n), i));
    }
  }
}

TEST(Tiles, ProofsOverThreeLevelsHoldAndReadExactlyTheStatedTiles) {
  constexpr std::uint64_t kSize = 66'000;
  MemoryTiles tiles(kSize);
  const std::uint64_t places[] = {0,      1,      255,    256,    257,    511,    512,   32'767,
                                  32'768, 65'535, 65'536, 65'537, 65'791, 65'792, 65'999};
  for (const std::uint64_t n : {std::uint64_t{257}, std::uint64_t{65'536}, std::uint64_t{65'793}, kSize}) {
    EXPECT_EQ(tree_hash(standard(), tiles, n).value(), tiles.roots[n]);
    EXPECT_EQ(tiles.taken(), tiles_for_root(n));
    for (const auto i : places) {
      if (i >= n) continue;
      const auto proof = inclusion_proof(standard(), tiles, i, n).value();
      EXPECT_EQ(tiles.taken(), tiles_for_inclusion(i, n).value());
      EXPECT_TRUE(
          verify_inclusion(standard(), leaf_hash(standard(), tiles.leaves[i].view()), i, n, proof, tiles.roots[n]));
      const auto path = consistency_proof(standard(), tiles, i, n).value();
      EXPECT_EQ(tiles.taken(), tiles_for_consistency(i, n).value());
      EXPECT_TRUE(verify_consistency(standard(), i, tiles.roots[i], n, tiles.roots[n], path)) << i << " in " << n;
    }
    EXPECT_TRUE(consistency_proof(standard(), tiles, n, n)->empty());
  }
}

TEST(Tiles, ForgedTilesGiveProofsThatDoNotVerify) {
  MemoryTiles honest(1'000);
  class Forged final : public TileReader {
   public:
    explicit Forged(MemoryTiles& from) : from_(from) {}
    Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) override {
      auto hashes = from_.tile(level, index, width);
      if (hashes) hashes->front().octets[0] ^= 1;
      return hashes;
    }

   private:
    MemoryTiles& from_;
  } forged(honest);
  const auto proof = inclusion_proof(standard(), forged, 700, 1'000).value();
  EXPECT_FALSE(verify_inclusion(standard(), leaf_hash(standard(), honest.leaves[700].view()), 700, 1'000, proof,
                                honest.roots[1'000]));
}

TEST(Tiles, FailuresAndWrongWidthsComeBack) {
  MemoryTiles tiles(300);
  EXPECT_FALSE(inclusion_proof(standard(), tiles, 300, 300));
  EXPECT_FALSE(consistency_proof(standard(), tiles, 301, 300));
  EXPECT_FALSE(tiles_for_inclusion(0, 0));
  EXPECT_FALSE(tiles_for_consistency(2, 1));
  EXPECT_TRUE(tiles_for_root(0).empty());
  tiles.cut = true;
  EXPECT_FALSE(inclusion_proof(standard(), tiles, 3, 300));
  tiles.away = true;
  EXPECT_EQ(tree_hash(standard(), tiles, 300).error().kind, ErrorKind::kLater);
}

}  // namespace
}  // namespace steelyard::crypto
