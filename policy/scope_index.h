// ScopeIndex: which policies can concern a request, by the entities their scopes name.
//
// Three levels: the resource's entity, the principal's, the action's; at each level a policy that names none stands
// apart. A look-up asks for the request's entities and all they are in, so its cost depends on how deep entities lie
// and on the policies found, not on how many there are. It may find policies whose scope does not hold (`is`): the
// evaluator still asks.
// Owns nothing: the policies outlive their place here. Threads: one owner; candidates() is const and may run on any
// thread while nobody changes the index. Errors: none.
#pragma once

#include <memory_resource>
#include <unordered_map>
#include <vector>

#include "policy/entities.h"
#include "policy/policy.h"
#include "policy/request.h"

namespace steelyard::policy {

struct CompiledPolicy;
using Candidates = std::pmr::vector<const CompiledPolicy*>;

class ScopeIndex {
 public:
  void add(const CompiledPolicy& policy);
  void remove(const CompiledPolicy& policy);
  // In the order in which they were added to their set, each once.
  void candidates(const Request& request, const Entities& entities, Candidates& found) const;

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

  ByResource by_resource_;
};

}  // namespace steelyard::policy
