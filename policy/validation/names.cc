#include "policy/validation/names.h"

#include <algorithm>

#include "policy/validation/scope.h"
#include "policy/validation/suggestion.h"

namespace steelyard::policy::validation {
namespace {

class Names {
 public:
  Names(const Schema& schema, Steps& steps, Findings& errors) : schema_(schema), steps_(steps), errors_(errors) {}

  // Any type of actions is known: what matters is which actions there are.
  void type(const std::string& name, const Span& at) {
    if (errors_.full() || is_action_type(name) || schema_.find(name) != nullptr) return;
    Suggestion nearest(name, steps_);
    for (const auto& [known, entry] : schema_.entity_types) nearest.consider(known);
    errors_.add({Rule::kUnknownEntityType, at, "unrecognized entity type `" + name + "`", nearest.text()});
  }

  void entity(const EntityUid& uid, const Span& at) {
    if (errors_.full()) return;
    if (is_action_type(uid.type())) return action(uid, at);
    type(uid.type(), at);
    const EntitySchemaEntry* entry = schema_.find(uid.type());
    if (entry == nullptr || !entry->enumerated || entry->has_id(uid.id())) return;
    Suggestion nearest(uid.id(), steps_);
    for (const std::string& known : *entry->enumerated) nearest.consider(known);
    errors_.add({Rule::kUnknownId, at,
                 "entity type `" + uid.type() + "` is enumerated, and `" + uid.id() + "` is not among its ids",
                 nearest.text()});
  }

  void scope(const ScopeConstraint& constraint) {
    if (!constraint.type.empty()) type(constraint.type, constraint.span);
    for (const EntityUid& uid : constraint.entities) entity(uid, constraint.span);
  }

  void expression(const Expr& expr) {
    for (NodeIndex index = 0; index < expr.size(); ++index) {
      const Node& node = expr.node(index);
      const bool is_entity = node.op == Op::kLiteral && expr.literal(node).is(Type::kEntity);
      if (is_entity) entity(expr.literal(node).as_entity(), expr.span(node));
      if (node.op == Op::kIs || node.op == Op::kIsIn) type(expr.name(node), expr.span(node));
    }
  }

 private:
  void action(const EntityUid& uid, const Span& at) {
    if (schema_.find(uid) != nullptr) return;
    const std::string text = to_source(uid);
    Suggestion nearest(text, steps_);
    for (const auto& [known, entry] : schema_.actions) nearest.consider(to_source(known));
    errors_.add({Rule::kUnknownAction, at, "unrecognized action `" + text + "`", nearest.text()});
  }

  const Schema& schema_;
  Steps& steps_;
  Findings& errors_;
};

bool is_demanded(const ScopeConstraint& action, const EntityUid& uid, const ActionSchemaEntry& entry) {
  if (action.kind == ScopeConstraint::Kind::kAny) return true;
  const bool in = action.kind == ScopeConstraint::Kind::kIn;
  return std::any_of(action.entities.begin(), action.entities.end(),
                     [&](const EntityUid& each) { return each == uid || (in && entry.has_ancestor(each)); });
}

bool applies_to_some(const Scope& scope, const Schema& schema, Steps& steps) {
  const auto any_allowed = [&](const ScopeConstraint& constraint, const std::vector<std::string>& types) {
    return std::any_of(types.begin(), types.end(),
                       [&](const std::string& type) { return allows(constraint, type, schema); });
  };
  return std::any_of(schema.actions.begin(), schema.actions.end(), [&](const auto& action) {
    const auto& [uid, entry] = action;
    steps.spend(1 + entry.principals.size() + entry.resources.size());
    return is_demanded(scope.action, uid, entry) && any_allowed(scope.principal, entry.principals) &&
           any_allowed(scope.resource, entry.resources);
  });
}

}  // namespace

void check_names(const Policy& policy, const Schema& schema, Steps& steps, Findings& errors) {
  Names names(schema, steps, errors);
  for (const auto* constraint : {&policy.scope.principal, &policy.scope.action, &policy.scope.resource})
    names.scope(*constraint);
  for (const Condition& condition : policy.conditions) names.expression(condition.body);
  if (!steps.all_spent() && !applies_to_some(policy.scope, schema, steps)) {
    errors.add({Rule::kNoAction, policy.span, "no action applies to what the scope allows",
                "look at the `appliesTo` of its actions in the schema"});
  }
}

}  // namespace steelyard::policy::validation
