#include "policy/entity_uid.h"

#include <mutex>
#include <unordered_map>

#include <fmt/format.h>

#include "policy/hash.h"

namespace steelyard::policy {

// All names in use. One whose last owner just went stands here until its destructor has the lock; whoever asks for the
// same texts meanwhile puts a new one in its place.
class EntityUid::Table {
 public:
  Ref<Names> of(std::string type, std::string id) {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(Key{type, id});
    if (found != names_.end()) {
      if (found->second->own_too()) return Ref<Names>(found->second);
      names_.erase(found);
    }
    auto* made = new Names(std::move(type), std::move(id));
    names_.emplace(Key{made->type, made->id}, made);
    return Ref<Names>(made);
  }

  void forget(const Names& gone) {
    const std::lock_guard lock(mutex_);
    const auto found = names_.find(Key{gone.type, gone.id});
    if (found != names_.end() && found->second == &gone) names_.erase(found);
  }

 private:
  struct Key {  // of the texts of the object itself
    std::string_view type, id;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const { return mix_hash(hash_text(key.type), hash_text(key.id)); }
  };
  std::mutex mutex_;
  std::unordered_map<Key, const Names*, KeyHash> names_;
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
