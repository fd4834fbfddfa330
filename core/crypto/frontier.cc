#include "core/crypto/frontier.h"

#include <bit>
#include <string>

#include "core/crypto/merkle.h"

namespace steelyard::crypto {

Result<Frontier> Frontier::from_peaks(const Suite& suite, std::uint64_t size, std::vector<Digest> peaks) {
  if (peaks.size() != static_cast<std::size_t>(std::popcount(size)))
    return fail(ErrorKind::kFix, "a tree of " + std::to_string(size) + " leaves has " +
                                     std::to_string(std::popcount(size)) + " complete subtrees, got " +
                                     std::to_string(peaks.size()));
  Frontier frontier(suite);
  frontier.size_ = size;
  frontier.peaks_ = std::move(peaks);
  return frontier;
}

void Frontier::append(const Digest& leaf_hash) {
  Digest node = leaf_hash;
  for (std::uint64_t bits = size_; (bits & 1) != 0; bits >>= 1) {
    node = node_hash(*suite_, peaks_.back(), node);
    peaks_.pop_back();
  }
  peaks_.push_back(node);
  ++size_;
}

void Frontier::append(const Digest& leaf_hash, std::vector<Node>& completed) {
  Node node{0, size_, leaf_hash};
  completed.push_back(node);
  while ((node.index & 1) != 0) {
    node = {node.level + 1, node.index >> 1, node_hash(*suite_, peaks_.back(), node.hash)};
    peaks_.pop_back();
    completed.push_back(node);
  }
  peaks_.push_back(node.hash);
  ++size_;
}

Digest Frontier::root() const {
  if (peaks_.empty()) return empty_root(*suite_);
  Digest node = peaks_.back();
  for (std::size_t i = peaks_.size() - 1; i-- > 0;) node = node_hash(*suite_, peaks_[i], node);
  return node;
}

}  // namespace steelyard::crypto
