// ProvenNodes: what is known of one signed bundle's tree, so that its next message costs a hash or two instead of nine.
//
// Every node on a path that led to the signed root, and every sibling that the path brought, is a node of that tree.
// A later message climbs only until it meets one of them; what its path brings above must be what is known there.
// Owns: at most two digests for each message of the bundle. Threads: one thread owns it. Errors: none, only `no`, which
// says nothing about the message: the caller computes the whole path then.
#pragma once

#include <span>
#include <vector>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"

namespace steelyard::exchange {

class ProvenNodes {
 public:
  ProvenNodes(const crypto::Suite& suite, std::size_t size);  // of the bundle, at least 1

  // A path that the caller has followed to the signed root; as long as index and size require.
  void learn(const Digest& leaf_hash, std::size_t index, std::span<const Digest> path);
  // The same leaf and path would lead to the signed root too; then they are learnt.
  bool leads_to_root(const Digest& leaf_hash, std::size_t index, std::span<const Digest> path);

 private:
  struct Node {
    Digest digest;
    bool known = false;
  };
  struct Level {
    std::size_t first;  // in nodes_
    std::size_t width;
  };
  bool has_sibling(std::size_t level, std::size_t index) const { return (index ^ 1) < levels_[level].width; }
  Node& at(std::size_t level, std::size_t index) { return nodes_[levels_[level].first + index]; }
  bool siblings_known(std::size_t level, std::size_t index, std::span<const Digest> path);

  const crypto::Suite* suite_;
  std::vector<Level> levels_;
  std::vector<Node> nodes_;
  std::vector<Digest> climbed_;  // scratch
};

}  // namespace steelyard::exchange
