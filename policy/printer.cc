#include "policy/printer.h"

#include <algorithm>

#include "policy/lexer.h"
#include "policy/limits.h"

namespace steelyard::policy {
namespace {

// How tightly a text holds together, in the order of the grammar. One that is looser than its place wants stands in
// parentheses.
enum Tightness { kConditional, kDisjunction, kConjunction, kRelation, kSum, kProduct, kUnary, kMember };

struct Infix {
  std::string_view text;
  Tightness tightness, left, right;
};

// What stands between two operands; an empty text: it is no such operator.
Infix infix(Op op) {
  switch (op) {
    case Op::kEqual: return {" == ", kRelation, kSum, kSum};
    case Op::kNotEqual: return {" != ", kRelation, kSum, kSum};
    case Op::kLess: return {" < ", kRelation, kSum, kSum};
    case Op::kLessEqual: return {" <= ", kRelation, kSum, kSum};
    case Op::kGreater: return {" > ", kRelation, kSum, kSum};
    case Op::kGreaterEqual: return {" >= ", kRelation, kSum, kSum};
    case Op::kIn: return {" in ", kRelation, kSum, kSum};
    case Op::kAdd: return {" + ", kSum, kSum, kProduct};
    case Op::kSubtract: return {" - ", kSum, kSum, kProduct};
    case Op::kMultiply: return {" * ", kProduct, kProduct, kUnary};
    default: return {{}, kMember, kMember, kMember};
  }
}

std::string_view method_name(const Expr& expr, const Node& node) {
  switch (node.op) {
    case Op::kContains: return "contains";
    case Op::kContainsAll: return "containsAll";
    case Op::kContainsAny: return "containsAny";
    case Op::kIsEmpty: return "isEmpty";
    case Op::kGetTag: return "getTag";
    case Op::kHasTag: return "hasTag";
    case Op::kCall: return ext::info_of(expr.function(node)).is_method ? ext::info_of(expr.function(node)).name : "";
    default: return {};
  }
}

class Printer {
 public:
  explicit Printer(const Expr& from) : from_(from) {}

  Result<std::string> run() {
    print(from_.root(), kConditional);
    if (text_.size() > limits::kPolicyPrintedBytesMax) {
      return fail(ErrorKind::kFix, "the text of this expression would be longer than " +
                                       std::to_string(limits::kPolicyPrintedBytesMax) + " octets");
    }
    return std::move(text_);
  }

 private:
  // As deep as the tree, which is bounded. What is too long already grows no more.
  void print(NodeIndex index, Tightness wanted) {
    if (text_.size() > limits::kPolicyPrintedBytesMax) return;
    const Node& node = from_.node(index);
    const bool loose = tightness(node) < wanted;
    if (loose) text_ += '(';
    print_bare(node);
    if (loose) text_ += ')';
  }

  Tightness tightness(const Node& node) const {
    switch (node.op) {
      case Op::kIf: return kConditional;
      case Op::kOr: return kDisjunction;
      case Op::kAnd: return kConjunction;
      case Op::kHasAttribute: return has_plain_path(node) ? kRelation : kConjunction;
      case Op::kLike:
      case Op::kIs:
      case Op::kIsIn: return kRelation;
      case Op::kNot:
      case Op::kNegate: return kUnary;
      case Op::kLiteral: {
        const Value& value = from_.literal(node);
        return value.is(Type::kLong) && value.as_integer() < 0 ? kUnary : kMember;
      }
      default: return infix(node.op).tightness;
    }
  }

  void print_bare(const Node& node) {
    static constexpr std::string_view kVariables[] = {"principal", "action", "resource", "context"};
    switch (node.op) {
      case Op::kLiteral: text_ += to_source(from_.literal(node)); return;
      case Op::kVariable: text_ += kVariables[static_cast<std::size_t>(from_.variable(node))]; return;
      case Op::kIf:
        print_after("if ", from_.child(node, 0), kConditional);
        print_after(" then ", from_.child(node, 1), kConditional);
        print_after(" else ", from_.child(node, 2), kConditional);
        return;
      case Op::kAnd: print_list(from_.children(node), " && ", kRelation); return;
      case Op::kOr: print_list(from_.children(node), " || ", kConjunction); return;
      case Op::kNot: print_after("!", from_.child(node), kMember); return;
      case Op::kNegate: print_negation(node); return;
      case Op::kGetAttribute:
        print(from_.child(node), kMember);
        print_access(from_.name(node));
        return;
      case Op::kHasAttribute: print_has(node); return;
      case Op::kLike:
        print(from_.child(node), kSum);
        text_ += " like " + from_.pattern(node).source();
        return;
      case Op::kIs:
      case Op::kIsIn:
        print(from_.child(node), kSum);
        text_ += " is " + from_.name(node);
        if (node.op == Op::kIsIn) print_after(" in ", from_.child(node, 1), kSum);
        return;
      case Op::kSet:
        text_ += '[';
        print_list(from_.children(node), ", ", kConditional);
        text_ += ']';
        return;
      case Op::kRecord: print_record(node); return;
      default: break;
    }
    if (const Infix between = infix(node.op); !between.text.empty()) {
      print(from_.child(node, 0), between.left);
      print_after(between.text, from_.child(node, 1), between.right);
    } else {
      print_call(node);
    }
  }

