#include "core/crypto/tiles.h"

#include <algorithm>
#include <bit>
#include <map>
#include <span>

#include "core/base/check.h"
#include "core/crypto/merkle.h"

namespace steelyard::crypto {
namespace {

// A complete subtree of 2^level leaves, the index-th of its level.
struct Node {
  int level;
  std::uint64_t index;
};

// One digest of a proof: the root over leaves [from, to), which is a fold of complete subtrees.
struct Range {
  std::uint64_t from;
  std::uint64_t to;
};

std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

// Largest first. `from` is a multiple of the range's largest power of two, as all ranges of RFC 6962 proofs are.
std::vector<Node> nodes_of(Range range) {
  std::vector<Node> nodes;
  for (std::uint64_t at = range.from; at < range.to;) {
    const int level = static_cast<int>(std::bit_width(range.to - at)) - 1;
    nodes.push_back({level, at >> level});
    at += std::uint64_t{1} << level;
  }
  return nodes;
}

std::vector<Range> inclusion_ranges(std::uint64_t index, std::uint64_t size) {
  std::vector<Range> ranges;
  Range tree{0, size};
  while (tree.to - tree.from > 1) {
    const std::uint64_t middle = tree.from + split(tree.to - tree.from);
    if (index < middle) {
      ranges.push_back({middle, tree.to});
      tree.to = middle;
    } else {
      ranges.push_back({tree.from, middle});
      tree.from = middle;
    }
  }
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

std::vector<Range> consistency_ranges(std::uint64_t old_size, std::uint64_t new_size) {
  std::vector<Range> ranges;
  if (old_size == 0) return ranges;
  Range tree{0, new_size};
  while (tree.to != old_size) {
    const std::uint64_t middle = tree.from + split(tree.to - tree.from);
    if (old_size <= middle) {
      ranges.push_back({middle, tree.to});
      tree.to = middle;
    } else {
      ranges.push_back({tree.from, middle});
      tree.from = middle;
    }
  }
  if (tree.from != 0) ranges.push_back(tree);
  std::reverse(ranges.begin(), ranges.end());
  return ranges;
}

// Where the hashes lie from which a node is computed: `count` of them in a tile, from `first` on.
struct Place {
  TileId tile;
  std::size_t first;
  std::size_t count;
};

Place place_of(const Node& node, std::uint64_t size) {
  const auto level = static_cast<std::uint8_t>(node.level / kTileHeight);
  const int up = node.level % kTileHeight;
  const std::uint64_t first = node.index << up;
  const std::uint64_t tile = first / kTileWidth;
  return {
      {level, tile, tile_width(level, tile, size)}, static_cast<std::size_t>(first % kTileWidth), std::size_t{1} << up};
}

std::vector<TileId> tiles_of(const std::vector<Range>& ranges, std::uint64_t size) {
  std::vector<TileId> tiles;
  for (const auto& range : ranges)
    for (const auto& node : nodes_of(range)) tiles.push_back(place_of(node, size).tile);
  std::sort(tiles.begin(), tiles.end());
  tiles.erase(std::unique(tiles.begin(), tiles.end()), tiles.end());
  return tiles;
}

Digest perfect_root(const Suite& suite, std::span<const Digest> hashes) {
  std::vector<Digest> level(hashes.begin(), hashes.end());
  for (std::size_t n = level.size(); n > 1; n /= 2)
    for (std::size_t i = 0; i < n / 2; ++i) level[i] = node_hash(suite, level[2 * i], level[2 * i + 1]);
  return level[0];
}

// Reads every tile once during one proof.
class Folding {
 public:
  Folding(const Suite& suite, TileReader& reader, std::uint64_t size) : suite_(suite), reader_(reader), size_(size) {}

  Result<Digest> root_of(Range range) {
    const auto nodes = nodes_of(range);
    CHECK(!nodes.empty());
    TRY_ASSIGN(Digest root, hash_of(nodes.back()));
    for (std::size_t i = nodes.size() - 1; i-- > 0;) {
      TRY_ASSIGN(const Digest left, hash_of(nodes[i]));
      root = node_hash(suite_, left, root);
    }
    return root;
  }

  Result<std::vector<Digest>> roots_of(const std::vector<Range>& ranges) {
    std::vector<Digest> roots;
    for (const auto& range : ranges) {
      TRY_ASSIGN(const Digest root, root_of(range));
      roots.push_back(root);
    }
    return roots;
  }

 private:
  Result<Digest> hash_of(const Node& node) {
    const Place place = place_of(node, size_);
    auto found = tiles_.find(place.tile);
    if (found == tiles_.end()) {
      TRY_ASSIGN(auto hashes, reader_.tile(place.tile.level, place.tile.index, place.tile.width));
      if (hashes.size() != place.tile.width)
        return fail(ErrorKind::kFix, tile_path(place.tile) + " holds " + std::to_string(hashes.size()) + " digests");
      found = tiles_.emplace(place.tile, std::move(hashes)).first;
    }
    return perfect_root(suite_, std::span(found->second).subspan(place.first, place.count));
  }

  const Suite& suite_;
  TileReader& reader_;
  std::uint64_t size_;
  std::map<TileId, std::vector<Digest>> tiles_;
};

Status check_index(std::uint64_t index, std::uint64_t size) {
  if (index < size) return {};
  return fail(ErrorKind::kFix, "leaf " + std::to_string(index) + " is beyond the tree of " + std::to_string(size));
}

Status check_sizes(std::uint64_t old_size, std::uint64_t new_size) {
  if (old_size <= new_size) return {};
  return fail(ErrorKind::kFix,
              "a tree of " + std::to_string(new_size) + " cannot extend a tree of " + std::to_string(old_size));
}

}  // namespace

std::string tile_path(const TileId& tile) {
  const auto three = [](std::uint64_t n) {
    const std::string digits = std::to_string(n);
    return std::string(3 - digits.size(), '0') + digits;
  };
  std::string number = three(tile.index % 1'000);
  for (std::uint64_t rest = tile.index / 1'000; rest > 0; rest /= 1'000)
    number.insert(0, "x" + three(rest % 1'000) + "/");
  std::string path = "tile/" + std::to_string(tile.level) + "/" + number;
  if (tile.width < kTileWidth) path += ".p/" + std::to_string(tile.width);
  return path;
}

std::uint16_t tile_width(std::uint8_t level, std::uint64_t index, std::uint64_t size) {
  const int shift = kTileHeight * level;
  const std::uint64_t nodes = shift < 64 ? size >> shift : 0;
  if (nodes == 0 || index > (nodes - 1) / kTileWidth) return 0;
  return static_cast<std::uint16_t>(std::min<std::uint64_t>(nodes - index * kTileWidth, kTileWidth));
}

Result<std::vector<TileId>> tiles_for_inclusion(std::uint64_t index, std::uint64_t size) {
  TRY(check_index(index, size));
  return tiles_of(inclusion_ranges(index, size), size);
}

Result<std::vector<TileId>> tiles_for_consistency(std::uint64_t old_size, std::uint64_t new_size) {
  TRY(check_sizes(old_size, new_size));
  return tiles_of(consistency_ranges(old_size, new_size), new_size);
}

std::vector<TileId> tiles_for_root(std::uint64_t size) { return tiles_of({Range{0, size}}, size); }

Result<std::vector<Digest>> inclusion_proof(const Suite& suite, TileReader& reader, std::uint64_t index,
                                            std::uint64_t size) {
  TRY(check_index(index, size));
  return Folding(suite, reader, size).roots_of(inclusion_ranges(index, size));
}

Result<std::vector<Digest>> consistency_proof(const Suite& suite, TileReader& reader, std::uint64_t old_size,
                                              std::uint64_t new_size) {
  TRY(check_sizes(old_size, new_size));
  return Folding(suite, reader, new_size).roots_of(consistency_ranges(old_size, new_size));
}

Result<Digest> tree_hash(const Suite& suite, TileReader& reader, std::uint64_t size) {
  if (size == 0) return empty_root(suite);
  return Folding(suite, reader, size).root_of({0, size});
}

}  // namespace steelyard::crypto
