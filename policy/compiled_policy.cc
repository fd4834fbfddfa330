#include "policy/compiled_policy.h"

namespace steelyard::policy {
namespace {

const std::string* type_of(const Bound& bound) { return bound.type ? &bound.type->type() : nullptr; }

}  // namespace

Bound::Bound(const ScopeConstraint& from)
    : names(from.names_entity()), exact(from.kind == ScopeConstraint::Kind::kEqual), entities(from.entities) {
  if (!from.type.empty()) type.emplace(from.type, "");
}

CompiledPolicy::CompiledPolicy(std::string its_id, Effect its_effect, const Scope& scope, Expr its_program,
                               Ref<Shapes::Common> shape, std::uint64_t number)
    : effect(its_effect),
      conditional(its_program.size() != 0),
      has_sets(its_program.has_set_literals()),
      sequence(number),
      common(std::move(shape)),
      program(std::move(its_program)),
      id(std::move(its_id)),
      principal(scope.principal),
      action(scope.action),
      resource(scope.resource) {
  exact_principal = principal.exact;
  exact_action = action.exact;
  exact_resource = resource.exact;
  principal_type = type_of(principal);
  resource_type = type_of(resource);
}

}  // namespace steelyard::policy
