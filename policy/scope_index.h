// ScopeIndex: which policies can concern a request, by the entities their scopes name.
//
// Three levels: the resource's entity, the principal's, the action's; at each level a policy that names none stands
// apart. Look-ups ask for the request's entities and all they are in, so its cost depends on how deep entities lie
// and on the policies found, not on how many there are. It may find policies whose scope does not hold (`is`): the
// evaluator still asks.
// Owns nothing: the policies outlive their place here. Threads: one owner; const members may run on any thread
// while nobody changes the index. Errors: none.
#pragma once

#include <memory_resource>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "policy/entities.h"
#include "policy/policy.h"
#include "policy/request.h"

namespace steelyard::policy {

struct CompiledPolicy;
using Candidates = std::pmr::vector<const CompiledPolicy*>;

class ScopeIndex {
 public:
  struct Asked {  // an entity of the request, and what is known of it
    const EntityUid& uid;
    const Entities::Known* known;
  };

  void add(const CompiledPolicy& policy);
  void remove(const CompiledPolicy& policy);
  // Policies whose scope names the resource itself, and all others that can concern it: these are the same for every
  // resource that is in the same entities. Both append, in no order; one policy may stand there twice.
  void naming(const Asked& principal, const Asked& action, const EntityUid& resource, Candidates& found) const;
  void around(const Asked& principal, const Asked& action, const Entities::Known* resource, Candidates& found) const;

 private:
  using Bucket = std::vector<const CompiledPolicy*>;
  template <class Next>
  struct Level {
    Next unconstrained;
    std::unordered_map<EntityUid, Next, EntityUidHash> by_entity;

    bool empty() const { return unconstrained.empty() && by_entity.empty(); }
  };
  using ByAction = Level<Bucket>;
  using ByPrincipal = Level<ByAction>;
  using ByResource = Level<ByPrincipal>;

  static void find(const ByPrincipal& place, const Asked& principal, const Asked& action, Candidates& found);
  void count_types(const ScopeConstraint& resource, bool added);
  bool names_any(const std::string& type) const;

  ByResource by_resource_;
  // How often resource scopes name entities of a type: policies rarely name single fields, and are asked for each.
  std::vector<std::pair<std::string, std::size_t>> named_types_;
};

}  // namespace steelyard::policy
