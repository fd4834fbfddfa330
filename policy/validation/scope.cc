#include "policy/validation/scope.h"

#include "core/base/check.h"

namespace steelyard::policy::validation {
namespace {

using Kind = ScopeConstraint::Kind;

// `== ?x`: what is asked about. `in ?x`: that, or what it may be in.
std::vector<std::string> possible(const ScopeConstraint& constraint, const std::string& type, const Schema& schema) {
  if (!constraint.slot) return {""};
  std::vector<std::string> types{type};
  const EntitySchemaEntry* entry = schema.find(type);
  if (constraint.kind != Kind::kEqual && entry != nullptr)
    types.insert(types.end(), entry->ancestors.begin(), entry->ancestors.end());
  return types;
}

class Builder {
 public:
  void add(const ScopeConstraint& constraint, Variable which, const std::string& slot) {
    if (constraint.kind == Kind::kAny) return;
    const Span& at = constraint.span;
    const NodeIndex variable = made(expr_.add(Op::kVariable, {}, at, static_cast<std::uint32_t>(which)));
    parts_.push_back(demand(constraint, variable, slot));
  }

  Expr finish() {
    if (parts_.empty()) parts_.push_back(expr_.add_literal(Value::boolean(true), {}));
    expr_.set_root(made(expr_.add(Op::kAnd, std::move(parts_), {})));
    return std::move(expr_);
  }

 private:
  // A scope is a few levels deep.
  static NodeIndex made(const Result<NodeIndex>& node) {
    CHECK(node.has_value());
    return *node;
  }

  NodeIndex demand(const ScopeConstraint& constraint, NodeIndex variable, const std::string& slot) {
    const Span& at = constraint.span;
    switch (constraint.kind) {
      case Kind::kEqual: return made(expr_.add(Op::kEqual, {variable, entity(constraint, slot)}, at));
      case Kind::kIn: return made(expr_.add(Op::kIn, {variable, entity(constraint, slot)}, at));
      case Kind::kIsIn: return made(expr_.add_is_in(variable, constraint.type, entity(constraint, slot), at));
      default: return made(expr_.add(Op::kIs, {variable}, at, expr_.add_name(constraint.type)));
    }
  }

  NodeIndex entity(const ScopeConstraint& constraint, const std::string& slot) {
    const Span& at = constraint.span;
    if (constraint.slot) return expr_.add_literal(Value::entity(EntityUid(slot, "")), at);
    std::vector<NodeIndex> all;
    for (const EntityUid& each : constraint.entities) all.push_back(expr_.add_literal(Value::entity(each), at));
    return constraint.listed ? made(expr_.add(Op::kSet, std::move(all), at)) : all.at(0);
  }

  Expr expr_;
  std::vector<NodeIndex> parts_;
};

bool is_or_descends(const std::string& type, const std::string& from, const Schema& schema) {
  if (type == from) return true;
  const EntitySchemaEntry* entry = schema.find(type);
  return entry != nullptr && entry->has_ancestor(from);
}

}  // namespace

std::vector<Slots> possible_slots(const Scope& scope, const Environment& environment) {
  std::vector<Slots> all;
  for (const std::string& principal : possible(scope.principal, environment.principal, environment.schema)) {
    for (const std::string& resource : possible(scope.resource, environment.resource, environment.schema))
      all.push_back({principal, resource});
  }
  return all;
}

Expr scope_expression(const Scope& scope, const Slots& slots) {
  Builder builder;
  builder.add(scope.principal, Variable::kPrincipal, slots.principal);
  builder.add(scope.action, Variable::kAction, "");
  builder.add(scope.resource, Variable::kResource, slots.resource);
  return builder.finish();
}

bool allows(const ScopeConstraint& constraint, const std::string& type, const Schema& schema) {
  const auto named = [&] { return constraint.slot ? nullptr : &constraint.entities.front(); };
  switch (constraint.kind) {
    case Kind::kAny: return true;
    case Kind::kEqual: return named() == nullptr || named()->type() == type;
    case Kind::kIn: return named() == nullptr || is_or_descends(type, named()->type(), schema);
    case Kind::kIs: return constraint.type == type;
    case Kind::kIsIn:
      return constraint.type == type && (named() == nullptr || is_or_descends(type, named()->type(), schema));
  }
  return false;
}

}  // namespace steelyard::policy::validation
