#include "policy/entity_order.h"

#include <unordered_map>

#include "policy/span.h"

namespace steelyard::policy {
namespace {

enum class Mark : std::uint8_t { kNew, kOpen, kDone };

struct Step {
  std::size_t entity;
  std::size_t next_parent;
};

}  // namespace

// A depth-first walk upwards with a stack of its own: hierarchies are as deep as whoever wrote them likes.
Result<std::vector<Entity>> parents_first(std::vector<Entity> entities) {
  std::unordered_map<EntityUid, std::size_t, EntityUidHash> places;
  for (std::size_t i = 0; i < entities.size(); ++i) places.emplace(entities[i].uid, i);
  std::vector<Mark> marks(entities.size(), Mark::kNew);
  std::vector<std::size_t> order;
  std::vector<Step> walk;
  for (std::size_t start = 0; start < entities.size(); ++start) {
    if (marks[start] == Mark::kNew) walk.push_back({start, 0});
    while (!walk.empty()) {
      auto& [at, next] = walk.back();
      const auto& parents = entities[at].parents;
      marks[at] = Mark::kOpen;
      if (next == parents.size()) {
        marks[at] = Mark::kDone;
        order.push_back(at);
        walk.pop_back();
        continue;
      }
      const EntityUid& parent = parents[next++];
      const auto found = places.find(parent);
      if (found == places.end() || marks[found->second] == Mark::kDone) continue;
      if (marks[found->second] == Mark::kOpen) {
        return fail(ErrorKind::kFix,
                    one_line("`" + to_source(entities[at].uid) + "` would be its own ancestor through its parent `" +
                             to_source(parent) + "`"));
      }
      walk.push_back({found->second, 0});
    }
  }
  std::vector<Entity> ordered;
  ordered.reserve(entities.size());
  for (const std::size_t at : order) ordered.push_back(std::move(entities[at]));
  return ordered;
}

}  // namespace steelyard::policy
