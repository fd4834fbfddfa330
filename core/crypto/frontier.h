// Frontier: a tree that only grows, kept as the roots of its complete subtrees: at most 64 digests, whatever its size.
//
// Threads: one thread owns it; copies are independent.
// Errors: from_peaks refuses another number of peaks than the size requires.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

class Frontier {
 public:
  explicit Frontier(const Suite& suite) : suite_(&suite) {}
  // Peaks from the largest (leftmost) subtree to the smallest, as peaks() gives them.
  static Result<Frontier> from_peaks(const Suite& suite, std::uint64_t size, std::vector<Digest> peaks);

  // A node (level, index) that became complete; level 0 is the leaf itself.
  struct Node {
    int level;
    std::uint64_t index;
    Digest hash;
  };

  void append(const Digest& leaf_hash);
  // The same, and adds to `completed` every node that this leaf completes, lowest first: rows for a store.
  void append(const Digest& leaf_hash, std::vector<Node>& completed);

  std::uint64_t size() const { return size_; }
  Digest root() const;
  const std::vector<Digest>& peaks() const { return peaks_; }

 private:
  const Suite* suite_;
  std::uint64_t size_ = 0;
  std::vector<Digest> peaks_;
};

}  // namespace steelyard::crypto
