#include "core/exchange/proven_nodes.h"

#include "core/base/check.h"
#include "core/crypto/merkle.h"

namespace steelyard::exchange {

// A last node without a sibling stands again one level above, so that every level is half of the one below, rounded up.
ProvenNodes::ProvenNodes(const crypto::Suite& suite, std::size_t size) : suite_(&suite) {
  CHECK(size > 0);
  std::size_t first = 0;
  for (std::size_t width = size;; width = (width + 1) / 2) {
    levels_.push_back({first, width});
    first += width;
    if (width == 1) break;
  }
  nodes_.resize(first);
}

void ProvenNodes::learn(const Digest& leaf_hash, std::size_t index, std::span<const Digest> path) {
  CHECK(index < levels_[0].width && path.size() == crypto::inclusion_path_length(index, levels_[0].width));
  Digest node = leaf_hash;
  std::size_t next = 0;
  for (std::size_t level = 0; level < levels_.size(); ++level, index /= 2) {
    at(level, index) = {node, true};
    if (!has_sibling(level, index)) continue;
    const Digest& sibling = path[next++];
    at(level, index ^ 1) = {sibling, true};
    node = index % 2 == 1 ? crypto::node_hash(*suite_, sibling, node) : crypto::node_hash(*suite_, node, sibling);
  }
}

bool ProvenNodes::siblings_known(std::size_t level, std::size_t index, std::span<const Digest> path) {
  std::size_t next = 0;
  for (; level < levels_.size(); ++level, index /= 2) {
    if (!has_sibling(level, index)) continue;
    const Node& sibling = at(level, index ^ 1);
    if (next == path.size() || !sibling.known || sibling.digest != path[next++]) return false;
  }
  return next == path.size();
}

bool ProvenNodes::leads_to_root(const Digest& leaf_hash, std::size_t index, std::span<const Digest> path) {
  if (index >= levels_[0].width) return false;
  climbed_.clear();
  Digest node = leaf_hash;
  std::size_t level = 0;
  std::size_t next = 0;
  for (std::size_t i = index; level < levels_.size(); ++level, i /= 2) {
    if (const Node& there = at(level, i); there.known) {
      if (there.digest != node || !siblings_known(level, i, path.subspan(next))) return false;
      break;
    }
    climbed_.push_back(node);
    if (!has_sibling(level, i)) continue;
    if (next == path.size()) return false;
    const Digest& sibling = path[next++];
    node = i % 2 == 1 ? crypto::node_hash(*suite_, sibling, node) : crypto::node_hash(*suite_, node, sibling);
  }
  if (level == levels_.size()) return false;  // nothing is known yet
  next = 0;
  for (std::size_t below = 0; below < level; ++below, index /= 2) {
    at(below, index) = {climbed_[below], true};
    if (has_sibling(below, index)) at(below, index ^ 1) = {path[next++], true};
  }
  return true;
}

}  // namespace steelyard::exchange
