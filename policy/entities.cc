#include "policy/entities.h"

#include <algorithm>
#include <unordered_set>

namespace steelyard::policy {

Entities::Entities() = default;
Entities::Entities(Entities&&) noexcept = default;
Entities& Entities::operator=(Entities&&) noexcept = default;
Entities::~Entities() = default;

bool Entities::Known::is_in(const EntityUid& ancestor) const {
  return std::binary_search(ancestors.begin(), ancestors.end(), ancestor);
}

Entities::Known& Entities::slot(const EntityUid& uid) { return known_.try_emplace(uid).first->second; }

Status Entities::put(Entity entity) {
  std::sort(entity.parents.begin(), entity.parents.end());
  entity.parents.erase(std::unique(entity.parents.begin(), entity.parents.end()), entity.parents.end());
  for (const auto& parent : entity.parents) {
    if (in(parent, entity.uid)) {
      return fail(ErrorKind::kFix, "`" + to_source(entity.uid) + "` would be its own ancestor through its parent `" +
                                       to_source(parent) + "`");
    }
  }
  Known& known = slot(entity.uid);
  if (!known.exists) ++existing_;
  known.exists = true;
  known.attributes = shared(Value::record(std::move(entity.attributes)), entity.parents);
  known.tags = Value::record(std::move(entity.tags));
  if (known.parents != entity.parents) set_parents(entity.uid, known, std::move(entity.parents));
  return {};
}

void Entities::remove(const EntityUid& uid) {
  const auto found = known_.find(uid);
  if (found == known_.end() || !found->second.exists) return;
  Known& known = found->second;
  --existing_;
  set_parents(uid, known, {});
  known.exists = false;
  known.attributes = Value();
  known.tags = Value();
  if (known.children.empty()) known_.erase(uid);
}

const Entities::Known* Entities::find(const EntityUid& uid) const {
  const auto found = known_.find(uid);
  return found != known_.end() && found->second.exists ? &found->second : nullptr;
}

std::vector<EntityUid> Entities::uids() const {
  std::vector<EntityUid> all;
  all.reserve(existing_);
  for (const auto& [uid, known] : known_) {
    if (known.exists) all.push_back(uid);
  }
  return all;
}

bool Entities::in(const EntityUid& inner, const EntityUid& outer) const {
  if (inner == outer) return true;
  const auto found = known_.find(inner);
  return found != known_.end() && found->second.is_in(outer);
}

// Siblings mostly have the same attributes, as a dataset's fields do: they share one record, which is in the cache
// after the first of them was asked for. The youngest few are looked at.
Value Entities::shared(Value attributes, const std::vector<EntityUid>& parents) const {
  constexpr std::size_t kLookedAt = 8;
  for (const EntityUid& parent : parents) {
    const auto found = known_.find(parent);
    if (found == known_.end()) continue;
    const auto& siblings = found->second.children;
    for (std::size_t i = siblings.size(); i > 0 && siblings.size() - i < kLookedAt; --i) {
      const Value& theirs = known_.find(siblings[i - 1])->second.attributes;
      if (theirs == attributes) return theirs;
    }
  }
  return attributes;
}

void Entities::set_parents(const EntityUid& uid, Known& known, std::vector<EntityUid> parents) {
  for (const auto& parent : known.parents) {
    Known& old = slot(parent);
    std::erase(old.children, uid);
    if (!old.exists && old.children.empty()) known_.erase(parent);
  }
  for (const auto& parent : parents) slot(parent).children.push_back(uid);
  known.parents = std::move(parents);
  close(uid);
}

// Parents before children, so that each reads closed ancestors: a depth-first walk down, in reverse order of leaving.
// The walk keeps its own stack: hierarchies are as deep as whoever declared them likes.
void Entities::close(const EntityUid& uid) {
  std::vector<EntityUid> left;
  std::unordered_set<EntityUid, EntityUidHash> seen{uid};
  std::vector<std::pair<EntityUid, std::size_t>> walk{{uid, 0}};
  while (!walk.empty()) {
    const EntityUid at = walk.back().first;
    const auto& children = known_.find(at)->second.children;
    if (walk.back().second == children.size()) {
      left.push_back(at);
      walk.pop_back();
      continue;
    }
    const EntityUid& child = children[walk.back().second++];
    if (seen.insert(child).second) walk.emplace_back(child, 0);
  }
  for (auto at = left.rbegin(); at != left.rend(); ++at) {
    Known& known = known_.find(*at)->second;
    known.ancestors = known.parents;
    for (const auto& parent : known.parents) {
      const auto& above = known_.find(parent)->second.ancestors;
      known.ancestors.insert(known.ancestors.end(), above.begin(), above.end());
    }
    std::sort(known.ancestors.begin(), known.ancestors.end());
    known.ancestors.erase(std::unique(known.ancestors.begin(), known.ancestors.end()), known.ancestors.end());
  }
}

}  // namespace steelyard::policy
