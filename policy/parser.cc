#include "policy/parser.h"

#include <algorithm>

#include "policy/expression_parser.h"
#include "policy/token_stream.h"

namespace steelyard::policy {
namespace {

using Kind = ScopeConstraint::Kind;

class PolicyParser {
 public:
  PolicyParser(std::vector<Token> tokens, Templates templates) : in_(std::move(tokens)), templates_(templates) {}

  bool at_end() const { return in_.at_end(); }
  Status want_end() const {
    if (at_end()) return {};
    return fail_at(in_.peek().span, "expected one policy, found more");
  }

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
    TRY(principal_or_resource(policy.scope.principal, "?principal"));
    TRY(in_.want_symbol(","));
    TRY(in_.want_word("action"));
    TRY(action(policy.scope.action));
    TRY(in_.want_symbol(","));
    TRY(in_.want_word("resource"));
    TRY(principal_or_resource(policy.scope.resource, "?resource"));
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

  // `slot` is what may stand here in place of an entity.
  Status principal_or_resource(ScopeConstraint& constraint, std::string_view slot) {
    const Span start = in_.peek().span;
    if (in_.take_symbol("==")) {
      constraint.kind = Kind::kEqual;
    } else if (in_.take_word("in")) {
      constraint.kind = Kind::kIn;
    } else if (in_.take_word("is")) {
      constraint.kind = Kind::kIs;
      TRY_ASSIGN(constraint.type, in_.path());
      if (in_.take_word("in"))
        constraint.kind = Kind::kIsIn;
      else if (in_.peek().is_symbol("=="))
        return fail_at(in_.peek().span, "`is` goes with `in`, not with `==`");
    } else {
      constraint.span = in_.last().span;
      return no_other(slot.substr(1), "`==`, `in` or `is`");
    }
    if (constraint.kind != Kind::kIs) TRY(entity_or_slot(constraint, slot));
    constraint.span = join(start, in_.last().span);
    return {};
  }

  Status action(ScopeConstraint& constraint) {
    const Span start = in_.peek().span;
    if (in_.take_symbol("==")) {
      constraint.kind = Kind::kEqual;
      TRY(entity_or_slot(constraint, {}));
    } else if (in_.take_word("in")) {
      constraint.kind = Kind::kIn;
      TRY(actions(constraint));
    } else {
      constraint.span = in_.last().span;
      if (in_.peek().is_word("is"))
        return fail_at(in_.peek().span, "`is` has no place after `action`; ask in a `when` condition");
      return no_other("action", "`==` or `in`");
    }
    constraint.span = join(start, in_.last().span);
    for (const auto& entity : constraint.entities) {
      if (!is_action_type(entity.type())) {
        return fail_at(constraint.span, "`" + to_source(entity) + "` is not an action; its type must be `Action`");
      }
    }
    return {};
  }

  // What must follow a variable without a constraint; `may` says what could have been one.
  Status no_other(std::string_view variable, std::string_view may) {
    if (in_.peek().is_symbol(",") || in_.peek().is_symbol(")")) return {};
    return in_.unexpected(std::string(may) + " after `" + std::string(variable) + "`, or `,`");
  }

  // Parentheses may stand around whatever the scope names, as around any expression.
  Result<std::size_t> open() {
    std::size_t parentheses = 0;
    while (in_.take_symbol("(")) ++parentheses;
    return parentheses;
  }
  Status close(std::size_t parentheses) {
    for (; parentheses > 0; --parentheses) TRY(in_.want_symbol(")"));
    return {};
  }

  Status entity_or_slot(ScopeConstraint& constraint, std::string_view slot) {
    TRY_ASSIGN(const std::size_t parentheses, open());
    const Token& token = in_.peek();
    if (token.kind != Token::Kind::kSlot) {
      TRY_ASSIGN(EntityUid entity, in_.entity());
      constraint.entities.push_back(std::move(entity));
    } else if (slot.empty()) {
      return fail_at(token.span, "an action has no slot: name it like `Action::\"view\"`");
    } else if (token.text != slot) {
      return fail_at(token.span,
                     "`" + std::string(token.text) + "` cannot stand here; the slot is `" + std::string(slot) + "`");
    } else if (templates_ == Templates::kRefused) {
      return fail_at(token.span, "`" + std::string(slot) + "` makes this a template, and none may stand here");
    } else {
      in_.next();
      constraint.slot = true;
    }
    return close(parentheses);
  }

  Status actions(ScopeConstraint& constraint) {
    TRY_ASSIGN(const std::size_t parentheses, open());
    if (!in_.take_symbol("[")) {
      TRY(entity_or_slot(constraint, {}));
      return close(parentheses);
    }
    while (!in_.take_symbol("]")) {
      TRY(entity_or_slot(constraint, {}));
      if (!in_.take_symbol(",") && !in_.peek().is_symbol("]")) return in_.unexpected("`,` or `]`");
    }
    constraint.listed = constraint.entities.size() != 1;  // a list of one means that one, as in the reference's JSON
    return close(parentheses);
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
  Templates templates_;
};

}  // namespace

Result<Policy> parse_policy(std::string id, std::string_view text, Templates templates) {
  TRY_ASSIGN(auto tokens, tokenize(text));
  PolicyParser parser(std::move(tokens), templates);
  TRY_ASSIGN(Policy policy, parser.policy(std::move(id)));
  TRY(parser.want_end());
  return policy;
}

Result<std::vector<Policy>> parse_policies(std::string_view text, std::string_view id_prefix, Templates templates,
                                           std::size_t bytes_max) {
  TRY_ASSIGN(auto tokens, tokenize(text, bytes_max));
  PolicyParser parser(std::move(tokens), templates);
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

Result<EntityUid> parse_entity_uid(std::string_view text) {
  TRY_ASSIGN(auto tokens, tokenize(text));
  TokenStream in(std::move(tokens));
  TRY_ASSIGN(EntityUid entity, in.entity());
  if (!in.at_end()) return in.unexpected("the end of the entity");
  return entity;
}

}  // namespace steelyard::policy
