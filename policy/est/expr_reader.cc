#include "policy/est/expr_reader.h"

#include <algorithm>

#include "core/base/limits.h"
#include "policy/entity_json.h"
#include "policy/est/keys.h"
#include "policy/est/operators.h"
#include "policy/lexer.h"

namespace steelyard::policy::est {
namespace {

const Span kNowhere;  // JSON gives nodes no place in a text

class Reader {
 public:
  Result<Expr> run(const json::Value& value) {
    TRY_ASSIGN(const NodeIndex root, expression(value));
    to_.set_root(root);
    return std::move(to_);
  }

 private:
  Result<NodeIndex> expression(const json::Value& value) {
    if (++depth_ > limits::kExpressionDepthMax) return too_deep();
    TRY_ASSIGN(const json::Object* members, value.as_object());
    if (members->size() != 1) {
      return fail(ErrorKind::kFix, "an expression is an object with one key, not " + std::to_string(members->size()));
    }
    const auto& [key, body] = members->front();
    auto node = of_key(key, body);
    --depth_;
    if (!node) return fail_in(std::move(node.error()), shown(key));
    return node;
  }

  Result<NodeIndex> of_key(const std::string& key, const json::Value& body) {
    if (const Operator* op = find_operator(key); op != nullptr) return operation(*op, body);
    if (key == "Value") return literal(body);
    if (key == "Var") return variable(body);
    if (key == ".") return attribute(body);
    if (key == "has") return has(body);
    if (key == "like") return like(body);
    if (key == "is") return is(body);
    if (key == "if-then-else") return conditional(body);
    if (key == "Set") return set(body);
    if (key == "Record") return record(body);
    if (key == "Slot") return fail(ErrorKind::kFix, "slots have no place in conditions, only in a template's scope");
    if (const auto* info = ext::find_function(key); info != nullptr) return call(*info, body);
    return fail(ErrorKind::kFix, "there is no such operator or function");
  }

  Result<NodeIndex> member(const json::Value& body, std::string_view key) {
    TRY_ASSIGN(const json::Value* value, body.at(key));
    auto node = expression(*value);
    if (!node) return fail_in(std::move(node.error()), key);
    return node;
  }

  Result<NodeIndex> operation(const Operator& op, const json::Value& body) {
    if (op.operands == Operands::kOne) {
      TRY(want_keys(body, {"arg"}));
      TRY_ASSIGN(const NodeIndex argument, member(body, "arg"));
      return to_.add(op.op, {argument}, kNowhere);
    }
    if (op.op == Op::kAnd || op.op == Op::kOr) return chain(op, body);
    TRY(want_keys(body, {"left", "right"}));
    TRY_ASSIGN(const NodeIndex left, member(body, "left"));
    TRY_ASSIGN(const NodeIndex right, member(body, "right"));
    return to_.add(op.op, {left, right}, kNowhere);
  }

  // `(a && b) && c` is one node of three operands, as the parser makes of `a && b && c`: however long, it is not deep.
  Result<NodeIndex> chain(const Operator& op, const json::Value& body) {
    std::vector<const json::Value*> rights;  // the last one first
    const json::Value* first = &body;
    for (const json::Value* inner = &body; inner != nullptr; inner = first->find(op.key)) {
      TRY(want_keys(*inner, {"left", "right"}));
      TRY_ASSIGN(const json::Value* right, inner->at("right"));
      TRY_ASSIGN(first, inner->at("left"));
      rights.push_back(right);
      if (const auto members = first->as_object(); !members || (*members)->size() != 1) break;
    }
    std::vector<NodeIndex> operands;
    const auto add = [&](const json::Value& value, std::string_view key) -> Status {
      auto node = expression(value);
      if (!node) return fail_in(std::move(node.error()), key);
      operands.push_back(*node);
      return {};
    };
    TRY(add(*first, "left"));
    for (auto right = rights.rbegin(); right != rights.rend(); ++right) TRY(add(**right, "right"));
    return to_.add(op.op, std::move(operands), kNowhere);
  }

  Result<NodeIndex> variable(const json::Value& body) {
    TRY_ASSIGN(const std::string_view name, body.as_string());
    const auto* found = std::find(std::begin(kVariables), std::end(kVariables), name);
    if (found == std::end(kVariables)) return fail(ErrorKind::kFix, "there is no variable " + shown(name));
    return to_.add(Op::kVariable, {}, kNowhere, static_cast<std::uint32_t>(found - std::begin(kVariables)));
  }

