#include "policy/scope_index.h"

#include <algorithm>

namespace steelyard::policy {
namespace {

// Calls `visit` with what a scope may name for this to hold: the entity itself, and with `exact` false each that it is
// in, if it is of a type for which `named` holds; or nothing, where it names none.
template <class Named, class Visit>
void visit_bounds(const ScopeIndex::Asked& asked, bool names, Named&& named, Visit&& visit) {
  if (!names) return visit(nullptr, false);
  if (named(&asked.uid.type())) visit(asked.uid.identity(), false);
  if (asked.known == nullptr) return;
  for (const auto& [uid, type] : asked.known->ancestors())
    if (named(type)) visit(uid.identity(), true);
}

}  // namespace

void ScopeIndex::NamedTypes::count(const Bound& bound, bool added) {
  for (const EntityUid& uid : bound.entities) {
    auto at = std::find_if(types_.begin(), types_.end(), [&uid](const auto& one) { return one.first.same_type(uid); });
    if (at == types_.end()) at = types_.emplace(at, uid, 0);
    at->second += added ? 1 : std::size_t{0} - 1;
    if (at->second == 0) types_.erase(at);
  }
}

bool ScopeIndex::NamedTypes::has(const std::string* type) const {
  return std::any_of(types_.begin(), types_.end(), [type](const auto& one) { return &one.first.type() == type; });
}

unsigned ScopeIndex::form_of(const CompiledPolicy& policy) {
  return (policy.resource.names ? kNamesResource : 0) | (policy.principal.names ? kNamesPrincipal : 0) |
         (policy.action.names ? kNamesAction : 0);
}

// A list of no actions holds for nothing and has no key.
template <class Change>
void ScopeIndex::for_keys(const CompiledPolicy& policy, Change&& change) {
  const auto only = [](const Bound& bound) { return bound.names ? bound.entities.front().identity() : nullptr; };
  Key key{only(policy.resource), only(policy.principal), nullptr};
  if (!policy.action.names) return change(key);
  for (auto at = policy.action.entities.begin(); at != policy.action.entities.end(); ++at) {
    if (std::find(policy.action.entities.begin(), at, *at) != at) continue;  // it is listed twice
    key.action = at->identity();
    change(key);
  }
}

void ScopeIndex::count(const CompiledPolicy& policy, bool added) {
  forms_[form_of(policy)] += added ? 1 : std::size_t{0} - 1;
  principal_types_.count(policy.principal, added);
  resource_types_.count(policy.resource, added);
}

void ScopeIndex::add(const Ref<CompiledPolicy>& policy) {
  count(*policy, true);
  for_keys(*policy, [&](const Key& key) {
    Bucket& bucket = buckets_.own(key);
    if (!bucket) {
      bucket.first = policy;
      return;
    }
    if (!bucket.more) bucket.more = Ref<More>(new More);
    bucket.more.own().policies.push_back(policy);
  });
}

void ScopeIndex::remove(const Ref<CompiledPolicy>& policy) {
  count(*policy, false);
  for_keys(*policy, [&](const Key& key) {
    Bucket& bucket = buckets_.own(key);
    if (!bucket.more) return buckets_.erase(key);
    auto& more = bucket.more.own().policies;
    if (bucket.first.same_as(policy))
      bucket.first = more.back();
    else
      *std::find_if(more.begin(), more.end(), [&](const auto& one) { return one.same_as(policy); }) = more.back();
    more.pop_back();
    if (more.empty()) bucket.more = Ref<More>();
  });
}

// One look through the table for a request.
class ScopeIndex::Search {
 public:
  Search(const ScopeIndex& index, const Asked& principal, const Asked& action, const std::string& resource_type,
         Candidates& found)
      : index_(index), principal_(principal), action_(action), resource_type_(&resource_type), found_(found) {}

  // All that name this resource, or none where `forms` has those alone.
  void under(const void* resource, bool from_below, unsigned names_resource) {
    for (unsigned form = names_resource; form < index_.forms_.size(); form += 2) {
      if (index_.forms_[form] == 0) continue;
      visit_bounds(
          principal_, (form & kNamesPrincipal) != 0,
          [this](const std::string* type) { return index_.principal_types_.has(type); },
          [&](const void* principal, bool by_ancestor) {
            visit_bounds(
                action_, (form & kNamesAction) != 0, [](const std::string*) { return true; },
                [&](const void* action, bool in_group) {
                  const Bucket* bucket = index_.buckets_.find({resource, principal, action});
                  if (bucket == nullptr) return;
                  const Way way{by_ancestor, in_group, from_below};
                  keep(*bucket->first, way);
                  if (!bucket->more) return;
                  for (const auto& policy : bucket->more->policies) keep(*policy, way);
                });
          });
    }
  }

 private:
  struct Way {  // whether each was found by what it is in
    bool principal, action, resource;
  };
  void keep(const CompiledPolicy& policy, const Way& way) {
    if (way.resource) policy.prefetch();  // one of many: those that name no resource are asked again and again
    if ((way.principal && policy.exact_principal) || (way.action && policy.exact_action) ||
        (way.resource && policy.exact_resource))
      return;
    if (policy.principal_type != nullptr && policy.principal_type != &principal_.uid.type()) return;
    if (policy.resource_type != nullptr && policy.resource_type != resource_type_) return;
    found_.push_back(&policy);
  }

  const ScopeIndex& index_;
  const Asked& principal_;
  const Asked& action_;
  const std::string* resource_type_;
  Candidates& found_;
};

void ScopeIndex::naming(const Asked& principal, const Asked& action, const Asked& resource, Candidates& found) const {
  if (!resource_types_.has(&resource.uid.type())) return;
  Search(*this, principal, action, resource.uid.type(), found).under(resource.uid.identity(), false, kNamesResource);
}

void ScopeIndex::around(const Asked& principal, const Asked& action, const Asked& resource, Candidates& found) const {
  Search search(*this, principal, action, resource.uid.type(), found);
  search.under(nullptr, false, 0);
  if (resource.known == nullptr) return;
  for (const auto& [uid, type] : resource.known->ancestors())
    if (resource_types_.has(type)) search.under(uid.identity(), true, kNamesResource);
}

}  // namespace steelyard::policy
