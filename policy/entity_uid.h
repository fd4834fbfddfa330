// EntityUid: names one entity, `Dataset::"civil-affairs/household"`: a type path and an id.
//
// Equal ones share one object of the whole process, so that comparing, ordering and hashing look at a pointer and at no
// memory behind it: a decision compares dozens, of which most were not looked at for a while. Equal types share their
// text. Making one from texts takes a lock; copying counts.
// Owns its texts, shared by all copies. Threads: any. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "policy/ref.h"

namespace steelyard::policy {

class EntityUid {
 public:
  EntityUid(std::string type, std::string id);

  // Of equal types the same object, while any entity of the type is named.
  const std::string& type() const { return *names_->type; }
  bool same_type(const EntityUid& other) const { return names_->type == other.names_->type; }
  const std::string& id() const { return names_->id; }
  std::size_t hash() const { return reinterpret_cast<std::uintptr_t>(&*names_) >> 4; }  // the allocator aligns to 16
  const void* identity() const { return names_.get(); }  // of equal ones the same, while one of them is owned

  bool operator==(const EntityUid& other) const { return names_.same_as(other.names_); }
  // Some total order; not the order of the texts, and another one in the next process.
  bool operator<(const EntityUid& other) const { return std::less<>()(&*names_, &*other.names_); }

 private:
  struct Names : Counted {
    Names(const std::string* shared_type, std::string id_text) : type(shared_type), id(std::move(id_text)) {}
    ~Names();
    const std::string* type;  // the table's
    std::string id;
  };
  class Table;
  static Table& table();
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
