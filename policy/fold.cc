#include "policy/fold.h"

#include <limits>
#include <optional>

#include "core/base/check.h"

namespace steelyard::policy {
namespace {

class Folder {
 public:
  explicit Folder(const Expr& from) : from_(from), constants_(from.size()), done_(from.size(), kNotYet) {}

  Expr run() {
    for (NodeIndex index = 0; index < from_.size(); ++index) constants_[index] = constant(from_.node(index));
    to_.set_root(copy(from_.root()));
    return std::move(to_);
  }

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
    if (constants_[index]) return to_.add_literal(*constants_[index], from_.span(node));
    std::vector<NodeIndex> children;
    for (const auto child : from_.children(node)) children.push_back(copy(child));
    if (node.op == Op::kAnd) children = joined(children);
    auto added = to_.add(node.op, std::move(children), from_.span(node), datum(node));
    CHECK(added.has_value());  // folding never adds depth
    return *added;
  }

  // `(a && b) && c` means what `a && b && c` means, errors included.
  std::vector<NodeIndex> joined(const std::vector<NodeIndex>& operands) const {
    std::vector<NodeIndex> all;
    for (const NodeIndex operand : operands) {
      const Node& node = to_.node(operand);
      if (node.op == Op::kAnd) {
        const auto inner = to_.children(node);
        all.insert(all.end(), inner.begin(), inner.end());
      } else {
        all.push_back(operand);
      }
    }
    return all;
  }

  std::uint32_t datum(const Node& node) {
    switch (node.op) {
      case Op::kGetAttribute:
      case Op::kHasAttribute:
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
  std::vector<std::optional<Value>> constants_;  // by node of from_
  std::vector<NodeIndex> done_;
  Expr to_;
};

}  // namespace

Expr fold(const Expr& expr) { return expr.size() == 0 ? Expr() : Folder(expr).run(); }

}  // namespace steelyard::policy
