// Entities: what is known about entities: attributes, tags, and what each is in, directly or through others.
//
// Built once and changed one entity at a time; ancestors are kept closed at each change, so that asking is a look-up.
// A parent need not be known itself. What decisions look at is the KnownEntities part, whose copies are snapshots: they
// cost little, stay as they are, and may be asked on other threads while this one goes on changing.
// Owns: all entities. Threads: one thread changes Entities; const members may run on any thread while nobody changes
// the object they are called on.
// Errors: put() refuses what would make an entity its own ancestor, and leaves everything as it was.
#pragma once

#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/base/result.h"
#include "policy/entity_uid.h"
#include "policy/hash.h"
#include "policy/list.h"
#include "policy/recent.h"
#include "policy/sharded.h"
#include "policy/value.h"

namespace steelyard::policy {

struct Entity {
  EntityUid uid;
  std::vector<EntityUid> parents;
  std::vector<Attribute> attributes;
  std::vector<Attribute> tags;
};

class KnownEntities {
 public:
  // What an entity is in, with its type beside it: asking for the type looks at no other memory.
  struct Ancestor {
    EntityUid uid;
    const std::string* type;  // uid.type()
  };
  // What a decision asks about one entity.
  struct Known : Counted {
    Value attributes;  // a record
    Value tags;        // a record

    std::span<const Ancestor> ancestors() const {  // sorted, without itself
      return ancestors_ ? ancestors_->elements() : std::span<const Ancestor>();
    }
    void prefetch() const {  // for whoever asks all of this next
      __builtin_prefetch(ancestors_.get());
      attributes.prefetch();
    }
    bool is_in(const EntityUid& ancestor) const;  // whether they are equal is not asked here
    bool same_ancestors(const Known& other) const;

   private:
    friend class KnownEntities;
    friend class Entities;
    Ref<List<Ancestor>> ancestors_;  // empty: none; siblings share it
    std::optional<EntityUid> uid_;   // itself; nothing while it is being made
  };

  const Known* find(const EntityUid& uid) const {  // nothing if it is not known
    const Ref<Known>* found = known_.find({uid.identity()});
    return found == nullptr ? nullptr : found->get();
  }
  void prefetch(const EntityUid& uid) const { known_.prefetch({uid.identity()}); }  // for a find() that follows
  std::size_t size() const { return known_.size(); }
  std::vector<EntityUid> uids() const;  // of all that are known, in no order

  // Equal, or in it through any number of parents.
  bool in(const EntityUid& inner, const EntityUid& outer) const;

 private:
  friend class Entities;
  struct Key {
    const void* identity = nullptr;
    bool operator==(const Key&) const = default;
    std::uint64_t hash() const { return mix_identities(identity); }
  };
  Sharded<Key, Ref<Known>> known_;
};

class Entities : public KnownEntities {
 public:
  Entities();
  Entities(const Entities&) = delete;  // large; what needs a copy copies KnownEntities
  Entities& operator=(const Entities&) = delete;
  Entities(Entities&&) noexcept;
  Entities& operator=(Entities&&) noexcept;
  ~Entities();

  Status put(Entity entity);          // adds it, or replaces what was known
  void remove(const EntityUid& uid);  // what was in it stays in it, as in any parent that is not known

 private:
  struct Family {
    std::vector<EntityUid> parents;
    std::vector<EntityUid> children;
  };
  Value shared(Value attributes, const std::vector<EntityUid>& parents) const;
  Ref<List<Ancestor>> shared(std::vector<Ancestor> ancestors, const std::vector<EntityUid>& parents) const;
  template <class Look>
  void for_young_siblings(const std::vector<EntityUid>& parents, Look&& look) const;
  Known& own(const EntityUid& uid);
  void share_texts(std::vector<Attribute>& attributes);
  void set_parents(const EntityUid& uid, std::vector<EntityUid> parents);
  void close(const EntityUid& uid);  // recomputes the ancestors of it and of all that is in it

  std::unordered_map<EntityUid, Family, EntityUidHash> families_;  // of whoever is in another one, or has one in it
  Recent<Value> texts_;                                            // of attributes
};

}  // namespace steelyard::policy
