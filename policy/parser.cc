#include "policy/parser.h"

#include <algorithm>

#include "policy/expression_parser.h"
#include "policy/token_stream.h"

namespace steelyard::policy {
namespace {

using Kind = ScopeConstraint::Kind;

class PolicyParser {
 public:
  explicit PolicyParser(std::vector<Token> tokens) : in_(std::move(tokens)) {}

  bool at_end() const { return in_.at_end(); }

  Result<Policy> policy(std::string id) {
    Policy policy;
    policy.id = std::move(id);
    const Span start = in_.peek().span;
    TRY(annotations(policy.annotations));
    if (in_.take_word("forbid")) {
      policy.effect = Effect::kForbid;
    } else if (!in_.take_word("permit")) {
      return in_.unexpected("`permit` or `forbid`");
    }
    TRY(in_.want_symbol("("));
    TRY(in_.want_word("principal"));
    TRY(principal_or_resource(policy.scope.principal));
    TRY(in_.want_symbol(","));
    TRY(in_.want_word("action"));
    TRY(action(policy.scope.action));
    TRY(in_.want_symbol(","));
    TRY(in_.want_word("resource"));
    TRY(principal_or_resource(policy.scope.resource));
    in_.take_symbol(",");
    TRY(in_.want_symbol(")"));
    TRY(conditions(policy));
    TRY(in_.want_symbol(";"));
    policy.span = join(start, in_.last().span);
    return policy;
  }

 private:
  Status annotations(std::vector<Annotation>& found) {
    while (in_.take_symbol("@")) {
      const Token name = in_.peek();
      if (name.kind != Token::Kind::kIdentifier) return in_.unexpected("an annotation's name");
      in_.next();
      Annotation annotation{std::string(name.text), {}};
      if (in_.take_symbol("(")) {
        TRY_ASSIGN(annotation.value, in_.string("an annotation's text in quotes"));
        TRY(in_.want_symbol(")"));
      } else {
        annotation.bare = true;
      }
      const bool twice = std::any_of(found.begin(), found.end(),
                                     [&](const Annotation& other) { return other.name == annotation.name; });
      if (twice) return fail_at(name.span, "annotation `" + annotation.name + "` stands twice");
      found.push_back(std::move(annotation));
    }
    return {};
  }

  Status principal_or_resource(ScopeConstraint& constraint) {
    const Span start = in_.peek().span;
    if (in_.take_symbol("==")) {
      constraint.kind = Kind::kEqual;
      TRY(one_entity(constraint));
    } else if (in_.take_word("in")) {
      constraint.kind = Kind::kIn;
      TRY(one_entity(constraint));
    } else if (in_.take_word("is")) {
      constraint.kind = Kind::kIs;
      TRY_ASSIGN(constraint.type, in_.path());
      if (in_.take_word("in")) {
        constraint.kind = Kind::kIsIn;
        TRY(one_entity(constraint));
      }
    } else {
      constraint.span = in_.last().span;
      return {};
    }
    constraint.span = join(start, in_.last().span);
    return {};
  }

  Status action(ScopeConstraint& constraint) {
    const Span start = in_.peek().span;
    if (in_.take_symbol("==")) {
      constraint.kind = Kind::kEqual;
      TRY(one_entity(constraint));
    } else if (in_.take_word("in")) {
      constraint.kind = Kind::kIn;
      if (in_.take_symbol("[")) {
        constraint.listed = true;
        TRY(entity_list(constraint));
      } else {
        TRY(one_entity(constraint));
      }
    } else {
      constraint.span = in_.last().span;
      return {};
    }
    constraint.span = join(start, in_.last().span);
    for (const auto& entity : constraint.entities) {
      if (!is_action_type(entity.type())) {
        return fail_at(constraint.span, "`" + to_source(entity) + "` is not an action; its type must be `Action`");
      }
    }
    return {};
  }

  Status one_entity(ScopeConstraint& constraint) {
    TRY_ASSIGN(EntityUid entity, in_.entity());
    constraint.entities.push_back(std::move(entity));
    return {};
  }

  Status entity_list(ScopeConstraint& constraint) {
    while (!in_.take_symbol("]")) {
      TRY(one_entity(constraint));
      if (!in_.take_symbol(",") && !in_.peek().is_symbol("]")) return in_.unexpected("`,` or `]`");
    }
    return {};
  }

  Status conditions(Policy& policy) {
    while (in_.peek().is_word("when") || in_.peek().is_word("unless")) {
      Condition condition;
      const Token word = in_.next();
      if (word.text == "unless") condition.kind = Condition::Kind::kUnless;
      TRY(in_.want_symbol("{"));
      TRY_ASSIGN(const NodeIndex root, ExpressionParser(in_, condition.body).expression());
      condition.body.set_root(root);
      TRY(in_.want_symbol("}"));
      condition.span = join(word.span, in_.last().span);
      policy.conditions.push_back(std::move(condition));
    }
    return {};
  }

  TokenStream in_;
};

}  // namespace

Result<Policy> parse_policy(std::string id, std::string_view text) {
  TRY_ASSIGN(auto tokens, tokenize(text));
  const Span end = tokens.back().span;
  PolicyParser parser(std::move(tokens));
  TRY_ASSIGN(Policy policy, parser.policy(std::move(id)));
  if (!parser.at_end()) return fail_at(end, "expected one policy, found more");
  return policy;
}

Result<std::vector<Policy>> parse_policies(std::string_view text, std::string_view id_prefix) {
  TRY_ASSIGN(auto tokens, tokenize(text));
  PolicyParser parser(std::move(tokens));
  std::vector<Policy> policies;
  while (!parser.at_end()) {
    TRY_ASSIGN(Policy policy, parser.policy(std::string(id_prefix) + std::to_string(policies.size())));
    policies.push_back(std::move(policy));
  }
  return policies;
}

Result<Expr> parse_expression(std::string_view text) {
  TRY_ASSIGN(auto tokens, tokenize(text));
  TokenStream in(std::move(tokens));
  Expr expr;
  TRY_ASSIGN(const NodeIndex root, ExpressionParser(in, expr).expression());
  if (!in.at_end()) return in.unexpected("the end of the expression");
  expr.set_root(root);
  return expr;
}

}  // namespace steelyard::policy
