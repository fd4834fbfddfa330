// ProofTiles: hash tiles of one tree size, and inclusion paths looked up in them.
//
// Each tile is hashed up once; then a path costs look-ups, so that thousands of neighbouring entries cost little more
// than their tiles. Tiles come from whoever serves them and prove nothing by themselves: the first path in a level-0
// tile must be verified against a signed root, with the leaf that the tile has for it; that settles the whole tile, for
// the path hashes all the other leaves.
//
// Owns: the tiles. Threads: one. Errors: tile() where a tile is not here; path() requires the tiles of
// crypto::tiles_for_inclusion and the entry's own level-0 tile.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "core/crypto/tiles.h"

namespace steelyard::client {

class ProofTiles final : public crypto::TileReader {
 public:
  explicit ProofTiles(const crypto::Suite& suite) : suite_(&suite) {}

  // Now for a tree of this size. Tiles that cannot change any more stay while there are few of them.
  void begin(std::uint64_t size);
  std::uint64_t size() const { return size_; }

  bool has(const crypto::TileId& id) const;
  void put(const crypto::TileId& id, std::vector<Digest> hashes);  // as many as its width
  Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) override;

  std::vector<Digest> path(std::uint64_t index);
  // The leaf hash as its tile has it; nullptr where that tile is not here.
  const Digest* leaf(std::uint64_t index) const;

 private:
  struct Pyramid {
    std::uint16_t width = 0;
    std::vector<std::vector<Digest>> levels;  // [0]: the tile; above it the complete subtrees only
  };
  static std::uint64_t key(std::uint8_t level, std::uint64_t index) { return std::uint64_t{level} << 56 | index; }
  const Digest& node(int level, std::uint64_t index) const;
  Digest edge(int level);  // the root over the last, maybe incomplete, subtree of this level

  const crypto::Suite* suite_;
  std::uint64_t size_ = 0;
  std::unordered_map<std::uint64_t, Pyramid> tiles_;
  std::vector<std::optional<Digest>> edges_;
};

}  // namespace steelyard::client
