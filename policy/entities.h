// Entities: what is known about entities: attributes, tags, and what each is in, directly or through others.
//
// Built once and changed one entity at a time; ancestors are kept closed at each change, so that asking is a look-up.
// A parent need not be known itself. No decision copies it.
// Owns: all entities. Threads: one thread changes it; const members may run on any thread while nobody changes it.
// Errors: put() refuses what would make an entity its own ancestor, and leaves everything as it was.
#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "policy/entity_uid.h"
#include "policy/value.h"

namespace steelyard::policy {

struct Entity {
  EntityUid uid;
  std::vector<EntityUid> parents;
  std::vector<Attribute> attributes;
  std::vector<Attribute> tags;
};

class Entities {
 public:
  // What a decision asks about one entity.
  struct Known {
    Value attributes;                  // a record
    Value tags;                        // a record
    bool exists = false;               // false: only named as a parent
    std::vector<EntityUid> ancestors;  // sorted, without itself

    bool is_in(const EntityUid& ancestor) const;  // through parents; whether they are equal is not asked here
   private:
    friend class Entities;
    std::vector<EntityUid> parents;
    std::vector<EntityUid> children;
  };

  Entities();
  Entities(const Entities&) = delete;  // large; nothing needs a copy
  Entities& operator=(const Entities&) = delete;
  Entities(Entities&&) noexcept;
  Entities& operator=(Entities&&) noexcept;
  ~Entities();

  Status put(Entity entity);          // adds it, or replaces what was known
  void remove(const EntityUid& uid);  // what was in it stays in it, as in any parent that is not known

  const Known* find(const EntityUid& uid) const;  // nothing if it does not exist
  std::size_t size() const { return existing_; }
  std::vector<EntityUid> uids() const;  // of all that exist, in no order

  // Equal, or in it through any number of parents.
  bool in(const EntityUid& inner, const EntityUid& outer) const;

 private:
  Known& slot(const EntityUid& uid);
  Value shared(Value attributes, const std::vector<EntityUid>& parents) const;
  void set_parents(const EntityUid& uid, Known& known, std::vector<EntityUid> parents);
  void close(const EntityUid& uid);  // recomputes the ancestors of it and of all that is in it

  std::unordered_map<EntityUid, Known, EntityUidHash> known_;
  std::size_t existing_ = 0;
};

}  // namespace steelyard::policy
