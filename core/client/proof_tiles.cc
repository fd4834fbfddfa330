#include "core/client/proof_tiles.h"

#include <bit>
#include <utility>

#include "core/base/check.h"
#include "core/crypto/merkle.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kKeptTilesMax = 128;  // of upper levels, 16 KiB each: a log of eight million entries

}  // namespace

void ProofTiles::begin(std::uint64_t size) {
  size_ = size;
  edges_.clear();
  const bool many = tiles_.size() > 2 * kKeptTilesMax;
  for (auto it = tiles_.begin(); it != tiles_.end();) {
    const auto level = static_cast<std::uint8_t>(it->first >> 56);
    const bool settled = it->second.width == crypto::kTileWidth && level > 0;
    it = settled && !many ? std::next(it) : tiles_.erase(it);
  }
}

bool ProofTiles::has(const crypto::TileId& id) const {
  const auto found = tiles_.find(key(id.level, id.index));
  return found != tiles_.end() && found->second.width >= id.width;
}

void ProofTiles::put(const crypto::TileId& id, std::vector<Digest> hashes) {
  CHECK(hashes.size() == id.width);
  Pyramid pyramid;
  pyramid.width = id.width;
  pyramid.levels.push_back(std::move(hashes));
  while (pyramid.levels.back().size() > 1) {
    const auto& below = pyramid.levels.back();
    std::vector<Digest> level;
    level.reserve(below.size() / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2)
      level.push_back(crypto::node_hash(*suite_, below[i], below[i + 1]));
    pyramid.levels.push_back(std::move(level));
  }
  tiles_[key(id.level, id.index)] = std::move(pyramid);
}

Result<std::vector<Digest>> ProofTiles::tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) {
  const auto found = tiles_.find(key(level, index));
  if (found == tiles_.end() || found->second.width < width)
    return fail(ErrorKind::kLater, crypto::tile_path({level, index, width}) + " is not here yet");
  const auto& hashes = found->second.levels[0];
  return std::vector<Digest>(hashes.begin(), hashes.begin() + width);
}

const Digest& ProofTiles::node(int level, std::uint64_t index) const {
  const int up = level % crypto::kTileHeight;
  const std::uint64_t first = index << up;
  const auto found =
      tiles_.find(key(static_cast<std::uint8_t>(level / crypto::kTileHeight), first / crypto::kTileWidth));
  CHECK(found != tiles_.end());
  const auto& hashes = found->second.levels[static_cast<std::size_t>(up)];
  const std::size_t at = static_cast<std::size_t>(first % crypto::kTileWidth) >> up;
  CHECK(at < hashes.size());
  return hashes[at];
}

Digest ProofTiles::edge(int level) {
  const auto at = static_cast<std::size_t>(level);
  if (edges_.size() <= at) edges_.resize(at + 1);
  if (!edges_[at]) {
    const std::uint64_t last = size_ - 1;
    if (level <= std::countr_zero(size_)) {
      edges_[at] = node(level, last >> level);
    } else {
      const std::uint64_t below = last >> (level - 1);
      const Digest right = edge(level - 1);
      edges_[at] = below % 2 == 0 ? right : crypto::node_hash(*suite_, node(level - 1, below - 1), right);
    }
  }
  return *edges_[at];
}

std::vector<Digest> ProofTiles::path(std::uint64_t index) {
  CHECK(index < size_);
  std::vector<Digest> path;
  path.reserve(crypto::inclusion_path_length(index, size_));
  std::uint64_t i = index;
  std::uint64_t last = size_ - 1;
  for (int level = 0; last > 0; ++level, i >>= 1, last >>= 1) {
    if (i % 2 == 1)
      path.push_back(node(level, i - 1));
    else if (i < last)
      path.push_back(i + 1 == last ? edge(level) : node(level, i + 1));
  }
  return path;
}

const Digest* ProofTiles::leaf(std::uint64_t index) const {
  const auto found = tiles_.find(key(0, index / crypto::kTileWidth));
  const auto at = static_cast<std::size_t>(index % crypto::kTileWidth);
  if (found == tiles_.end() || at >= found->second.width) return nullptr;
  return &found->second.levels[0][at];
}

}  // namespace steelyard::client
