#include "policy/scope_index.h"

#include <algorithm>

#include "policy/policy_set.h"

namespace steelyard::policy {
namespace {

// Calls `change` with each place of `level` where a policy with this constraint stands. A list of no actions holds for
// nothing and has no place.
template <class Level, class Change>
void change_places(Level& level, const ScopeConstraint& constraint, Change&& change) {
  if (!constraint.names_entity()) return change(level.unconstrained);
  for (const auto& uid : constraint.entities) {
    auto& place = level.by_entity[uid];
    change(place);
    if (place.empty()) level.by_entity.erase(uid);
  }
}

// Calls `visit` with each place of `level` that can concern an entity.
template <class Level, class Visit>
void visit_places(const Level& level, const EntityUid& uid, const Entities::Known* known, Visit&& visit) {
  if (!level.unconstrained.empty()) visit(level.unconstrained);
  if (level.by_entity.empty()) return;
  const auto ask = [&](const EntityUid& named) {
    const auto found = level.by_entity.find(named);
    if (found != level.by_entity.end()) visit(found->second);
  };
  ask(uid);
  if (known == nullptr) return;
  for (const auto& ancestor : known->ancestors) ask(ancestor);
}

template <class Index, class Change>
void change_buckets(Index& by_resource, const Scope& scope, Change&& change) {
  change_places(by_resource, scope.resource, [&](auto& by_principal) {
    change_places(by_principal, scope.principal,
                  [&](auto& by_action) { change_places(by_action, scope.action, change); });
  });
}

}  // namespace

void ScopeIndex::add(const CompiledPolicy& policy) {
  change_buckets(by_resource_, policy.policy.scope, [&policy](Bucket& bucket) { bucket.push_back(&policy); });
}

void ScopeIndex::remove(const CompiledPolicy& policy) {
  change_buckets(by_resource_, policy.policy.scope, [&policy](Bucket& bucket) { std::erase(bucket, &policy); });
}

void ScopeIndex::candidates(const Request& request, const Entities& entities, Candidates& found) const {
  const auto* principal = entities.find(request.principal);
  const auto* action = entities.find(request.action);
  const auto* resource = entities.find(request.resource);
  visit_places(by_resource_, request.resource, resource, [&](const ByPrincipal& by_principal) {
    visit_places(by_principal, request.principal, principal, [&](const ByAction& by_action) {
      visit_places(by_action, request.action, action,
                   [&](const Bucket& bucket) { found.insert(found.end(), bucket.begin(), bucket.end()); });
    });
  });
  const auto earlier = [](const CompiledPolicy* a, const CompiledPolicy* b) { return a->sequence < b->sequence; };
  std::sort(found.begin(), found.end(), earlier);
  found.erase(std::unique(found.begin(), found.end()), found.end());  // an action can be in two that are named
}

}  // namespace steelyard::policy