  void print_after(std::string_view before, NodeIndex index, Tightness wanted) {
    text_ += before;
    print(index, wanted);
  }

  void print_list(std::span<const NodeIndex> nodes, std::string_view between, Tightness wanted) {
    for (std::size_t i = 0; i < nodes.size(); ++i) print_after(i == 0 ? "" : between, nodes[i], wanted);
  }

  // `-(5)`: without parentheses it would be the number itself.
  void print_negation(const Node& node) {
    const Node& operand = from_.node(from_.child(node));
    const bool is_number = operand.op == Op::kLiteral && from_.literal(operand).is(Type::kLong);
    text_ += is_number ? "-(" : "-";
    print(from_.child(node), is_number ? kConditional : kMember);
    if (is_number) text_ += ')';
  }

  void print_access(const std::string& name) { text_ += is_plain_name(name) ? "." + name : "[" + quote(name) + "]"; }

  bool has_plain_path(const Node& node) const {
    const auto path = from_.path(node);
    return path.size() == 1 || std::all_of(path.begin(), path.end(), is_plain_name);
  }

  // In a path text has no place for names that need quotes: then it is what it stands for.
  void print_has(const Node& node) {
    const auto path = from_.path(node);
    if (has_plain_path(node)) {
      print(from_.child(node), kSum);
      text_ += " has ";
      if (path.size() == 1 && !is_plain_name(path[0])) {
        text_ += quote(path[0]);
      } else {
        for (std::size_t i = 0; i < path.size(); ++i) text_ += (i == 0 ? "" : ".") + path[i];
      }
      return;
    }
    for (std::size_t i = 0; i < path.size(); ++i) {
      print_after(i == 0 ? "" : " && ", from_.child(node), i == 0 ? kSum : kMember);
      for (std::size_t j = 0; j < i; ++j) print_access(path[j]);
      text_ += " has " + (is_plain_name(path[i]) ? path[i] : quote(path[i]));
    }
  }

  void print_record(const Node& node) {
    text_ += '{';
    for (std::uint32_t i = 0; i < node.children; ++i) {
      const std::string& key = from_.key(node, i);
      text_ += i == 0 ? "" : ", ";
      print_after((is_plain_name(key) ? key : quote(key)) + ": ", from_.child(node, i), kConditional);
    }
    text_ += '}';
  }

  void print_call(const Node& node) {
    auto arguments = from_.children(node);
    if (const std::string_view method = method_name(from_, node); !method.empty()) {
      print(arguments.front(), kMember);
      text_ += "." + std::string(method) + "(";
      arguments = arguments.subspan(1);
    } else {
      text_ += std::string(ext::info_of(from_.function(node)).name) + "(";
    }
    print_list(arguments, ", ", kConditional);
    text_ += ')';
  }

  const Expr& from_;
  std::string text_;
};

std::string constraint_source(std::string_view variable, const ScopeConstraint& constraint) {
  using Kind = ScopeConstraint::Kind;
  std::string text(variable);
  if (constraint.kind == Kind::kIs || constraint.kind == Kind::kIsIn) text += " is " + constraint.type;
  if (!constraint.names_entity()) return text;
  text += constraint.kind == Kind::kEqual ? " == " : " in ";
  if (constraint.slot) return text + "?" + std::string(variable);
  if (constraint.entities.size() == 1) return text + to_source(constraint.entities.front());  // listed or not
  text += '[';
  for (std::size_t i = 0; i < constraint.entities.size(); ++i)
    text += (i == 0 ? "" : ", ") + to_source(constraint.entities[i]);
  return text + ']';
}

}  // namespace

Result<std::string> to_source(const Expr& expr) { return Printer(expr).run(); }

Result<std::string> to_source(const Policy& policy) {
  std::string text;
  for (const Annotation& one : policy.annotations)
    text += "@" + one.name + (one.bare ? "" : "(" + quote(one.value) + ")") + "\n";
  text += policy.effect == Effect::kForbid ? "forbid(" : "permit(";
  text += constraint_source("principal", policy.scope.principal) + ", ";
  text += constraint_source("action", policy.scope.action) + ", ";
  text += constraint_source("resource", policy.scope.resource) + ")";
  for (const Condition& one : policy.conditions) {
    TRY_ASSIGN(const std::string body, to_source(one.body));
    text += (one.kind == Condition::Kind::kUnless ? " unless { " : " when { ") + body + " }";
  }
  return text + ";";
}

}  // namespace steelyard::policy
