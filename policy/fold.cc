#include "policy/fold.h"

#include <limits>

#include "core/base/check.h"

namespace steelyard::policy {
namespace {

class Folder {
 public:
  explicit Folder(const Expr& from) : from_(from), done_(from.size(), kNotYet) {}

  Expr run() {
    to_.set_root(copy(from_.root()));
    return std::move(to_);
  }

 private:
  static constexpr NodeIndex kNotYet = std::numeric_limits<NodeIndex>::max();

  // As deep as the expression, which is bounded; shared parts are copied once and stay shared.
  NodeIndex copy(NodeIndex index) {
    if (done_[index] != kNotYet) return done_[index];
    const Node& node = from_.node(index);
    std::vector<NodeIndex> children;
    for (const auto child : from_.children(node)) children.push_back(copy(child));
    done_[index] = make(node, std::move(children));
    return done_[index];
  }

  NodeIndex make(const Node& node, std::vector<NodeIndex> children) {
    if (node.op == Op::kLiteral) return to_.add_literal(from_.literal(node), from_.span(node));
    std::vector<Value> constants;
    for (const auto child : children) {
      if (to_.node(child).op == Op::kLiteral) constants.push_back(to_.literal(to_.node(child)));
    }
    const bool constant = constants.size() == children.size();
    if (constant && node.op == Op::kSet) return to_.add_literal(Value::set(std::move(constants)), from_.span(node));
    if (constant && node.op == Op::kRecord) {
      std::vector<Attribute> attributes;
      for (std::uint32_t i = 0; i < node.children; ++i) attributes.push_back({from_.key(node, i), constants[i]});
      return to_.add_literal(Value::record(std::move(attributes)), from_.span(node));
    }
    if (constant && node.op == Op::kCall) {
      auto value = ext::call(from_.function(node), constants);
      if (value) return to_.add_literal(std::move(*value), from_.span(node));
    }
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
  std::vector<NodeIndex> done_;
  Expr to_;
};

}  // namespace

Expr fold(const Expr& expr) { return expr.size() == 0 ? Expr() : Folder(expr).run(); }

}  // namespace steelyard::policy
