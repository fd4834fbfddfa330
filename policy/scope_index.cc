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

// Calls `visit` with each place of `level` that can concern an entity, but those that name it.
template <class Level, class Visit>
void visit_around(const Level& level, const Entities::Known* known, Visit&& visit) {
  if (!level.unconstrained.empty()) visit(level.unconstrained);
  if (level.by_entity.empty() || known == nullptr) return;
  for (const auto& ancestor : known->ancestors) {
    const auto found = level.by_entity.find(ancestor);
    if (found != level.by_entity.end()) visit(found->second);
  }
}

template <class Level, class Visit>
void visit_naming(const Level& level, const EntityUid& uid, Visit&& visit) {
  if (level.by_entity.empty()) return;
  const auto found = level.by_entity.find(uid);
  if (found != level.by_entity.end()) visit(found->second);
}

template <class Level, class Visit>
void visit_places(const Level& level, const ScopeIndex::Asked& asked, Visit&& visit) {
  visit_around(level, asked.known, visit);
  visit_naming(level, asked.uid, visit);
}

template <class Index, class Change>
void change_buckets(Index& by_resource, const Scope& scope, Change&& change) {
  change_places(by_resource, scope.resource, [&](auto& by_principal) {
    change_places(by_principal, scope.principal,
                  [&](auto& by_action) { change_places(by_action, scope.action, change); });
  });
}

}  // namespace

void ScopeIndex::count_types(const ScopeConstraint& resource, bool added) {
  if (!resource.names_entity()) return;
  for (const EntityUid& uid : resource.entities) {
    auto at = std::find_if(named_types_.begin(), named_types_.end(),
                           [&uid](const auto& counted) { return counted.first == uid.type(); });
    if (at == named_types_.end()) at = named_types_.emplace(at, uid.type(), 0);
    at->second += added ? 1 : std::size_t{0} - 1;
    if (at->second == 0) named_types_.erase(at);
  }
}

bool ScopeIndex::names_any(const std::string& type) const {
  return std::any_of(named_types_.begin(), named_types_.end(),
                     [&type](const auto& counted) { return counted.first == type; });
}

void ScopeIndex::add(const CompiledPolicy& policy) {
  count_types(policy.policy.scope.resource, true);
  change_buckets(by_resource_, policy.policy.scope, [&policy](Bucket& bucket) { bucket.push_back(&policy); });
}

void ScopeIndex::remove(const CompiledPolicy& policy) {
  count_types(policy.policy.scope.resource, false);
  change_buckets(by_resource_, policy.policy.scope, [&policy](Bucket& bucket) { std::erase(bucket, &policy); });
}

void ScopeIndex::find(const ByPrincipal& place, const Asked& principal, const Asked& action, Candidates& found) {
  visit_places(place, principal, [&](const ByAction& by_action) {
    visit_places(by_action, action,
                 [&](const Bucket& bucket) { found.insert(found.end(), bucket.begin(), bucket.end()); });
  });
}

void ScopeIndex::naming(const Asked& principal, const Asked& action, const EntityUid& resource,
                        Candidates& found) const {
  if (!names_any(resource.type())) return;
  visit_naming(by_resource_, resource, [&](const ByPrincipal& place) { find(place, principal, action, found); });
}

void ScopeIndex::around(const Asked& principal, const Asked& action, const Entities::Known* resource,
                        Candidates& found) const {
  visit_around(by_resource_, resource, [&](const ByPrincipal& place) { find(place, principal, action, found); });
}

}  // namespace steelyard::policy
