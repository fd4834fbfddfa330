// TileCache: full tiles that were served lately: members prove their promises at the same checkpoints, and so ask for
// the same tiles, each of which is 256 rows of the store and as many hashes.
//
// Owns: at most kTilesKept tiles of 8 KiB, the oldest forgotten first. A full tile never changes. Threads: the loop's.
// Errors: none.
#pragma once

#include <deque>

#include "core/crypto/tiles.h"
#include "schemas/messages.h"

namespace steelyard::broker {

class TileCache {
 public:
  // nullptr: read it, and keep() it.
  const std::vector<Digest>* find(const schemas::TileRequest& asked) const {
    for (const schemas::Tile& tile : tiles_)
      if (tile.level == asked.level && tile.index == asked.index && tile.width == asked.width) return &tile.hashes;
    return nullptr;
  }
  void keep(const schemas::Tile& tile) {
    if (tile.width != crypto::kTileWidth) return;
    if (tiles_.size() >= kTilesKept) tiles_.pop_front();
    tiles_.push_back(tile);
  }

 private:
  static constexpr std::size_t kTilesKept = 64;  // of two checkpoints, at ten thousand exchanges a second
  std::deque<schemas::Tile> tiles_;
};

}  // namespace steelyard::broker
