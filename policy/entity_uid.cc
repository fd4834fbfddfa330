#include "policy/entity_uid.h"

#include <mutex>
#include <unordered_map>
#include <vector>

#include <fmt/format.h>

#include "policy/hash.h"

namespace steelyard::policy {

// All names in use, in one piece of memory: a policy of twenty fields makes two dozen when it is read. One whose last
// owner just went stands here until its destructor has the lock; whoever asks for the same texts meanwhile puts a new
// one in its place.
class EntityUid::Table {
 public:
  Ref<Names> of(std::string type, std::string id) {
    const std::size_t hash = mix_hash(hash_text(type), hash_text(id));
    const std::lock_guard lock(mutex_);
    if ((used_ + 1) * 4 > slots_.size() * 3) grow();
    Slot& slot = slots_[find(hash, [&](const Names& names) { return *names.type == type && names.id == id; })];
    if (slot.names != nullptr && slot.names->own_too()) return Ref<Names>(slot.names);
    if (slot.names == nullptr) ++used_;
    const auto its_type = types_.try_emplace(std::move(type), 0).first;
    ++its_type->second;
    slot = {hash, new Names(&its_type->first, std::move(id))};
    return Ref<Names>(slot.names);
  }

  void forget(const Names& gone) {
    const std::size_t hash = mix_hash(hash_text(*gone.type), hash_text(gone.id));
    const std::lock_guard lock(mutex_);
    const std::size_t at = find(hash, [&](const Names& names) { return &names == &gone; });
    if (slots_[at].names != nullptr) erase(at);
    const auto its_type = types_.find(*gone.type);
    if (--its_type->second == 0) types_.erase(its_type);
  }

 private:
  struct Slot {
    std::size_t hash = 0;
    const Names* names = nullptr;  // none: the place is free
  };

  // The place of the one that is meant, or the free one where it would stand.
  template <class Meant>
  std::size_t find(std::size_t hash, Meant&& meant) const {
    std::size_t at = hash & (slots_.size() - 1);
    while (slots_[at].names != nullptr && !(slots_[at].hash == hash && meant(*slots_[at].names)))
      at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  // What was put behind it because its place was taken moves up, so that looking for it does not end at a gap.
  void erase(std::size_t at) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t next = (at + 1) & mask; slots_[next].names != nullptr; next = (next + 1) & mask) {
      if (((next - slots_[next].hash) & mask) < ((next - at) & mask)) continue;
      slots_[at] = slots_[next];
      at = next;
    }
    slots_[at] = Slot();
    --used_;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old)
      if (slot.names != nullptr) slots_[find(slot.hash, [](const Names&) { return false; })] = slot;
  }

  std::mutex mutex_;
  std::vector<Slot> slots_ = std::vector<Slot>(1024);  // a power of two, never full
  std::size_t used_ = 0;
  std::unordered_map<std::string, std::size_t> types_;  // with how many names are of each
};

// Never destroyed: names that live in statics outlive any order of destruction.
EntityUid::Table& EntityUid::table() {
  static Table& the_table = *new Table;
  return the_table;
}

EntityUid::Names::~Names() { table().forget(*this); }

EntityUid::EntityUid(std::string type, std::string id) : names_(table().of(std::move(type), std::move(id))) {}

bool is_action_type(std::string_view type) { return type == "Action" || type.ends_with("::Action"); }

std::string quote(std::string_view text) {
  std::string quoted = "\"";
  quoted.reserve(text.size() + 2);
  for (const char c : text) {
    switch (c) {
      case '"': quoted += "\\\""; break;
      case '\\': quoted += "\\\\"; break;
      case '\n': quoted += "\\n"; break;
      case '\r': quoted += "\\r"; break;
      case '\t': quoted += "\\t"; break;
      case '\0': quoted += "\\0"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          quoted += fmt::format("\\u{{{:x}}}", static_cast<unsigned char>(c));
        } else {
          quoted.push_back(c);
        }
    }
  }
  return quoted + '"';
}

std::string to_source(const EntityUid& uid) { return uid.type() + "::" + quote(uid.id()); }

}  // namespace steelyard::policy
