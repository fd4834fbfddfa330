// Merkle trees of RFC 6962 §2 over a suite's hash: roots, paths, and what checks them.
//
// leaf_hash(data) = H(00 || data), node_hash = H(01 || left || right), the empty tree's root = H(""). Where a function
// takes `leaf_data` each leaf's input is one 32-octet digest (of a message, of an entry) and leaf_hash is applied
// inside; where it takes leaf hashes its name or parameter says so.
//
// Threads: pure.
// Errors: paths of any length but the one that index and size require are refused.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

Digest leaf_hash(const Suite& suite, ByteView data);
Digest node_hash(const Suite& suite, const Digest& left, const Digest& right);
Digest empty_root(const Suite& suite);

Digest tree_root(const Suite& suite, std::span<const Digest> leaf_data);
std::vector<Digest> inclusion_path(const Suite& suite, std::span<const Digest> leaf_data, std::uint64_t index);
std::vector<Digest> consistency_path(const Suite& suite, std::span<const Digest> leaf_data, std::uint64_t old_size);

// How many digests the path of this leaf has; 0 for a tree of one. Requires index < size.
std::size_t inclusion_path_length(std::uint64_t index, std::uint64_t size);

Result<Digest> root_from_inclusion(const Suite& suite, const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                                   std::span<const Digest> path);
Status verify_inclusion(const Suite& suite, const Digest& leaf_hash, std::uint64_t index, std::uint64_t size,
                        std::span<const Digest> path, const Digest& root);

// The tree of size1 and root1 is a prefix of the tree of size2 and root2. A size of 0 needs an empty path.
Status verify_consistency(const Suite& suite, std::uint64_t size1, const Digest& root1, std::uint64_t size2,
                          const Digest& root2, std::span<const Digest> path);

// The tree of one bundle: hashes every node once, then gives all paths by look-up.
class BundleTree {
 public:
  BundleTree(const Suite& suite, std::span<const Digest> leaf_data);

  std::size_t size() const { return levels_.front().size(); }
  const Digest& root() const { return root_; }
  std::vector<Digest> path(std::size_t index) const;  // requires index < size()

 private:
  std::vector<std::vector<Digest>> levels_;  // [0] leaf hashes; an odd last node goes up as it is
  Digest root_;
};

}  // namespace steelyard::crypto
