// EntityUid: names one entity, `Dataset::"civil-affairs/household"`: a type path and an id.
//
// Owns its texts, shared by all copies; equality and hashing cost no more than a pointer in the usual case.
// Threads: immutable. Errors: none.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/ref.h"

namespace steelyard::policy {

class EntityUid {
 public:
  EntityUid(std::string type, std::string id);

  const std::string& type() const { return names_->type; }
  const std::string& id() const { return names_->id; }
  std::size_t hash() const { return names_->hash; }

  bool operator==(const EntityUid& other) const {
    if (names_.same_as(other.names_)) return true;
    return hash() == other.hash() && id() == other.id() && type() == other.type();
  }
  // Some total order, cheap to compare; not the order of the texts.
  bool operator<(const EntityUid& other) const {
    if (hash() != other.hash()) return hash() < other.hash();
    if (names_.same_as(other.names_)) return false;
    if (const int by_id = id().compare(other.id()); by_id != 0) return by_id < 0;
    return type() < other.type();
  }

 private:
  struct Names : Counted {
    Names(std::string type_text, std::string id_text, std::size_t hash_value)
        : type(std::move(type_text)), id(std::move(id_text)), hash(hash_value) {}
    std::string type;
    std::string id;
    std::size_t hash;
  };
  Ref<Names> names_;
};

struct EntityUidHash {
  std::size_t operator()(const EntityUid& uid) const { return uid.hash(); }
};

// An action's type must be `Action`, whatever its namespace.
bool is_action_type(std::string_view type);

std::string quote(std::string_view text);     // as a Cedar string literal, quotes included
std::string to_source(const EntityUid& uid);  // as a Cedar expression

}  // namespace steelyard::policy
