#include "policy/expr.h"

#include <algorithm>

#include "core/base/limits.h"

namespace steelyard::policy {

NodeIndex Expr::add_literal(Value value, const Span& span) {
  literals_.push_back(std::move(value));
  nodes_.push_back({.op = Op::kLiteral, .datum = static_cast<std::uint32_t>(literals_.size() - 1)});
  spans_.push_back(span);
  return static_cast<NodeIndex>(nodes_.size() - 1);
}

Result<NodeIndex> Expr::add(Op op, std::vector<NodeIndex> children, const Span& span, std::uint32_t datum) {
  std::uint16_t depth = 0;
  for (const auto child : children) depth = std::max(depth, nodes_[child].depth);
  if (depth >= limits::kExpressionDepthMax) {
    return fail_at(span, "the expression nests deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels");
  }
  nodes_.push_back({.op = op,
                    .depth = static_cast<std::uint16_t>(depth + 1),
                    .children_at = static_cast<std::uint32_t>(children_.size()),
                    .children = static_cast<std::uint32_t>(children.size()),
                    .datum = datum});
  spans_.push_back(span);
  children_.insert(children_.end(), children.begin(), children.end());
  return static_cast<NodeIndex>(nodes_.size() - 1);
}

std::uint32_t Expr::add_name(std::string name) {
  names_.push_back(std::move(name));
  return static_cast<std::uint32_t>(names_.size() - 1);
}

std::uint32_t Expr::add_names(std::vector<std::string> names) {
  const auto first = static_cast<std::uint32_t>(names_.size());
  std::move(names.begin(), names.end(), std::back_inserter(names_));
  return first;
}

std::uint32_t Expr::add_pattern(Wildcard pattern) {
  patterns_.push_back(std::move(pattern));
  return static_cast<std::uint32_t>(patterns_.size() - 1);
}

}  // namespace steelyard::policy
