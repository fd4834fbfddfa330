#include "core/crypto/merkle.h"

#include <bit>
#include <string>

#include "core/base/check.h"
#include "core/crypto/hash.h"

namespace steelyard::crypto {
namespace {

// The largest power of two below n; n > 1.
std::uint64_t split(std::uint64_t n) { return std::bit_floor(n - 1); }

Digest subtree_root(const Suite& suite, std::span<const Digest> leaf_data) {
  if (leaf_data.empty()) return empty_root(suite);
  if (leaf_data.size() == 1) return leaf_hash(suite, leaf_data[0].view());
  const auto left = static_cast<std::size_t>(split(leaf_data.size()));
  return node_hash(suite, subtree_root(suite, leaf_data.first(left)), subtree_root(suite, leaf_data.subspan(left)));
}

// SUBPROOF of RFC 6962 §2.1.2; `whole` while the old root is known to the verifier as it stands.
void subproof(const Suite& suite, std::span<const Digest> leaf_data, std::uint64_t old_size, bool whole,
              std::vector<Digest>& path) {
  if (old_size == leaf_data.size()) {
    if (!whole) path.push_back(subtree_root(suite, leaf_data));
    return;
  }
  const std::uint64_t left = split(leaf_data.size());
  const auto first = leaf_data.first(static_cast<std::size_t>(left));
  const auto rest = leaf_data.subspan(static_cast<std::size_t>(left));
  if (old_size <= left) {
    subproof(suite, first, old_size, whole, path);
    path.push_back(subtree_root(suite, rest));
  } else {
    subproof(suite, rest, old_size - left, false, path);
    path.push_back(subtree_root(suite, first));
  }
}

// The path of a leaf has `inner` digests below where it leaves the right border of the tree, then `border` on it.
struct PathShape {
  int inner;
  int border;
};

PathShape path_shape(std::uint64_t index, std::uint64_t size) {
  const int inner = static_cast<int>(std::bit_width(index ^ (size - 1)));
  const int border = inner == 64 ? 0 : std::popcount(index >> inner);
  return {inner, border};
}

tl::unexpected<Error> wrong_length(std::size_t got, std::size_t wanted) {
  return fail(ErrorKind::kFix,
              "proof has " + std::to_string(got) + " digests, its place requires " + std::to_string(wanted));
}

}  // namespace

Digest leaf_hash(const Suite& suite, ByteView data) { return Hasher(suite).add_octet(0).add(data).finish(); }

Digest node_hash(const Suite& suite, const Digest& left, const Digest& right) {
  std::array<std::uint8_t, 1 + 2 * Digest::kSize> input;  // one call to the hash instead of three
  input[0] = 1;
  std::memcpy(input.data() + 1, left.octets.data(), Digest::kSize);
  std::memcpy(input.data() + 1 + Digest::kSize, right.octets.data(), Digest::kSize);
  return Hasher(suite).add(input).finish();
}

Digest empty_root(const Suite& suite) { return Hasher(suite).finish(); }

Digest tree_root(const Suite& suite, std::span<const Digest> leaf_data) { return subtree_root(suite, leaf_data); }

std::vector<Digest> inclusion_path(const Suite& suite, std::span<const Digest> leaf_data, std::uint64_t index) {
  CHECK(index < leaf_data.size());
  return BundleTree(suite, leaf_data).path(static_cast<std::size_t>(index));
}

std::vector<Digest> consistency_path(const Suite& suite, std::span<const Digest> leaf_data, std::uint64_t old_size) {
  CHECK(old_size <= leaf_data.size());
  std::vector<Digest> path;
  if (old_size > 0) subproof(suite, leaf_data, old_size, true, path);
  return path;
}

std::size_t inclusion_path_length(std::uint64_t index, std::uint64_t size) {
  CHECK(index < size);
  const auto shape = path_shape(index, size);
  return static_cast<std::size_t>(shape.inner + shape.border);
}

Result<Digest> root_from_inclusion(const Suite& suite, const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> path) {
  if (index >= size)
    return fail(ErrorKind::kFix,
                "proof for leaf " + std::to_string(index) + " of a tree of " + std::to_string(size) + " leaves");
  const auto shape = path_shape(index, size);
  const auto wanted = static_cast<std::size_t>(shape.inner + shape.border);
  if (path.size() != wanted) return wrong_length(path.size(), wanted);
  Digest node = leaf_hash;
  std::size_t at = 0;
  for (int level = 0; level < shape.inner; ++level, ++at)
    node = (index >> level & 1) != 0 ? node_hash(suite, path[at], node) : node_hash(suite, node, path[at]);
  for (; at < wanted; ++at) node = node_hash(suite, path[at], node);
  return node;
}

Status verify_inclusion(const Suite& suite, const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                        std::span<const Digest> path, const Digest& root) {
  TRY_ASSIGN(const Digest computed, root_from_inclusion(suite, leaf_hash, index, size, path));
  if (computed != root)
    return fail(ErrorKind::kFix, "leaf " + std::to_string(index) + " is not in this tree of " + std::to_string(size));
  return {};
}

Status verify_consistency(const Suite& suite, std::uint64_t size1, const Digest& root1, std::uint64_t size2,
                          const Digest& root2, std::span<const Digest> path) {
  const auto differs = [&] {
    return fail(ErrorKind::kFix,
                "the tree of " + std::to_string(size2) + " does not extend the tree of " + std::to_string(size1));
  };
  if (size1 > size2) return differs();
  if (size1 == 0 || size1 == size2) {
    if (!path.empty()) return wrong_length(path.size(), 0);
    if (size1 == 0 && root1 != empty_root(suite)) return differs();
    if (size1 == size2 && root1 != root2) return differs();
    return {};
  }
  // As an inclusion proof of the old tree's last complete subtree, folded twice: once with the digests on its left
  // alone, which must give the old root, once with all, which must give the new.
  const int shift = std::countr_zero(size1);
  const auto shape = path_shape(size1 - 1, size2);
  const bool start_is_root = std::has_single_bit(size1);
  const auto wanted = static_cast<std::size_t>(shape.inner - shift + shape.border) + (start_is_root ? 0 : 1);
  if (path.size() != wanted) return wrong_length(path.size(), wanted);
  std::size_t at = 0;
  Digest old_node = start_is_root ? root1 : path[at++];
  Digest new_node = old_node;
  for (int level = shift; level < shape.inner; ++level, ++at) {
    if (((size1 - 1) >> level & 1) != 0) {
      old_node = node_hash(suite, path[at], old_node);
      new_node = node_hash(suite, path[at], new_node);
    } else {
      new_node = node_hash(suite, new_node, path[at]);
    }
  }
  for (; at < wanted; ++at) {
    old_node = node_hash(suite, path[at], old_node);
    new_node = node_hash(suite, path[at], new_node);
  }
  if (old_node != root1 || new_node != root2) return differs();
  return {};
}

BundleTree::BundleTree(const Suite& suite, std::span<const Digest> leaf_data) : levels_(1) {
  levels_[0].reserve(leaf_data.size());
  for (const auto& data : leaf_data) levels_[0].push_back(leaf_hash(suite, data.view()));
  while (levels_.back().size() > 1) {
    const auto& below = levels_.back();
    std::vector<Digest> level;
    level.reserve((below.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < below.size(); i += 2) level.push_back(node_hash(suite, below[i], below[i + 1]));
    if (below.size() % 2 == 1) level.push_back(below.back());
    levels_.push_back(std::move(level));
  }
  root_ = leaf_data.empty() ? empty_root(suite) : levels_.back().front();
}

std::vector<Digest> BundleTree::path(std::size_t index) const {
  CHECK(index < size());
  std::vector<Digest> path;
  path.reserve(levels_.size() - 1);
  for (const auto& level : levels_) {
    const std::size_t sibling = index ^ 1;
    if (sibling < level.size()) path.push_back(level[sibling]);
    index /= 2;
  }
  return path;
}

}  // namespace steelyard::crypto
