#include "policy/est/expr_writer.h"

#include "core/base/utf8.h"
#include "policy/est/operators.h"

namespace steelyard::policy::est {
namespace {

using json::array;

// An initializer list would copy what it is given, and the whole tree once for each level.
json::Value object(std::string_view key, json::Value value) {
  json::Value made;
  made.set(std::string(key), std::move(value));
  return made;
}
json::Value object(std::string_view key, json::Value value, std::string_view next, json::Value its) {
  json::Value made = object(key, std::move(value));
  made.set(std::string(next), std::move(its));
  return made;
}

// What all chains on one way from the root may come to, and all paths of `has` in all: without the first, the JSON
// would nest too deep; without the second, parts that `e has a.b.c` stands for would be written once and again.
constexpr std::size_t kChainsMax = kJsonDepthMax / 2 - 300;
constexpr std::size_t kNodesMax = 200'000;

class Writer {
 public:
  explicit Writer(const Expr& from) : from_(from) {}

  Result<json::Value> run() { return expression(from_.root(), 0); }

 private:
  // `chained`: operands of the chains around this one. As deep as the tree, which is bounded.
  Result<json::Value> expression(NodeIndex index, std::size_t chained) {
    if (++written_ > kNodesMax) return fail(ErrorKind::kFix, "the expression is too large for JSON");
    const Node& node = from_.node(index);
    if (node.other_form && (node.op == Op::kSet || node.op == Op::kRecord || node.op == Op::kCall))
      return object("Value", value(index));
    switch (node.op) {
      case Op::kLiteral: return object("Value", value(index));
      case Op::kVariable: return object("Var", kVariables[static_cast<std::size_t>(from_.variable(node))]);
      case Op::kAnd:
      case Op::kOr: return chain(node, chained);
      case Op::kIf: return conditional(node, chained);
      case Op::kGetAttribute: {
        TRY_ASSIGN(json::Value left, expression(from_.child(node), chained));
        return object(".", object("left", std::move(left), "attr", from_.name(node)));
      }
      case Op::kHasAttribute: return has(node, chained);
      case Op::kLike: return like(node, chained);
      case Op::kIs:
      case Op::kIsIn: return is(node, chained);
      case Op::kSet: {
        TRY_ASSIGN(json::Value items, several(node, chained));
        return object("Set", std::move(items));
      }
      case Op::kRecord: return record(node, chained);
      case Op::kCall: {
        TRY_ASSIGN(json::Value arguments, several(node, chained));
        return object(ext::info_of(from_.function(node)).name, std::move(arguments));
      }
      default: return operation(node, chained);
    }
  }

  Result<json::Value> operation(const Node& node, std::size_t chained) {
    const Operator& op = *find_operator(node.op);
    TRY_ASSIGN(json::Value first, expression(from_.child(node), chained));
    if (op.operands == Operands::kOne) return object(op.key, object("arg", std::move(first)));
    TRY_ASSIGN(json::Value second, expression(from_.child(node, 1), chained));
    return two(op.key, std::move(first), std::move(second));
  }

  static json::Value two(std::string_view key, json::Value left, json::Value right) {
    return object(key, object("left", std::move(left), "right", std::move(right)));
  }

  // `a && b && c` as `(a && b) && c`.
  Result<json::Value> chain(const Node& node, std::size_t chained) {
    chained += node.children;
    if (chained > kChainsMax)
      return fail(ErrorKind::kFix,
                  "chains of `&&` or `||` of more than " + std::to_string(kChainsMax) + " operands have no JSON form");
    const std::string_view key = find_operator(node.op)->key;
    TRY_ASSIGN(json::Value whole, expression(from_.child(node), chained));
    for (std::uint32_t i = 1; i < node.children; ++i) {
      TRY_ASSIGN(json::Value right, expression(from_.child(node, i), chained));
      whole = two(key, std::move(whole), std::move(right));
    }
    return whole;
  }

  Result<json::Value> conditional(const Node& node, std::size_t chained) {
    TRY_ASSIGN(json::Value condition, expression(from_.child(node, 0), chained));
    TRY_ASSIGN(json::Value then, expression(from_.child(node, 1), chained));
    TRY_ASSIGN(json::Value otherwise, expression(from_.child(node, 2), chained));
    json::Value body = object("if", std::move(condition), "then", std::move(then));
    body.set("else", std::move(otherwise));
    return object("if-then-else", std::move(body));
  }

