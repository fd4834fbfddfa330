// Sharded<Key, T>: a table whose copies cost little, whatever it holds, and stay as they are: snapshots.
//
// It is cut into shards by the key's hash. A copy shares them all; a change copies the shard that it touches if others
// have it, too, and else changes it in place. Looking up goes to the one slot without passing anything that is not in
// the processor's cache. Contents are small, as a Ref is, and as that one know whether they are empty; what they refer
// to is shared by copies, so that whoever changes it asks for one of its own (Ref::own).
// Owns: contents, shared with its copies; keys are plain values, which name what the contents own.
// Threads: one owner for each copy; copies may be on different threads. Errors: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "policy/ref.h"

namespace steelyard::policy {

template <class Key, class T>
class Sharded {
 public:
  const T* find(const Key& key) const {
    const std::uint64_t hash = key.hash();
    const Place& place = places_[hash >> kShift];
    if (place.slots == nullptr) return nullptr;
    for (std::size_t at = hash & place.mask;; at = (at + 1) & place.mask) {
      const Slot& slot = place.slots[at];
      if (!slot.content) return nullptr;
      if (slot.key == key) return &slot.content;
    }
  }
  // Where the answer of find() will be looked for: whoever knows ahead what is asked next has it fetched meanwhile.
  void prefetch(const Key& key) const {
    const std::uint64_t hash = key.hash();
    const Place& place = places_[hash >> kShift];
    if (place.slots != nullptr) __builtin_prefetch(&place.slots[hash & place.mask]);
  }

  std::size_t size() const { return size_; }

  // What stands there, to be changed by the owner of this copy until the next one is made. Where nothing does it is
  // empty, and to be filled before anything else is asked.
  T& own(const Key& key) {
    const std::uint64_t hash = key.hash();
    Place& place = places_[hash >> kShift];
    Shard& shard = own_shard(place);
    if ((shard.used + 1) * 4 > shard.slots.size() * 3) grow(shard);
    std::size_t at = hash & (shard.slots.size() - 1);
    while (shard.slots[at].content && !(shard.slots[at].key == key)) at = (at + 1) & (shard.slots.size() - 1);
    Slot& slot = shard.slots[at];
    if (!slot.content) {
      slot.key = key;
      ++shard.used;
      ++size_;
    }
    place.look_at_shard();
    return slot.content;
  }

  void erase(const Key& key) {
    if (find(key) == nullptr) return;
    const std::uint64_t hash = key.hash();
    Place& place = places_[hash >> kShift];
    Shard& shard = own_shard(place);
    const std::size_t mask = shard.slots.size() - 1;
    std::size_t at = hash & mask;
    while (!(shard.slots[at].key == key)) at = (at + 1) & mask;
    // What was put behind it because its place was taken moves up, so that looking for it does not end at a gap.
    for (std::size_t next = (at + 1) & mask; shard.slots[next].content; next = (next + 1) & mask) {
      const std::size_t home = shard.slots[next].key.hash() & mask;
      if (((next - home) & mask) < ((next - at) & mask)) continue;
      shard.slots[at] = std::move(shard.slots[next]);
      at = next;
    }
    shard.slots[at] = Slot();
    --shard.used;
    --size_;
    place.look_at_shard();
  }

  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Place& place : places_)
      for (std::size_t at = 0; place.slots != nullptr && at <= place.mask; ++at)
        if (place.slots[at].content) visit(place.slots[at].content);
  }

 private:
  struct Slot {
    Key key{};
    T content{};
  };
  struct Shard : Counted {
    std::vector<Slot> slots = std::vector<Slot>(4);  // a power of two, never full
    std::size_t used = 0;
  };
  struct Place {
    const Slot* slots = nullptr;  // the shard's, to be found without it
    std::size_t mask = 0;
    Ref<Shard> shard;

    void look_at_shard() {
      slots = shard->slots.data();
      mask = shard->slots.size() - 1;
    }
  };
  // A hundred thousand contents make shards of a hundred: as much is copied by a change that follows a snapshot.
  static constexpr unsigned kBits = 10, kShift = 64 - kBits;

  static Shard& own_shard(Place& place) {
    if (!place.shard) place.shard = Ref<Shard>(new Shard);
    return place.shard.own();
  }
  static void grow(Shard& shard) {
    std::vector<Slot> old(shard.slots.size() * 2);
    old.swap(shard.slots);
    const std::size_t mask = shard.slots.size() - 1;
    for (Slot& slot : old) {
      if (!slot.content) continue;
      std::size_t at = slot.key.hash() & mask;
      while (shard.slots[at].content) at = (at + 1) & mask;
      shard.slots[at] = std::move(slot);
    }
  }

  std::vector<Place> places_ = std::vector<Place>(std::size_t{1} << kBits);
  std::size_t size_ = 0;
};

}  // namespace steelyard::policy
