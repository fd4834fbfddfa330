// FlatIndex: what belongs to a hash, found in one look at memory where it is not there and in two where it is.
//
// One flat table, linear probing, half full at most: an entry costs 32 octets and no allocation of its own, and making
// room for more looks at no value. Whoever asks makes the hash, of 64 bits, the upper ones the good ones, by a secret:
// members choose ids and digests as they like. Owns: nothing that it points to. Threads: one owner. Errors: none.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace steelyard::broker {

template <class Value>
class FlatIndex {
 public:
  void insert(std::uint64_t hash, Value* value) {
    if (2 * (size_ + 1) > slots_.size()) grow();
    place({hash, value});
    ++size_;
  }
  // Whether it was there.
  bool erase(std::uint64_t hash, const Value* value) {
    if (slots_.empty()) return false;
    std::size_t hole = home(hash);
    for (; slots_[hole].value != value; hole = next(hole))
      if (slots_[hole].value == nullptr) return false;
    // Whoever stands behind because of it moves up.
    for (std::size_t at = next(hole); slots_[at].value != nullptr; at = next(at)) {
      const std::size_t from_home = (at - home(slots_[at].hash)) & (slots_.size() - 1);
      if (from_home < ((at - hole) & (slots_.size() - 1))) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = {};
    --size_;
    return true;
  }
  // The first one of this hash that `is_it` says yes to.
  template <class Predicate>
  Value* find(std::uint64_t hash, Predicate is_it) const {
    if (slots_.empty()) return nullptr;
    for (std::size_t at = home(hash); slots_[at].value != nullptr; at = next(at))
      if (slots_[at].hash == hash && is_it(*slots_[at].value)) return slots_[at].value;
    return nullptr;
  }
  std::size_t size() const { return size_; }

 private:
  static constexpr std::size_t kSlotsMin = 32;

  struct Slot {
    std::uint64_t hash = 0;
    Value* value = nullptr;
  };

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
    const std::vector<Slot> old =
        std::exchange(slots_, std::vector<Slot>(slots_.empty() ? kSlotsMin : 2 * slots_.size()));
    for (const Slot& slot : old)
      if (slot.value != nullptr) place(slot);
  }

  std::size_t size_ = 0;
  std::vector<Slot> slots_;  // a power of two of them
};

}  // namespace steelyard::broker
