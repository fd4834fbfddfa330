#include "policy/shapes.h"

#include "core/base/check.h"

namespace steelyard::policy {
namespace {

std::vector<Conjunct> conjuncts_of(const Expr& program) {
  std::vector<Conjunct> conjuncts;
  if (program.size() == 0) return conjuncts;
  const std::vector<bool> naming = nodes_naming_resource(program);
  const auto add = [&](NodeIndex root) { conjuncts.push_back({root, !naming[root]}); };
  const Node& root = program.node(program.root());
  if (root.op != Op::kAnd) {
    add(program.root());
  } else {
    for (const NodeIndex child : program.children(root)) add(child);
  }
  return conjuncts;
}

}  // namespace

const Shapes::Common& Shapes::join(Expr& program) {
  const auto [at, first] = by_shape_.try_emplace(program);
  if (first) {
    at->second.conjuncts = conjuncts_of(program);
    at->second.of_resource = resource_use(program);
  } else {
    program.share_shape(at->first);
  }
  ++at->second.policies;
  return at->second;
}

void Shapes::leave(const Expr& program) {
  const auto found = by_shape_.find(program);
  CHECK(found != by_shape_.end());
  if (--found->second.policies == 0) by_shape_.erase(found);
}

}  // namespace steelyard::policy