  Result<NodeIndex> attribute(const json::Value& body) {
    TRY(want_keys(body, {"left", "attr"}));
    TRY_ASSIGN(const NodeIndex left, member(body, "left"));
    TRY_ASSIGN(std::string name, body.string_at("attr"));
    return to_.add(Op::kGetAttribute, {left}, kNowhere, to_.add_name(std::move(name)));
  }

  // Of this operator alone the reference looks past keys that it does not know.
  Result<NodeIndex> has(const json::Value& body) {
    TRY_ASSIGN(const NodeIndex left, member(body, "left"));
    TRY_ASSIGN(const json::Value* attr, body.at("attr"));
    if (!attr->is_array()) {
      TRY_ASSIGN(const std::string_view name, attr->as_string());
      return to_.add_has(left, {std::string(name)}, kNowhere);
    }
    TRY_ASSIGN(const json::Array* names, attr->as_array());
    if (names->empty()) return fail(ErrorKind::kFix, "`attr` names no attribute");
    std::vector<std::string> path;
    for (const auto& one : *names) {
      TRY_ASSIGN(const std::string_view name, one.as_string());
      path.emplace_back(name);
    }
    TRY_ASSIGN(const NodeIndex made, to_.add_has(left, std::move(path), kNowhere));
    to_.set_other_form(made);
    return made;
  }

  Result<NodeIndex> like(const json::Value& body) {
    TRY(want_keys(body, {"left", "pattern"}));
    TRY_ASSIGN(const NodeIndex left, member(body, "left"));
    TRY_ASSIGN(const json::Array* parts, body.array_at("pattern"));
    std::vector<std::string> pieces(1);
    bool by_character = true;
    for (const auto& part : *parts) {
      if (part.is_string()) {
        if (*part.as_string() != "Wildcard")
          return fail(ErrorKind::kFix, "a pattern has no " + shown(*part.as_string()));
        pieces.emplace_back();
        continue;
      }
      TRY(want_keys(part, {"Literal"}));
      TRY_ASSIGN(const std::string text, part.string_at("Literal"));
      const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; };
      by_character = by_character && std::count_if(text.begin(), text.end(), is_start) == 1;
      pieces.back() += text;
    }
    const std::uint32_t pattern = to_.add_pattern(Wildcard(std::move(pieces)));
    TRY_ASSIGN(const NodeIndex made, to_.add(Op::kLike, {left}, kNowhere, pattern));
    if (!by_character) to_.set_other_form(made);
    return made;
  }

  Result<NodeIndex> is(const json::Value& body) {
    TRY(want_keys(body, {"left", "entity_type"}, {"in"}));
    TRY_ASSIGN(const NodeIndex left, member(body, "left"));
    TRY_ASSIGN(std::string type, body.string_at("entity_type"));
    if (!is_normalized_path(type)) return fail(ErrorKind::kFix, shown(type) + " is no type of entities");
    if (is_absent(body.find("in"))) return to_.add(Op::kIs, {left}, kNowhere, to_.add_name(std::move(type)));
    TRY_ASSIGN(const NodeIndex right, member(body, "in"));
    return to_.add_is_in(left, std::move(type), right, kNowhere);
  }

  Result<NodeIndex> conditional(const json::Value& body) {
    TRY(want_keys(body, {"if", "then", "else"}));
    TRY_ASSIGN(const NodeIndex condition, member(body, "if"));
    TRY_ASSIGN(const NodeIndex then, member(body, "then"));
    TRY_ASSIGN(const NodeIndex otherwise, member(body, "else"));
    return to_.add(Op::kIf, {condition, then, otherwise}, kNowhere);
  }

  Result<std::vector<NodeIndex>> several(const json::Value& body) {
    TRY_ASSIGN(const json::Array* items, body.as_array());
    std::vector<NodeIndex> nodes;
    for (const auto& item : *items) {
      auto node = expression(item);
      if (!node) return fail_in(std::move(node.error()), "item " + std::to_string(nodes.size() + 1));
      nodes.push_back(*node);
    }
    return nodes;
  }

  Result<NodeIndex> set(const json::Value& body) {
    TRY_ASSIGN(auto elements, several(body));
    return to_.add(Op::kSet, std::move(elements), kNowhere);
  }

