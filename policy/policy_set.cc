#include "policy/policy_set.h"

#include "policy/fold.h"
#include "policy/parser.h"

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

void PolicySet::put(Policy policy) {
  Expr program = fold(policy.condition);
  ResourceUse of_resource = resource_use(program);
  std::vector<Conjunct> conjuncts = conjuncts_of(program);
  auto compiled = std::make_unique<const CompiledPolicy>(
      CompiledPolicy{std::move(policy), std::move(program), std::move(conjuncts), std::move(of_resource), sequence_++});
  auto& place = policies_[compiled->policy.id];
  if (place != nullptr) index_.remove(*place);
  place = std::move(compiled);
  index_.add(*place);
}

Status PolicySet::put(std::string id, std::string_view text) {
  TRY_ASSIGN(Policy policy, parse_policy(std::move(id), text));
  put(std::move(policy));
  return {};
}

bool PolicySet::remove(std::string_view id) {
  const auto found = policies_.find(id);
  if (found == policies_.end()) return false;
  index_.remove(*found->second);
  policies_.erase(found);
  return true;
}

std::size_t PolicySet::remove_prefixed(std::string_view id_prefix) {
  std::size_t removed = 0;
  auto at = policies_.lower_bound(id_prefix);
  while (at != policies_.end() && at->first.starts_with(id_prefix)) {
    index_.remove(*at->second);
    at = policies_.erase(at);
    ++removed;
  }
  return removed;
}

void PolicySet::clear() {
  index_ = ScopeIndex();
  policies_.clear();
}

const Policy* PolicySet::find(std::string_view id) const {
  const auto found = policies_.find(id);
  return found == policies_.end() ? nullptr : &found->second->policy;
}

}  // namespace steelyard::policy
