#include "policy/entities.h"

#include <algorithm>
#include <unordered_set>

namespace steelyard::policy {

// Few, mostly: going through them is quicker than halving.
bool KnownEntities::Known::is_in(const EntityUid& ancestor) const {
  constexpr std::size_t kFew = 8;
  const auto all = ancestors();
  if (all.size() <= kFew)
    return std::any_of(all.begin(), all.end(), [&](const Ancestor& one) { return one.uid == ancestor; });
  const auto found = std::lower_bound(all.begin(), all.end(), ancestor,
                                      [](const Ancestor& one, const EntityUid& sought) { return one.uid < sought; });
  return found != all.end() && found->uid == ancestor;
}

bool KnownEntities::Known::same_ancestors(const Known& other) const {
  if (ancestors_.same_as(other.ancestors_)) return true;
  const auto ours = ancestors(), theirs = other.ancestors();
  return std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                    [](const Ancestor& a, const Ancestor& b) { return a.uid == b.uid; });
}

std::vector<EntityUid> KnownEntities::uids() const {
  std::vector<EntityUid> all;
  all.reserve(size());
  known_.for_each([&all](const Ref<Known>& known) { all.push_back(*known->uid_); });
  return all;
}

bool KnownEntities::in(const EntityUid& inner, const EntityUid& outer) const {
  if (inner == outer) return true;
  const Known* known = find(inner);
  return known != nullptr && known->is_in(outer);
}

Entities::Entities() = default;
Entities::Entities(Entities&&) noexcept = default;
Entities& Entities::operator=(Entities&&) noexcept = default;
Entities::~Entities() = default;

Status Entities::put(Entity entity) {
  std::sort(entity.parents.begin(), entity.parents.end());
  entity.parents.erase(std::unique(entity.parents.begin(), entity.parents.end()), entity.parents.end());
  for (const auto& parent : entity.parents) {
    if (in(parent, entity.uid)) {
      return fail(ErrorKind::kFix, "`" + to_source(entity.uid) + "` would be its own ancestor through its parent `" +
                                       to_source(parent) + "`");
    }
  }
  share_texts(entity.attributes);
  Value attributes = shared(Value::record(std::move(entity.attributes)), entity.parents);
  Known& known = own(entity.uid);
  known.attributes = std::move(attributes);
  known.tags = Value::record(std::move(entity.tags));
  set_parents(entity.uid, std::move(entity.parents));
  return {};
}

void Entities::remove(const EntityUid& uid) {
  if (find(uid) == nullptr) return;
  set_parents(uid, {});
  known_.erase({uid.identity()});
}

Entities::Known& Entities::own(const EntityUid& uid) {
  Ref<Known>& known = known_.own({uid.identity()});
  if (!known) {
    auto* made = new Known;
    made->uid_ = uid;
    known = Ref<Known>(made);
  }
  return known.own();
}

// Calls `look` with what is known of siblings, until it is content. The youngest few are looked at.
template <class Look>
void Entities::for_young_siblings(const std::vector<EntityUid>& parents, Look&& look) const {
  constexpr std::size_t kLookedAt = 8;
  for (const EntityUid& parent : parents) {
    const auto found = families_.find(parent);
    if (found == families_.end()) continue;
    const auto& siblings = found->second.children;
    for (std::size_t i = siblings.size(); i > 0 && siblings.size() - i < kLookedAt; --i) {
      const Known* sibling = find(siblings[i - 1]);
      if (sibling != nullptr && look(*sibling)) return;
    }
  }
}

// Siblings mostly have the same attributes, as a dataset's fields do, and are in the same: they share one record and
// one list, which are in the cache after the first of them was asked for.
Value Entities::shared(Value attributes, const std::vector<EntityUid>& parents) const {
  for_young_siblings(parents, [&attributes](const Known& sibling) {
    if (!(sibling.attributes == attributes)) return false;
    attributes = sibling.attributes;
    return true;
  });
  return attributes;
}

