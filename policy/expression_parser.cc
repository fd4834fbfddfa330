#include "policy/expression_parser.h"

#include <algorithm>
#include <optional>

#include "core/base/limits.h"

namespace steelyard::policy {
namespace {

constexpr int kRepeatedUnaryMax = 4;  // the grammar's own bound on `!!!!` and `----`

struct Operator {
  std::string_view text;
  Op op;
};

constexpr Operator kComparisons[] = {
    {"==", Op::kEqual},     {"!=", Op::kNotEqual}, {"<", Op::kLess},
    {"<=", Op::kLessEqual}, {">", Op::kGreater},   {">=", Op::kGreaterEqual},
};

struct Method {
  std::string_view name;
  Op op;
  std::size_t arguments;
};

constexpr Method kMethods[] = {
    {"contains", Op::kContains, 1}, {"containsAll", Op::kContainsAll, 1}, {"containsAny", Op::kContainsAny, 1},
    {"isEmpty", Op::kIsEmpty, 0},   {"getTag", Op::kGetTag, 1},           {"hasTag", Op::kHasTag, 1},
};

std::optional<Op> comparison(const Token& token) {
  if (token.is_word("in")) return Op::kIn;
  if (token.kind != Token::Kind::kSymbol) return std::nullopt;
  for (const auto& [text, op] : kComparisons) {
    if (token.text == text) return op;
  }
  return std::nullopt;
}

bool starts_relation(const Token& token) {
  return comparison(token) || token.is_word("has") || token.is_word("like") || token.is_word("is");
}

}  // namespace

Result<NodeIndex> ExpressionParser::expression() {
  if (++depth_ > limits::kExpressionDepthMax) {
    return fail_at(in_.peek().span,
                   "the expression nests deeper than " + std::to_string(limits::kExpressionDepthMax) + " levels");
  }
  auto result = in_.peek().is_word("if") ? conditional() : disjunction();
  --depth_;
  return result;
}

Result<NodeIndex> ExpressionParser::conditional() {
  const Span start = in_.next().span;
  TRY_ASSIGN(const NodeIndex condition, expression());
  TRY(in_.want_word("then"));
  TRY_ASSIGN(const NodeIndex then, expression());
  TRY(in_.want_word("else"));
  TRY_ASSIGN(const NodeIndex otherwise, expression());
  return out_.add(Op::kIf, {condition, then, otherwise}, join(start, span(otherwise)));
}

// One node for a whole chain, so that its length does not count as depth; left to right as the grammar nests it.
Result<NodeIndex> ExpressionParser::chain(std::string_view symbol, Op op, Level operand) {
  TRY_ASSIGN(const NodeIndex first, (this->*operand)());
  if (!in_.peek().is_symbol(symbol)) return first;
  std::vector<NodeIndex> operands{first};
  while (in_.take_symbol(symbol)) {
    TRY_ASSIGN(const NodeIndex next, (this->*operand)());
    operands.push_back(next);
  }
  const Span whole = join(span(operands.front()), span(operands.back()));
  return out_.add(op, std::move(operands), whole);
}

Result<NodeIndex> ExpressionParser::relation() {
  TRY_ASSIGN(const NodeIndex left, sum());
  NodeIndex node = left;
  if (in_.take_word("has")) {
    TRY_ASSIGN(node, has(left));
  } else if (in_.take_word("like")) {
    TRY_ASSIGN(node, like(left));
  } else if (in_.take_word("is")) {
    TRY_ASSIGN(node, is(left));
  } else if (const auto op = comparison(in_.peek())) {
    in_.next();
    TRY_ASSIGN(const NodeIndex right, sum());
    TRY_ASSIGN(node, binary(*op, left, right));
  } else {
    return left;
  }
  if (starts_relation(in_.peek())) return fail_at(in_.peek().span, "comparisons do not chain; put one in parentheses");
  return node;
}

// `e has a.b.c` means `e has a && e.a has b && e.a.b has c`.
Result<NodeIndex> ExpressionParser::has(NodeIndex left) {
  const Span start = span(left);
  if (in_.peek().kind == Token::Kind::kString) {
    TRY_ASSIGN(std::string name, in_.string("an attribute"));
    return out_.add_has(left, {std::move(name)}, join(start, in_.last().span));
  }
  std::vector<std::string> path;
  do {
    TRY_ASSIGN(std::string name, in_.name("an attribute"));
    path.push_back(std::move(name));
  } while (in_.take_symbol("."));
  return out_.add_has(left, std::move(path), join(start, in_.last().span));
}

Result<NodeIndex> ExpressionParser::like(NodeIndex left) {
  if (in_.peek().kind != Token::Kind::kString) return in_.unexpected("a pattern in quotes");
  const Token token = in_.next();
  TRY_ASSIGN(Wildcard pattern, read_pattern(token));
  return out_.add(Op::kLike, {left}, join(span(left), token.span), out_.add_pattern(std::move(pattern)));
}

Result<NodeIndex> ExpressionParser::is(NodeIndex left) {
  TRY_ASSIGN(std::string type, in_.path());
  if (!in_.take_word("in")) {
    const Span whole = join(span(left), in_.last().span);
    return out_.add(Op::kIs, {left}, whole, out_.add_name(std::move(type)));
  }
  TRY_ASSIGN(const NodeIndex right, sum());
  return out_.add_is_in(left, std::move(type), right, join(span(left), span(right)));
}

Result<NodeIndex> ExpressionParser::sum() {
  TRY_ASSIGN(NodeIndex left, product());
  while (in_.peek().is_symbol("+") || in_.peek().is_symbol("-")) {
    const Op op = in_.next().text == "+" ? Op::kAdd : Op::kSubtract;
    TRY_ASSIGN(const NodeIndex right, product());
    TRY_ASSIGN(left, binary(op, left, right));
  }
  return left;
}

Result<NodeIndex> ExpressionParser::product() {
  TRY_ASSIGN(NodeIndex left, unary());
  while (in_.peek().is_symbol("*") || in_.peek().is_symbol("/") || in_.peek().is_symbol("%")) {
    const Token token = in_.next();
    if (token.text != "*") return fail_at(token.span, "there is no operator `" + std::string(token.text) + "`");
    TRY_ASSIGN(const NodeIndex right, unary());
    TRY_ASSIGN(left, binary(Op::kMultiply, left, right));
  }
  return left;
}

Result<NodeIndex> ExpressionParser::unary() {
  if (in_.peek().is_symbol("-")) return negation();
  const Span start = in_.peek().span;
  int times = 0;
  while (in_.take_symbol("!")) ++times;
  if (times > kRepeatedUnaryMax) return fail_at(start, "`!` stands more than four times in a row");
  TRY_ASSIGN(NodeIndex node, member());
  for (; times > 0; --times) {
    TRY_ASSIGN(node, out_.add(Op::kNot, {node}, join(start, span(node))));
  }
  return node;
}

// The last `-` before a number belongs to it: the smallest long can be written only so.
Result<NodeIndex> ExpressionParser::negation() {
  const Span start = in_.peek().span;
  int times = 0;
  while (in_.take_symbol("-")) ++times;
  if (times > kRepeatedUnaryMax) return fail_at(start, "`-` stands more than four times in a row");
  NodeIndex node = 0;
  const bool is_number =
      in_.peek().kind == Token::Kind::kNumber && !in_.peek(1).is_symbol(".") && !in_.peek(1).is_symbol("[");
  if (is_number) {
    const Token token = in_.next();
    TRY_ASSIGN(node, number(token, true));
    --times;
  } else {
    TRY_ASSIGN(node, member());
  }
  for (; times > 0; --times) {
    TRY_ASSIGN(node, out_.add(Op::kNegate, {node}, join(start, span(node))));
  }
  return node;
}

Result<NodeIndex> ExpressionParser::member() {
  TRY_ASSIGN(NodeIndex node, primary());
  while (in_.peek().is_symbol(".") || in_.peek().is_symbol("[")) {
    TRY_ASSIGN(node, access(node));
  }
  return node;
}

Result<NodeIndex> ExpressionParser::access(NodeIndex object) {
  if (in_.take_symbol("[")) {
    TRY_ASSIGN(std::string name, in_.string("an attribute in quotes"));
    TRY(in_.want_symbol("]"));
    return out_.add(Op::kGetAttribute, {object}, join(span(object), in_.last().span), out_.add_name(std::move(name)));
  }
  TRY(in_.want_symbol("."));
  const Token token = in_.peek();
  TRY_ASSIGN(std::string name, in_.name("an attribute"));
  if (in_.take_symbol("(")) return method(object, token);
  return out_.add(Op::kGetAttribute, {object}, join(span(object), token.span), out_.add_name(std::move(name)));
}

// How many arguments an extension function takes is asked only when it is called, as in the reference.
Result<NodeIndex> ExpressionParser::method(NodeIndex object, const Token& name) {
  TRY_ASSIGN(auto arguments, list(")"));
  const Span whole = join(span(object), in_.last().span);
  const std::size_t got = arguments.size();
  arguments.insert(arguments.begin(), object);
  for (const auto& known : kMethods) {
    if (known.name != name.text) continue;
    if (got != known.arguments) {
      return fail_at(name.span, "`" + std::string(name.text) + "` takes " + std::to_string(known.arguments) +
                                    " arguments, not " + std::to_string(got));
    }
    return out_.add(known.op, std::move(arguments), whole);
  }
  const auto* info = ext::find_function(name.text);
  if (info == nullptr) return fail_at(name.span, "there is no method `" + std::string(name.text) + "`");
  if (!info->is_method) {
    return fail_at(name.span, "`" + std::string(name.text) + "` is a function, not a method: write `" +
                                  std::string(name.text) + "(...)`");
  }
  return out_.add(Op::kCall, std::move(arguments), whole, static_cast<std::uint32_t>(info->function));
}

Result<NodeIndex> ExpressionParser::primary() {
  const Token& token = in_.peek();
  switch (token.kind) {
    case Token::Kind::kNumber: return number(in_.next(), false);
    case Token::Kind::kString: {
      const Span at = token.span;
      TRY_ASSIGN(std::string text, in_.string("a string"));
      return out_.add_literal(Value::string(std::move(text)), at);
    }
    case Token::Kind::kIdentifier: return word();
    default: break;
  }
  if (in_.take_symbol("(")) {
    TRY_ASSIGN(const NodeIndex inner, expression());
    TRY(in_.want_symbol(")"));
    return inner;
  }
  if (token.is_symbol("[")) return set();
  if (token.is_symbol("{")) return record();
  return in_.unexpected("an expression");
}

Result<NodeIndex> ExpressionParser::word() {
  static constexpr std::string_view kVariables[] = {"principal", "action", "resource", "context"};
  const Token token = in_.peek();
  if (in_.take_word("true")) return out_.add_literal(Value::boolean(true), token.span);
  if (in_.take_word("false")) return out_.add_literal(Value::boolean(false), token.span);
  if (is_reserved_word(token.text)) return in_.unexpected("an expression");
  if (in_.peek(1).is_symbol("::")) {
    TRY_ASSIGN(EntityUid uid, in_.entity());
    return out_.add_literal(Value::entity(std::move(uid)), join(token.span, in_.last().span));
  }
  if (in_.peek(1).is_symbol("(")) return function();
  const auto* variable = std::find(std::begin(kVariables), std::end(kVariables), token.text);
  if (variable == std::end(kVariables)) {
    return fail_at(token.span, "there is no variable `" + std::string(token.text) +
                                   "`; there are `principal`, `action`, `resource` and `context`");
  }
  in_.next();
  return out_.add(Op::kVariable, {}, token.span, static_cast<std::uint32_t>(variable - std::begin(kVariables)));
}

Result<NodeIndex> ExpressionParser::function() {
  const Token name = in_.next();
  TRY(in_.want_symbol("("));
  const auto* info = ext::find_function(name.text);
  if (info == nullptr) return fail_at(name.span, "there is no function `" + std::string(name.text) + "`");
  if (info->is_method) {
    return fail_at(name.span,
                   "`" + std::string(name.text) + "` is a method: write `x." + std::string(name.text) + "(...)`");
  }
  TRY_ASSIGN(auto arguments, list(")"));
  return out_.add(Op::kCall, std::move(arguments), join(name.span, in_.last().span),
                  static_cast<std::uint32_t>(info->function));
}

Result<NodeIndex> ExpressionParser::set() {
  const Span start = in_.next().span;
  TRY_ASSIGN(auto elements, list("]"));
  return out_.add(Op::kSet, std::move(elements), join(start, in_.last().span));
}

Result<NodeIndex> ExpressionParser::record() {
  const Span start = in_.next().span;
  std::vector<std::string> names;
  std::vector<NodeIndex> values;
  while (!in_.take_symbol("}")) {
    const Token key = in_.peek();
    const bool quoted = key.kind == Token::Kind::kString;
    TRY_ASSIGN(std::string name, quoted ? in_.string("an attribute") : in_.name("an attribute"));
    names.push_back(std::move(name));
    TRY(in_.want_symbol(":"));
    TRY_ASSIGN(const NodeIndex value, expression());
    values.push_back(value);
    if (!in_.take_symbol(",") && !in_.peek().is_symbol("}")) return in_.unexpected("`,` or `}`");
  }
  const Span whole = join(start, in_.last().span);
  auto sorted = names;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) return fail_at(whole, "attribute `" + *twice + "` stands twice in this record");
  const std::uint32_t datum = out_.add_names(std::move(names));
  return out_.add(Op::kRecord, std::move(values), whole, datum);
}

Result<std::vector<NodeIndex>> ExpressionParser::list(std::string_view close) {
  std::vector<NodeIndex> items;
  while (!in_.take_symbol(close)) {
    TRY_ASSIGN(const NodeIndex item, expression());
    items.push_back(item);
    if (!in_.take_symbol(",") && !in_.peek().is_symbol(close)) {
      return in_.unexpected("`,` or `" + std::string(close) + "`");
    }
  }
  return items;
}

Result<NodeIndex> ExpressionParser::number(const Token& token, bool negative) {
  std::int64_t value = 0;
  bool fits = true;
  for (const char c : token.text) {
    const std::int64_t digit = c - '0';
    fits = fits && !__builtin_mul_overflow(value, std::int64_t{10}, &value) &&
           !__builtin_add_overflow(value, negative ? -digit : digit, &value);
  }
  if (!fits) return fail_at(token.span, "`" + std::string(token.text) + "` does not fit 64 bits");
  return out_.add_literal(Value::integer(value), token.span);
}

Result<NodeIndex> ExpressionParser::binary(Op op, NodeIndex left, NodeIndex right) {
  return out_.add(op, {left, right}, join(span(left), span(right)));
}

}  // namespace steelyard::policy
