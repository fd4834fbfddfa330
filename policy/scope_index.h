// ScopeIndex: which policies' scopes hold for a request, found by the entities that they name.
//
// One table, by action, principal and resource together: a policy stands under each action that its scope names, with
// the principal and the resource that it names, or under none where it names none. Asking looks under the request's
// entities and all they are in, of the types alone that some scope names; so its cost depends on how deep entities lie
// and on the policies found, not on how many there are. What it finds is in scope, `is` and `==` included.
// A copy is a snapshot (sharded.h).
// Owns: the policies, together with its copies. Threads: one owner; const members may run on any thread while nobody
// changes the object they are called on. Errors: none.
#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "policy/compiled_policy.h"
#include "policy/entities.h"
#include "policy/few.h"
#include "policy/sharded.h"

namespace steelyard::policy {

using Candidates = Few<const CompiledPolicy*, 16>;

class ScopeIndex {
 public:
  struct Asked {  // an entity of the request, and what is known of it
    const EntityUid& uid;
    const Entities::Known* known;
  };

  void add(const Ref<CompiledPolicy>& policy);
  void remove(const Ref<CompiledPolicy>& policy);
  // Policies whose scope names the resource itself, and all others that hold for it: these are the same for every
  // resource of its type that is in the same entities. Both append, in no order; one policy may stand there twice.
  void naming(const Asked& principal, const Asked& action, const Asked& resource, Candidates& found) const;
  void around(const Asked& principal, const Asked& action, const Asked& resource, Candidates& found) const;
  // Whether some scope names a resource of this type: then conditions mostly ask about it, too.
  bool names_resource_of(const std::string& type) const { return resource_types_.has(&type); }

 private:
  struct Key {
    const void* resource = nullptr;
    const void* principal = nullptr;
    const void* action = nullptr;
    bool operator==(const Key&) const = default;
    std::uint64_t hash() const { return mix_identities(resource, principal, action); }
  };
  struct More : Counted {
    std::vector<Ref<CompiledPolicy>> policies;
  };
  struct Bucket {
    Ref<CompiledPolicy> first;
    Ref<More> more;  // empty: there is no other, as mostly
    explicit operator bool() const { return static_cast<bool>(first); }
  };
  // The types of entities that scopes name, and how often each is.
  class NamedTypes {
   public:
    void count(const Bound& bound, bool added);
    bool has(const std::string* type) const;

   private:
    std::vector<std::pair<EntityUid, std::size_t>> types_;  // each by some entity of it
  };
  // Which of the three a scope names.
  static constexpr unsigned kNamesResource = 1, kNamesPrincipal = 2, kNamesAction = 4;
  static unsigned form_of(const CompiledPolicy& policy);

  class Search;
  template <class Change>
  static void for_keys(const CompiledPolicy& policy, Change&& change);
  void count(const CompiledPolicy& policy, bool added);

  Sharded<Key, Bucket> buckets_;
  std::array<std::size_t, 8> forms_ = {};  // how many policies are of each
  NamedTypes principal_types_, resource_types_;
};

}  // namespace steelyard::policy
