#include "policy/schema/closure.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace steelyard::policy::schema {

std::optional<Edges> closure(Edges edges, std::size_t pairs_max) {
  for (auto& targets : edges) {
    std::sort(targets.begin(), targets.end());
    targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  }
  Edges reached(edges.size());
  std::vector<std::size_t> seen_by(edges.size(), edges.size());  // the last node that was found to reach it
  std::size_t pairs = 0;
  for (std::size_t node = 0; node < edges.size(); ++node) {
    auto& all = reached[node];
    const auto visit = [&](std::size_t from) {
      for (const std::size_t target : edges[from]) {
        if (std::exchange(seen_by[target], node) != node) all.push_back(target);
      }
    };
    visit(node);
    for (std::size_t next = 0; next < all.size(); ++next) visit(all[next]);
    pairs += all.size();
    if (pairs > pairs_max) return std::nullopt;
    std::sort(all.begin(), all.end());
  }
  return reached;
}

Order order_of(const Edges& edges) {
  enum class State : std::uint8_t { kNew, kOpen, kDone };
  struct Visit {
    std::size_t node;
    std::size_t next = 0;  // which of its edges to follow next
  };
  Order order;
  std::vector<State> states(edges.size(), State::kNew);
  for (std::size_t root = 0; root < edges.size(); ++root) {
    if (states[root] != State::kNew) continue;
    std::vector<Visit> open{{root}};
    states[root] = State::kOpen;
    while (!open.empty()) {
      Visit& visit = open.back();
      if (visit.next == edges[visit.node].size()) {
        states[visit.node] = State::kDone;
        order.nodes.push_back(visit.node);
        open.pop_back();
        continue;
      }
      const std::size_t target = edges[visit.node][visit.next++];
      if (states[target] == State::kOpen) {
        order.cycle = target;
        return order;
      }
      if (states[target] == State::kDone) continue;
      states[target] = State::kOpen;
      open.push_back({target});
    }
  }
  return order;
}

}  // namespace steelyard::policy::schema
