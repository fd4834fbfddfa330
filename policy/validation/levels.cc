#include "policy/validation/levels.h"

#include <algorithm>

namespace steelyard::policy::validation {
namespace {

class LevelChecker {
 public:
  LevelChecker(const Expr& expr, const Visited& visited, const EntityUid& action, std::size_t level, Findings& findings)
      : expr_(expr), visited_(visited), action_(action), level_(level), findings_(findings) {}

  // As deep as the expression, which the parser bounds.
  void check(NodeIndex index) {
    if (!is_visited(index)) return;
    const Node& node = expr_.node(index);
    const auto children = expr_.children(node);
    switch (node.op) {
      case Op::kIn:
      case Op::kGetTag:
      case Op::kHasTag:
      case Op::kIsIn:  // where its type is another, it is not asked what it is in
        if (!is_visited(children[1])) return check(children[0]);
        look_at(node, way_to(children[0], {}));
        return check(children[1]);
      case Op::kGetAttribute:
        if (!is_entity(children[0])) return check(children[0]);
        return look_at(node, way_to(children[0], {}));
      case Op::kHasAttribute: return check_has(index);
      default:
        for (const NodeIndex child : children) check(child);
    }
  }

 private:
  // Names of attributes that are read of a record, the outermost first.
  using Names = std::vector<std::string>;

  // `e has a.b.c` looks at whatever of `e`, `e.a` and `e.a.b` is an entity, each farther than the one before.
  void check_has(NodeIndex index) {
    const Node& node = expr_.node(index);
    const NodeIndex object = expr_.child(node);
    const auto path = expr_.path(node);
    const auto is_entity_at = [&](std::size_t names) {
      if (names == 0) return is_entity(object);
      const auto found = visited_.paths.find({index, names});
      return found != visited_.paths.end() && found->second == Visited::What::kEntity;
    };
    std::size_t names = 0;
    while (names < path.size() && !is_entity_at(names)) ++names;
    if (names == path.size()) return check(object);
    std::size_t way = way_to(object, Names(path.rend() - static_cast<std::ptrdiff_t>(names), path.rend()));
    for (; names < path.size(); ++names)
      if (is_entity_at(names)) look_at(node, way++);
  }

  // How many entities are looked at on the way to the entity that this is, or that stands at `names` in this record.
  std::size_t way_to(NodeIndex index, Names names) {
    const Node& node = expr_.node(index);
    const auto children = expr_.children(node);
    switch (node.op) {
      case Op::kVariable: return 0;
      case Op::kLiteral:
        if (expr_.literal(node) != Value::entity(action_))
          findings_.add({Rule::kEntityLiteral, expr_.span(node), "an entity that the policy names is looked at",
                         "a level counts from the request: compare it only"});
        return 0;
      case Op::kIf: {
        check(children[0]);
        std::size_t way = 0;
        for (const NodeIndex branch : {children[1], children[2]})
          if (is_visited(branch)) way = std::max(way, way_to(branch, names));
        return way;
      }
      case Op::kGetTag: check(children[1]); return way_to(children[0], std::move(names)) + 1;
      case Op::kGetAttribute:
        if (is_entity(children[0])) return way_to(children[0], std::move(names)) + 1;
        names.push_back(expr_.name(node));
        return way_to(children[0], std::move(names));
      case Op::kRecord: return way_through(node, std::move(names));
      default:  // nothing else is an entity or a record; if it were, it would be too far
        for (const NodeIndex child : children) check(child);
        return level_;
    }
  }

  std::size_t way_through(const Node& record, Names names) {
    const std::string wanted = names.empty() ? "" : names.back();
    if (!names.empty()) names.pop_back();
    std::size_t way = 0;
    for (std::uint32_t nth = 0; nth < record.children; ++nth) {
      if (expr_.key(record, nth) == wanted)
        way = way_to(expr_.child(record, nth), names);
      else
        check(expr_.child(record, nth));
    }
    return way;
  }

  void look_at(const Node& node, std::size_t way) {
    if (way < level_) return;
    findings_.add({Rule::kLevelExceeded, expr_.span(node),
                   "this looks at the entity " + std::to_string(way + 1) + " steps away from the request, and level " +
                       std::to_string(level_) + " goes no further than it says",
                   "put what is asked of it nearer, or into the context"});
  }

  bool is_visited(NodeIndex index) const { return visited_.nodes[index] != Visited::What::kNot; }
  bool is_entity(NodeIndex index) const { return visited_.nodes[index] == Visited::What::kEntity; }

  const Expr& expr_;
  const Visited& visited_;
  const EntityUid& action_;
  const std::size_t level_;
  Findings& findings_;
};

}  // namespace

void check_levels(const Expr& expr, const Visited& visited, const EntityUid& action, std::size_t level,
                  Findings& findings) {
  LevelChecker(expr, visited, action, level, findings).check(expr.root());
}

}  // namespace steelyard::policy::validation
