#include "policy/fold.h"

#include <limits>
#include <optional>

namespace steelyard::policy {
namespace {

// `(a && b) && c` means what `a && b && c` means, errors included.
std::vector<NodeIndex> joined(const Expr& expr, const std::vector<NodeIndex>& operands) {
  std::vector<NodeIndex> all;
  for (const NodeIndex operand : operands) {
    const Node& node = expr.node(operand);
    if (node.op == Op::kAnd) {
      const auto inner = expr.children(node);
      all.insert(all.end(), inner.begin(), inner.end());
    } else {
      all.push_back(operand);
    }
  }
  return all;
}

// One tree's nodes, folded, at the end of `to`.
class Folder {
 public:
  Folder(const Expr& from, Expr& to) : from_(from), to_(to), constants_(from.size()), done_(from.size(), kNotYet) {
    for (NodeIndex index = 0; index < from_.size(); ++index) constants_[index] = constant(from_.node(index));
  }

  NodeIndex run() { return copy(from_.root()); }

 private:
  static constexpr NodeIndex kNotYet = std::numeric_limits<NodeIndex>::max();

  // What a node means, if that is known ahead; children stand before their parents.
  std::optional<Value> constant(const Node& node) const {
    if (node.op == Op::kLiteral) return from_.literal(node);
    if (node.op != Op::kSet && node.op != Op::kRecord && node.op != Op::kCall) return {};
    std::vector<Value> parts;
    for (const auto child : from_.children(node)) {
      if (!constants_[child]) return {};
      parts.push_back(*constants_[child]);
    }
    if (node.op == Op::kSet) return Value::set(std::move(parts));
    if (node.op == Op::kCall) {
      auto value = ext::call(from_.function(node), parts);
      return value ? std::optional<Value>(std::move(*value)) : std::nullopt;
    }
    std::vector<Attribute> attributes;
    for (std::uint32_t i = 0; i < node.children; ++i) attributes.push_back({from_.key(node, i), std::move(parts[i])});
    return Value::record(std::move(attributes));
  }

  // As deep as the expression, which is bounded; shared parts are copied once and stay shared. What a constant was made
  // of is left behind: sets of any number of literals are of one shape.
  NodeIndex copy(NodeIndex index) {
    if (done_[index] == kNotYet) done_[index] = make(index);
    return done_[index];
  }

  NodeIndex make(NodeIndex index) {
    const Node& node = from_.node(index);
    const Span& span = from_.span(node);
    if (constants_[index]) return to_.add_literal(*constants_[index], span);
    if (node.op == Op::kHasAttribute) return has(node, span);
    std::vector<NodeIndex> children;
    for (const auto child : from_.children(node)) children.push_back(copy(child));
    if (node.op == Op::kIsIn) return is_in(node, children, span);
    if (node.op == Op::kAnd) children = joined(to_, children);
    return to_.add_folded(node.op, std::move(children), span, datum(node));
  }

  // `e has a.b.c` means `e has a && e.a has b && e.a.b has c`.
  NodeIndex has(const Node& node, const Span& span) {
    std::vector<NodeIndex> parts;
    NodeIndex object = copy(from_.child(node));
    const auto path = from_.path(node);
    for (std::size_t i = 0; i < path.size(); ++i) {
      const std::uint32_t name = to_.add_name(path[i]);
      parts.push_back(to_.add_folded(Op::kHasAttribute, {object}, span, name));
      if (i + 1 < path.size()) object = to_.add_folded(Op::kGetAttribute, {object}, span, name);
    }
    return parts.size() == 1 ? parts.front() : to_.add_folded(Op::kAnd, std::move(parts), span);
  }

  // `e is T in x` means `e is T && e in x`.
  NodeIndex is_in(const Node& node, const std::vector<NodeIndex>& children, const Span& span) {
    const NodeIndex is = to_.add_folded(Op::kIs, {children[0]}, span, to_.add_name(from_.name(node)));
    return to_.add_folded(Op::kAnd, {is, to_.add_folded(Op::kIn, children, span)}, span);
  }

  std::uint32_t datum(const Node& node) {
    switch (node.op) {
      case Op::kGetAttribute:
      case Op::kIs: return to_.add_name(from_.name(node));
      case Op::kLike: return to_.add_pattern(from_.pattern(node));
      case Op::kRecord: {
        std::vector<std::string> names;
        for (std::uint32_t i = 0; i < node.children; ++i) names.push_back(from_.key(node, i));
        return to_.add_names(std::move(names));
      }
      default: return node.datum;
    }
  }

  const Expr& from_;
  Expr& to_;
  std::vector<std::optional<Value>> constants_;  // by node of from_
  std::vector<NodeIndex> done_;
};

}  // namespace

Expr fold(const Expr& expr) {
  Expr program;
  if (expr.size() != 0) program.set_root(Folder(expr, program).run());
  return program;
}

Expr fold(const std::vector<Condition>& conditions) {
  Expr program;
  std::vector<NodeIndex> parts;
  for (const Condition& condition : conditions) {
    NodeIndex part = Folder(condition.body, program).run();
    if (condition.kind == Condition::Kind::kUnless) part = program.add_folded(Op::kNot, {part}, condition.span);
    parts.push_back(part);
  }
  if (parts.empty()) return program;
  const Span whole = join(conditions.front().span, conditions.back().span);
  program.set_root(program.add_folded(Op::kAnd, joined(program, parts), whole));
  return program;
}

}  // namespace steelyard::policy
