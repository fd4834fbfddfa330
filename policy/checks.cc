#include "policy/checks.h"

#include <algorithm>
#include <optional>

#include "policy/resource_use.h"

namespace steelyard::policy {
namespace {

Check::Kind kind_of(Op op) {
  using Kind = Check::Kind;
  switch (op) {
    case Op::kEqual: return Kind::kEqual;
    case Op::kNotEqual: return Kind::kNotEqual;
    case Op::kLess: return Kind::kLess;
    case Op::kLessEqual: return Kind::kLessEqual;
    case Op::kGreater: return Kind::kGreater;
    case Op::kGreaterEqual: return Kind::kGreaterEqual;
    case Op::kIn: return Kind::kIn;
    case Op::kContains: return Kind::kContains;
    case Op::kIs: return Kind::kIs;
    case Op::kHasAttribute: return Kind::kHas;
    case Op::kLiteral:
    case Op::kVariable:
    case Op::kGetAttribute: return Kind::kTrue;
    default: return Kind::kAny;
  }
}

class Maker {
 public:
  Maker(const Expr& program, Ways& ways) : program_(program), ways_(ways) {}

  Checks make() {
    if (program_.size() == 0) return {};
    const std::vector<bool> naming = nodes_naming_resource(program_);
    const Node& root = program_.node(program_.root());
    const auto add = [&](NodeIndex part) {
      made_.conjuncts.push_back({put(part, Check::kHolds, Check::kFails, 0), !naming[part]});
    };
    if (root.op != Op::kAnd) {
      add(program_.root());
    } else {
      for (const NodeIndex part : program_.children(root)) add(part);
    }
    return std::move(made_);
  }

 private:
  // Puts the checks of `node`, which go on to `yes` or `no`, and returns the first. Last ones first, so that each knows
  // where it goes on. As deep as the expression, which is bounded.
  std::uint32_t put(NodeIndex index, std::uint32_t yes, std::uint32_t no, std::uint32_t passed) {
    const Node& node = program_.node(index);
    if (node.op == Op::kNot) return put(program_.child(node), no, yes, passed + 1);
    if (node.op != Op::kAnd && node.op != Op::kOr) return put_leaf(index, yes, no, passed);
    for (std::uint32_t i = node.children; i > 0; --i) {
      const std::uint32_t first = put(program_.child(node, i - 1), yes, no, i == 1 ? passed + 1 : 0);
      (node.op == Op::kAnd ? yes : no) = first;
    }
    return node.op == Op::kAnd ? yes : no;
  }

  std::uint32_t put_leaf(NodeIndex index, std::uint32_t yes, std::uint32_t no, std::uint32_t passed) {
    const Node& node = program_.node(index);
    Check check;
    check.kind = kind_of(node.op);
    check.node = index;
    check.passed = passed;
    check.yes = yes;
    check.no = no;
    std::uint32_t steps = 1;
    const auto operand = [&](NodeIndex part, Operand& to) {
      const auto found = operand_of(part, steps);
      if (!found) check.kind = Check::Kind::kAny;
      if (found) to = *found;
    };
    if (check.kind == Check::Kind::kTrue) {
      steps = 0;
      operand(index, check.left);
    } else if (check.kind != Check::Kind::kAny) {
      operand(program_.child(node), check.left);
      if (node.children > 1) operand(program_.child(node, 1), check.right);
    }
    check.steps = passed + steps;
    if (check.kind == Check::Kind::kHas) check.name = node.datum;
    if (check.kind == Check::Kind::kIs) check.name = type_named(program_.name(node));
    made_.checks.push_back(check);
    return static_cast<std::uint32_t>(made_.checks.size() - 1);
  }

  // A literal, or a variable with few attributes behind it; its nodes are added to `steps`.
  std::optional<Operand> operand_of(NodeIndex index, std::uint32_t& steps) {
    Operand found;
    for (const Node* node = &program_.node(index);; node = &program_.node(program_.child(*node))) {
      ++steps;
      if (node->op == Op::kVariable) found.variable = program_.variable(*node);
      if (node->op == Op::kLiteral) found.literal = true;
      if (node->op == Op::kLiteral) found.names[0] = node->datum;
      if (node->op == Op::kVariable || node->op == Op::kLiteral) break;
      if (node->op != Op::kGetAttribute || found.hops == Operand::kHopsMax) return {};
      found.names[found.hops++] = node->datum;
    }
    std::reverse(found.names.begin(), found.names.begin() + found.hops);
    if (found.literal || found.hops == 0) return found;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < found.hops; ++i) names.push_back(program_.shape().names[found.names[i]]);
    found.way = ways_.number_of(found.variable, names);
    return found;
  }

  std::uint32_t type_named(const std::string& type) {
    const auto found = std::find_if(made_.types.begin(), made_.types.end(),
                                    [&type](const EntityUid& one) { return one.type() == type; });
    if (found != made_.types.end()) return static_cast<std::uint32_t>(found - made_.types.begin());
    made_.types.emplace_back(type, "");
    return static_cast<std::uint32_t>(made_.types.size() - 1);
  }

  const Expr& program_;
  Ways& ways_;
  Checks made_;
};

}  // namespace

std::uint8_t Ways::number_of(Variable from, const std::vector<std::string>& names) {
  const std::pair way{from, names};
  const auto found = std::find(ways_.begin(), ways_.end(), way);
  const auto number = static_cast<std::uint8_t>(found - ways_.begin());
  if (found == ways_.end() && ways_.size() < kMax) ways_.push_back(way);
  return number;
}

Checks checks_of(const Expr& program, Ways& ways) { return Maker(program, ways).make(); }

}  // namespace steelyard::policy
