#include "policy/resource_use.h"

#include <algorithm>

namespace steelyard::policy {
namespace {

bool is_resource(const Expr& expr, NodeIndex index) {
  const Node& node = expr.node(index);
  return node.op == Op::kVariable && expr.variable(node) == Variable::kResource;
}

}  // namespace

// Every node is looked at, whether the root reaches it or not: one too many errs on the safe side.
ResourceUse resource_use(const Expr& expr) {
  ResourceUse use;
  if (expr.size() == 0) return use;
  use.whole = is_resource(expr, expr.root());
  for (NodeIndex index = 0; index < expr.size(); ++index) {
    const Node& node = expr.node(index);
    const auto children = expr.children(node);
    if (std::none_of(children.begin(), children.end(), [&expr](NodeIndex child) { return is_resource(expr, child); }))
      continue;
    if (node.op != Op::kGetAttribute && node.op != Op::kHasAttribute) {
      use.whole = true;
    } else if (const std::string& name = expr.name(node);
               std::find(use.attributes.begin(), use.attributes.end(), name) == use.attributes.end()) {
      use.attributes.push_back(name);
    }
  }
  return use;
}

// One pass, since children stand before their parents; parts that are shared would make a walk from the root long.
std::vector<bool> nodes_naming_resource(const Expr& expr) {
  std::vector<bool> naming(expr.size());
  for (NodeIndex index = 0; index < expr.size(); ++index) {
    const auto children = expr.children(expr.node(index));
    naming[index] = is_resource(expr, index) ||
                    std::any_of(children.begin(), children.end(), [&](NodeIndex child) { return naming[child]; });
  }
  return naming;
}

bool ResourceUse::same(const Entities::Known* a, const Entities::Known* b) const {
  if (a == b || attributes.empty()) return true;
  if (a == nullptr || b == nullptr) return false;
  if (a->attributes.shares_record_with(b->attributes)) return true;
  return std::all_of(attributes.begin(), attributes.end(), [a, b](const std::string& name) {
    const Value* of_a = a->attributes.find(name);
    const Value* of_b = b->attributes.find(name);
    return of_a == of_b || (of_a != nullptr && of_b != nullptr && *of_a == *of_b);
  });
}

}  // namespace steelyard::policy
