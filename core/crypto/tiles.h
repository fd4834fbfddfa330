// Proofs out of hash tiles (C2SP tlog-tiles, height 8): which tiles a proof needs, and the proof computed over them.
//
// Tile (level, index, width) holds the hashes of the tree's nodes at level 8 * level, numbers 256 * index up to
// 256 * index + width. Tiles are full (width 256) but for the last of each level.
// Whoever serves tiles is not trusted: a proof computed here proves nothing until it is checked against a signed root.
//
// Threads: pure; a TileReader is called by the caller's thread.
// Errors: indexes and sizes out of range; whatever the reader returns; a tile of another width than asked for.
// Format: docs/formats/checkpoint.md
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

inline constexpr int kTileHeight = 8;
inline constexpr std::uint32_t kTileWidth = 1u << kTileHeight;

struct TileId {
  std::uint8_t level = 0;
  std::uint64_t index = 0;
  std::uint16_t width = 0;  // 1 to 256
  auto operator<=>(const TileId&) const = default;
};

std::string tile_path(const TileId& tile);  // "tile/0/x001/234.p/7"

// Width of this tile in a tree of `size`; 0 where it has none yet.
std::uint16_t tile_width(std::uint8_t level, std::uint64_t index, std::uint64_t size);

// Sorted, each once.
Result<std::vector<TileId>> tiles_for_inclusion(std::uint64_t index, std::uint64_t size);
Result<std::vector<TileId>> tiles_for_consistency(std::uint64_t old_size, std::uint64_t new_size);
std::vector<TileId> tiles_for_root(std::uint64_t size);

class TileReader {
 public:
  virtual ~TileReader() = default;
  virtual Result<std::vector<Digest>> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) = 0;
};

Result<std::vector<Digest>> inclusion_proof(const Suite& suite, TileReader& reader, std::uint64_t index,
                                            std::uint64_t size);
Result<std::vector<Digest>> consistency_proof(const Suite& suite, TileReader& reader, std::uint64_t old_size,
                                              std::uint64_t new_size);
Result<Digest> tree_hash(const Suite& suite, TileReader& reader, std::uint64_t size);

}  // namespace steelyard::crypto
