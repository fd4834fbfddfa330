// ExpressionParser: the expression half of the grammar, by recursive descent, one function per level of precedence.
//
// Owns nothing: reads from a TokenStream, builds into an Expr; both outlive it. Threads: one owner.
// Errors: kFix with line and column; nesting above limits::kExpressionDepthMax, parentheses included.
#pragma once

#include <vector>

#include "policy/expr.h"
#include "policy/token_stream.h"

namespace steelyard::policy {

class ExpressionParser {
 public:
  ExpressionParser(TokenStream& in, Expr& out) : in_(in), out_(out) {}

  Result<NodeIndex> expression();

 private:
  using Level = Result<NodeIndex> (ExpressionParser::*)();

  Result<NodeIndex> conditional();
  Result<NodeIndex> chain(std::string_view symbol, Op op, Level operand);
  Result<NodeIndex> disjunction() { return chain("||", Op::kOr, &ExpressionParser::conjunction); }
  Result<NodeIndex> conjunction() { return chain("&&", Op::kAnd, &ExpressionParser::relation); }
  Result<NodeIndex> relation();
  Result<NodeIndex> has(NodeIndex left);
  Result<NodeIndex> like(NodeIndex left);
  Result<NodeIndex> is(NodeIndex left);
  Result<NodeIndex> sum();
  Result<NodeIndex> product();
  Result<NodeIndex> unary();
  Result<NodeIndex> negation();
  Result<NodeIndex> member();
  Result<NodeIndex> access(NodeIndex object);
  Result<NodeIndex> method(NodeIndex object, const Token& name);
  Result<NodeIndex> primary();
  Result<NodeIndex> word();
  Result<NodeIndex> function();
  Result<NodeIndex> set();
  Result<NodeIndex> record();

  Result<std::vector<NodeIndex>> list(std::string_view close);  // the opening symbol is taken already
  Result<NodeIndex> number(const Token& token, bool negative);
  Result<NodeIndex> binary(Op op, NodeIndex left, NodeIndex right);
  const Span& span(NodeIndex node) const { return out_.span(out_.node(node)); }

  TokenStream& in_;
  Expr& out_;
  std::size_t depth_ = 0;
};

}  // namespace steelyard::policy
