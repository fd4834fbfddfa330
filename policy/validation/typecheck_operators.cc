// The operators of the typechecker that are about neither entities nor attributes.
#include <algorithm>

#include "policy/validation/signatures.h"
#include "policy/validation/typechecker.h"

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

Typed a_bool(bool ok) { return {CedarType::simple(Kind::kBool), ok, {}}; }

bool is_comparable(const CedarType& type) {
  return type.is(Kind::kLong) || type.is(Kind::kDatetime) || type.is(Kind::kDuration);
}

std::string not_compatible(const CedarType& a, const CedarType& b) {
  return "the types `" + to_text(a) + "` and `" + to_text(b) + "` are not compatible";
}

std::string_view why(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::kUnrelated: return "";
    case Mismatch::kEntities: return "entities must be of one type";
    case Mismatch::kAttributes: return "records must have the same attributes";
    case Mismatch::kOptional: return "an attribute must be optional in both records or in neither";
  }
  return "";
}

}  // namespace

Typed Typechecker::negation(const Typed& operand) {
  if (!operand.type) return a_bool(false);
  if (operand.is(Kind::kBool)) return a_bool(operand.ok);
  return {CedarType::boolean(operand.is(Kind::kFalse)), operand.ok, {}};
}

// In strict mode the two sides have a common type. What is decided already needs none.
Typed Typechecker::compatible(const Node& node, Typed result, const Typed& left, const Typed& right,
                              std::string_view help) {
  result.ok = result.ok && left.ok && right.ok;
  const bool decided = result.is(Kind::kTrue) || result.is(Kind::kFalse);
  if (mode_ == Mode::kPermissive || decided || !left.type || !right.type) return result;
  const auto common = bound(*left.type, *right.type);
  if (common) return result;
  const std::string_view reason = why(common.error());
  std::string advice(help);
  if (!reason.empty()) advice += ": " + std::string(reason);
  find(Rule::kIncompatibleTypes, node, not_compatible(*left.type, *right.type), advice);
  result.ok = false;
  return result;
}

Typed Typechecker::equality(const Node& node) {
  const Typed left = type_of(program().child(node));
  const Typed right = type_of(program().child(node, 1));
  const Value* a = value_of(program().child(node));
  const Value* b = value_of(program().child(node, 1));
  Typed result = a_bool(true);
  if (left.type && right.type && are_disjoint(*left.type, *right.type)) {
    result.type = CedarType::boolean(false);
  } else if (a != nullptr && b != nullptr) {
    result.type = CedarType::boolean(*a == *b);
  }
  return compatible(node, std::move(result), left, right, "both sides of `==` must have compatible types");
}

// Longs, datetimes or durations, both of one type.
Typed Typechecker::comparison(const Node& node) {
  const Typed left = type_of(program().child(node));
  const Typed right = type_of(program().child(node, 1));
  if (!left.type || !right.type) return a_bool(false);
  const bool left_fits = is_comparable(*left.type);
  const bool right_fits = is_comparable(*right.type);
  if (left_fits && left.type->kind() == right.type->kind()) return a_bool(left.ok && right.ok);
  const auto expected = [&](std::uint32_t nth, const std::string& wanted, const CedarType& found) {
    find(Rule::kUnexpectedType, child(node, nth), "expected " + wanted + ", found `" + to_text(found) + "`");
  };
  const std::string any = "`Long`, `datetime` or `duration`";
  if (left_fits) {
    expected(1, "`" + to_text(*left.type) + "`", *right.type);
  } else if (right_fits) {
    expected(0, "`" + to_text(*right.type) + "`", *left.type);
  } else {
    expected(0, any, *left.type);
    expected(1, any, *right.type);
  }
  return a_bool(false);
}

Typed Typechecker::arithmetic(const Node& node) {
  Typed result{CedarType::simple(Kind::kLong), true, {}};
  for (const NodeIndex operand : program().children(node)) {
    const Typed typed = expect(operand, {{Kind::kLong}}, "only longs can be counted with");
    result.ok = result.ok && typed.ok;
  }
  return result;
}

// `contains` and its like.
Typed Typechecker::membership(const Node& node) {
  const Typed set = expect(program().child(node), {{Kind::kSet}}, "use `in` for groups of entities, `like` for texts");
  if (node.op == Op::kContains) {
    const Typed element = type_of(program().child(node, 1));
    Typed elements{{}, set.ok, {}};
    if (set.type && set.is(Kind::kSet)) elements.type = set.type->element();
    return compatible(node, a_bool(true), elements, element, "what `contains` looks for must be like the elements");
  }
  const Typed other = expect(program().child(node, 1), {{Kind::kSet}}, "use `contains` for a single element");
  return compatible(node, a_bool(true), set, other, "both sets must have elements of compatible types");
}

Typed Typechecker::quantified(const Node& node) {
  if (node.op == Op::kLike) {
    return a_bool(expect(program().child(node), {{Kind::kString}}, "use `is` to test the type of an entity").ok);
  }
  return a_bool(expect(program().child(node), {{Kind::kSet}}, "compare a text with `\"\"`").ok);
}

// A constructor's text is read here, so that it cannot fail later.
bool Typechecker::check_arguments(const Node& node) {
  const ext::Function function = program().function(node);
  const Signature& signature = signature_of(function);
  const std::string name(ext::info_of(function).name);
  bool ok = true;
  if (node.children != signature.parameters.size()) {
    find(Rule::kArguments, node,
         "`" + name + "` takes " + std::to_string(signature.parameters.size()) + " arguments, not " +
             std::to_string(node.children));
    ok = false;
  }
  if (!signature.is_constructor) return ok;
  const auto arguments = program().children(node);
  if (!arguments.empty() && is_literal(arguments[0])) {
    const Value& text = program().literal(program().node(arguments[0]));
    const auto made = text.type() == Type::kString ? ext::call(function, {{text}}) : Result<Value>(text);
    if (!made) find(Rule::kBadLiteral, node, made.error().what);
    ok = ok && made.has_value();
  }
  const auto literal = [this](NodeIndex index) { return is_literal(index); };
  if (mode_ == Mode::kStrict && !std::all_of(arguments.begin(), arguments.end(), literal)) {
    find(Rule::kNotLiteral, node, "`" + name + "` is called with what is not a literal",
         "what it makes of it is known only when it is evaluated, and may be nothing");
    ok = false;
  }
  return ok;
}

Typed Typechecker::call(const Node& node) {
  const Signature& signature = signature_of(program().function(node));
  Typed result{CedarType::simple(signature.result), check_arguments(node), {}};
  const auto arguments = program().children(node);
  const bool wanted = result.ok;
  for (std::size_t nth = 0; nth < arguments.size(); ++nth) {
    const Typed typed = wanted ? expect(arguments[nth], {{signature.parameters[nth]}}) : type_of(arguments[nth]);
    result.ok = result.ok && typed.ok;
  }
  return result;
}

}  // namespace steelyard::policy::validation