Ref<List<Entities::Ancestor>> Entities::shared(std::vector<Ancestor> ancestors,
                                               const std::vector<EntityUid>& parents) const {
  Ref<List<Ancestor>> made;
  if (ancestors.empty()) return made;
  made = List<Ancestor>::of(std::move(ancestors), 0, 0);
  for_young_siblings(parents, [&made](const Known& sibling) {
    const auto ours = made->elements(), theirs = sibling.ancestors();
    if (!std::equal(ours.begin(), ours.end(), theirs.begin(), theirs.end(),
                    [](const Ancestor& a, const Ancestor& b) { return a.uid == b.uid; }))
      return false;
    made = sibling.ancestors_;
    return true;
  });
  return made;
}

// Thousands of entities have one of a few words in an attribute: one object for all of them stays in the cache.
void Entities::share_texts(std::vector<Attribute>& attributes) {
  constexpr std::size_t kShort = 32;
  for (Attribute& attribute : attributes) {
    const Value& value = attribute.value;
    if (value.is(Type::kString) && value.as_string().size() <= kShort)
      attribute.value = texts_.one_of(value, value.hash());
  }
}

void Entities::set_parents(const EntityUid& uid, std::vector<EntityUid> parents) {
  const auto found = families_.find(uid);
  if (found == families_.end() && parents.empty()) return;
  std::vector<EntityUid>& now = found == families_.end() ? families_[uid].parents : found->second.parents;
  if (now == parents) return;
  const std::vector<EntityUid> before = std::exchange(now, std::move(parents));
  for (const auto& parent : before) {
    const auto old = families_.find(parent);
    std::erase(old->second.children, uid);
    if (old->second.children.empty() && old->second.parents.empty()) families_.erase(old);
  }
  const std::vector<EntityUid> after = families_.find(uid)->second.parents;
  for (const auto& parent : after) families_[parent].children.push_back(uid);
  close(uid);
  const auto left = families_.find(uid);
  if (left->second.children.empty() && left->second.parents.empty()) families_.erase(left);
}

// Parents before children, so that each reads closed ancestors: a depth-first walk down, in reverse order of leaving.
// The walk keeps its own stack: hierarchies are as deep as whoever declared them likes.
void Entities::close(const EntityUid& uid) {
  std::vector<EntityUid> left;
  std::unordered_set<EntityUid, EntityUidHash> seen{uid};
  std::vector<std::pair<EntityUid, std::size_t>> walk{{uid, 0}};
  while (!walk.empty()) {
    const EntityUid at = walk.back().first;
    const auto& children = families_.find(at)->second.children;
    if (walk.back().second == children.size()) {
      left.push_back(at);
      walk.pop_back();
      continue;
    }
    const EntityUid& child = children[walk.back().second++];
    if (seen.insert(child).second) walk.emplace_back(child, 0);
  }
  for (auto at = left.rbegin(); at != left.rend(); ++at) {
    if (find(*at) == nullptr) continue;  // only named as a parent: it is in nothing
    const auto& parents = families_.find(*at)->second.parents;
    std::vector<Ancestor> ancestors;
    for (const auto& parent : parents) {
      ancestors.push_back({parent, &parent.type()});
      const Known* above = find(parent);
      if (above == nullptr) continue;
      const auto its = above->ancestors();
      ancestors.insert(ancestors.end(), its.begin(), its.end());
    }
    std::sort(ancestors.begin(), ancestors.end(), [](const auto& a, const auto& b) { return a.uid < b.uid; });
    const auto same = [](const auto& a, const auto& b) { return a.uid == b.uid; };
    ancestors.erase(std::unique(ancestors.begin(), ancestors.end(), same), ancestors.end());
    own(*at).ancestors_ = shared(std::move(ancestors), parents);
  }
}

}  // namespace steelyard::policy