  // A path that was read from JSON stands there in a list; one from text stands for a conjunction.
  Result<json::Value> has(const Node& node, std::size_t chained) {
    const auto path = from_.path(node);
    if (node.other_form) {
      json::Value names = array();
      for (const std::string& name : path) names.push(name);
      TRY_ASSIGN(json::Value left, expression(from_.child(node), chained));
      return object("has", object("left", std::move(left), "attr", std::move(names)));
    }
    chained += path.size();
    if (chained > kChainsMax) return fail(ErrorKind::kFix, "the expression is too deep for JSON");
    json::Value whole;
    for (std::size_t i = 0; i < path.size(); ++i) {
      TRY_ASSIGN(json::Value left, expression(from_.child(node), chained));
      for (std::size_t j = 0; j < i; ++j) left = object(".", object("left", std::move(left), "attr", path[j]));
      json::Value part = object("has", object("left", std::move(left), "attr", path[i]));
      whole = i == 0 ? std::move(part) : two("&&", std::move(whole), std::move(part));
    }
    return whole;
  }

  // Each character by itself, or, where it stood so, each text between two stars.
  Result<json::Value> like(const Node& node, std::size_t chained) {
    json::Value pattern = array();
    const auto& pieces = from_.pattern(node).pieces();
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      if (i > 0) pattern.push("Wildcard");
      for (std::string_view rest = pieces[i]; !rest.empty();) {
        const auto point = decode_utf8(rest);
        const std::size_t length = node.other_form || !point ? rest.size() : point->length;
        pattern.push(object("Literal", rest.substr(0, length)));
        rest.remove_prefix(length);
      }
    }
    written_ += from_.pattern(node).size();
    TRY_ASSIGN(json::Value left, expression(from_.child(node), chained));
    return object("like", object("left", std::move(left), "pattern", std::move(pattern)));
  }

  Result<json::Value> is(const Node& node, std::size_t chained) {
    TRY_ASSIGN(json::Value left, expression(from_.child(node), chained));
    json::Value body = object("left", std::move(left), "entity_type", from_.name(node));
    if (node.op == Op::kIsIn) {
      TRY_ASSIGN(json::Value right, expression(from_.child(node, 1), chained));
      body.set("in", std::move(right));
    }
    return object("is", std::move(body));
  }

  Result<json::Value> several(const Node& node, std::size_t chained) {
    json::Value items = array();
    for (const NodeIndex child : from_.children(node)) {
      TRY_ASSIGN(json::Value item, expression(child, chained));
      items.push(std::move(item));
    }
    return items;
  }

  Result<json::Value> record(const Node& node, std::size_t chained) {
    json::Object members;  // a tree's names are different ones
    for (std::uint32_t i = 0; i < node.children; ++i) {
      TRY_ASSIGN(json::Value member, expression(from_.child(node, i), chained));
      members.emplace_back(from_.key(node, i), std::move(member));
    }
    return object("Record", json::Value(std::move(members)));
  }

  // What stands in a value: literals, and sets, records and calls of them.
  json::Value value(NodeIndex index) const {
    const Node& node = from_.node(index);
    switch (node.op) {
      case Op::kSet: {
        json::Value items = array();
        for (const NodeIndex child : from_.children(node)) items.push(value(child));
        return items;
      }
      case Op::kRecord: {
        json::Object members;
        for (std::uint32_t i = 0; i < node.children; ++i)
          members.emplace_back(from_.key(node, i), value(from_.child(node, i)));
        return json::Value(std::move(members));
      }
      case Op::kCall: return extension(node);
      default: return plain(from_.literal(node));
    }
  }

  json::Value extension(const Node& node) const {
    json::Value call = object("fn", ext::info_of(from_.function(node)).name);
    if (node.children == 1) {
      call.set("arg", value(from_.child(node)));
    } else {
      json::Value arguments = array();
      for (const NodeIndex child : from_.children(node)) arguments.push(value(child));
      call.set("args", std::move(arguments));
    }
    return object("__extn", std::move(call));
  }

  // A tree's literals are simple; sets and others are made of nodes until it is folded.
  static json::Value plain(const Value& literal) {
    switch (literal.type()) {
      case Type::kBool: return literal.as_bool();
      case Type::kLong: return literal.as_integer();
      case Type::kString: return literal.as_string();
      default: return object("__entity", entity_to_json(literal.as_entity()));
    }
  }

  const Expr& from_;
  std::size_t written_ = 0;
};

}  // namespace

Result<json::Value> expr_to_json(const Expr& expr) { return Writer(expr).run(); }

json::Value entity_to_json(const EntityUid& uid) { return object("type", uid.type(), "id", uid.id()); }

}  // namespace steelyard::policy::est
