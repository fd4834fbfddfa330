// DigestIndex: what belongs to a digest, found in one look at memory where it is not there and in two where it is.
//
// One flat table, linear probing, half full at most: an entry costs 32 octets and no allocation of its own. Where a
// digest stands depends on a secret: members choose digests as they like (Dietzfelbinger et al., 1997). Owns: nothing
// that it points to. Threads: one owner. Errors: none.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace steelyard::broker {

template <class Value>
class DigestIndex {
 public:
  explicit DigestIndex(std::uint64_t secret) : factor_(secret | 1) {}

  void insert(const Digest& digest, Value* value) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    place({hash_of(digest), value});
    ++size_;
  }
  void erase(const Digest& digest, const Value* value) {
    if (slots_.empty()) return;
    std::size_t hole = home(hash_of(digest));
    for (; slots_[hole].value != value; hole = next(hole))
      if (slots_[hole].value == nullptr) return;
    // Whoever stands behind because of it moves up.
    for (std::size_t at = next(hole); slots_[at].value != nullptr; at = next(at)) {
      const std::size_t from_home = (at - home(slots_[at].hash)) & (slots_.size() - 1);
      if (from_home < ((at - hole) & (slots_.size() - 1))) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
    --size_;
  }
  // The first one of this digest that `is_it` says yes to.
  template <class Predicate>
  Value* find(const Digest& digest, Predicate is_it) const {
    if (slots_.empty()) return nullptr;
    const std::uint64_t hash = hash_of(digest);
    for (std::size_t at = home(hash); slots_[at].value != nullptr; at = next(at))
      if (slots_[at].hash == hash && is_it(*slots_[at].value)) return slots_[at].value;
    return nullptr;
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    Value* value = nullptr;
  };

  std::uint64_t hash_of(const Digest& digest) const {
    return get_le<std::uint64_t>(digest.octets.data()) * factor_;  // its upper bits are the good ones
  }
  std::size_t home(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> (64 - std::countr_zero(slots_.size())));
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void place(const Slot& slot) {
    std::size_t at = home(slot.hash);
    while (slots_[at].value != nullptr) at = next(at);
    slots_[at] = slot;
  }
  void grow() {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots_.empty() ? 1'024 : 2 * slots_.size()));
    for (const Slot& slot : old)
      if (slot.value != nullptr) place(slot);
  }

  std::uint64_t factor_;
  std::size_t size_ = 0;
  std::vector<Slot> slots_;  // a power of two of them
};

}  // namespace steelyard::broker
