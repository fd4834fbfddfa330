// Closure: from which nodes of a graph which others can be reached, and an order in which what is needed comes first.
//
// Nodes are numbers from 0. No recursion: a chain may be as long as a schema. Owns nothing. Threads: any.
// Errors: by return value.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

namespace steelyard::policy::schema {

using Edges = std::vector<std::vector<std::size_t>>;  // of each node: where they lead to; duplicates do no harm

// Of each node what it reaches, sorted, itself only if it is in a cycle; nothing if that is more than `pairs_max`.
std::optional<Edges> closure(Edges edges, std::size_t pairs_max);

struct Order {
  std::vector<std::size_t> nodes;    // each after all that it leads to
  std::optional<std::size_t> cycle;  // a node of a cycle; then there is no order
};
Order order_of(const Edges& edges);

}  // namespace steelyard::policy::schema
