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
    if (node.op == Op::kLiteral) return to_.add_literal(from_.literal(node), node.span);
    std::vector<Value> constants;
    for (const auto child : children) {
      if (to_.node(child).op == Op::kLiteral) constants.push_back(to_.literal(to_.node(child)));
    }
    const bool constant = constants.size() == children.size();
    if (constant && node.op == Op::kSet) return to_.add_literal(Value::set(std::move(constants)), node.span);
    if (constant && node.op == Op::kRecord) {
      std::vector<Attribute> attributes;
      for (std::uint32_t i = 0; i < node.children; ++i) attributes.push_back({from_.key(node, i), constants[i]});
      return to_.add_literal(Value::record(std::move(attributes)), node.span);
    }
    if (constant && node.op == Op::kCall) {
      auto value = ext::call(from_.function(node), constants);
      if (value) return to_.add_literal(std::move(*value), node.span);
    }
    auto added = to_.add(node.op, std::move(children), node.span, datum(node));
    CHECK(added.has_value());  // folding never adds depth
    return *added;
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