  Result<NodeIndex> record(const json::Value& body) {
    TRY_ASSIGN(const json::Object* members, body.as_object());
    std::vector<std::string> names;
    std::vector<NodeIndex> nodes;
    for (const auto& [name, value] : *members) {
      auto node = expression(value);
      if (!node) return fail_in(std::move(node.error()), "attribute " + shown(name));
      names.push_back(name);
      nodes.push_back(*node);
    }
    const std::uint32_t datum = to_.add_names(std::move(names));
    return to_.add(Op::kRecord, std::move(nodes), kNowhere, datum);
  }

  // As in text, whether the number of arguments is right is asked when it is called; but a method is called on one.
  Result<NodeIndex> call(const ext::FunctionInfo& info, const json::Value& body) {
    TRY_ASSIGN(auto arguments, several(body));
    return call(info, std::move(arguments));
  }
  Result<NodeIndex> call(const ext::FunctionInfo& info, std::vector<NodeIndex> arguments) {
    if (info.is_method && arguments.empty())
      return fail(ErrorKind::kFix, "a method needs what it is called on as its first argument");
    return to_.add(Op::kCall, std::move(arguments), kNowhere, static_cast<std::uint32_t>(info.function));
  }

  // Whatever may stand in an attribute of an entity, as it is written there.
  Result<NodeIndex> literal(const json::Value& value) {
    TRY_ASSIGN(const NodeIndex made, part_of_literal(value));
    if (to_.node(made).op != Op::kLiteral) to_.set_other_form(made);
    return made;
  }

  Result<NodeIndex> part_of_literal(const json::Value& value) {
    if (++depth_ > limits::kExpressionDepthMax + 1) return too_deep();  // add() judges the node itself
    auto node = value.is_array() ? literal_set(value) : value.is_object() ? literal_object(value) : simple(value);
    --depth_;
    return node;
  }

  Result<NodeIndex> simple(const json::Value& value) {
    TRY_ASSIGN(Value plain, value_from_json(value));
    return to_.add_literal(std::move(plain), kNowhere);
  }

  Result<NodeIndex> literal_set(const json::Value& value) {
    TRY_ASSIGN(const json::Array* items, value.as_array());
    std::vector<NodeIndex> nodes;
    for (const auto& item : *items) {
      TRY_ASSIGN(const NodeIndex node, part_of_literal(item));
      nodes.push_back(node);
    }
    return to_.add(Op::kSet, std::move(nodes), kNowhere);
  }

  Result<NodeIndex> literal_object(const json::Value& value) {
    const Escape escape = escape_of(value);
    if (escape == Escape::kExtension) return literal_call(*value.find("__extn"));
    if (escape != Escape::kNone) return simple(value);
    TRY_ASSIGN(const json::Object* members, value.as_object());
    std::vector<std::string> names;
    std::vector<NodeIndex> nodes;
    for (const auto& [name, member_value] : *members) {
      auto node = part_of_literal(member_value);
      if (!node) return fail_in(std::move(node.error()), "attribute " + shown(name));
      names.push_back(name);
      nodes.push_back(*node);
    }
    const std::uint32_t datum = to_.add_names(std::move(names));
    return to_.add(Op::kRecord, std::move(nodes), kNowhere, datum);
  }

  Result<NodeIndex> literal_call(const json::Value& body) {
    TRY_ASSIGN(const std::string name, body.string_at("fn"));
    const auto* info = ext::find_function(name);
    if (info == nullptr) return fail(ErrorKind::kFix, "there is no function " + shown(name));
    std::vector<NodeIndex> arguments;
    if (const json::Value* only = body.find("arg"); only != nullptr) {
      TRY_ASSIGN(const NodeIndex argument, part_of_literal(*only));
      arguments.push_back(argument);
    } else {
      TRY_ASSIGN(const json::Array* several, body.array_at("args"));
      for (const auto& one : *several) {
        TRY_ASSIGN(const NodeIndex argument, part_of_literal(one));
        arguments.push_back(argument);
      }
    }
    return call(*info, std::move(arguments));
  }

  static tl::unexpected<Error> too_deep() {
    return fail(ErrorKind::kFix,
                "the expression nests deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels");
  }

  Expr to_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<Expr> expr_from_json(const json::Value& value) { return Reader().run(value); }

}  // namespace steelyard::policy::est
