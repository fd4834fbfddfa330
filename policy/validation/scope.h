// scope_expression(): what a scope demands, as an expression: so it is typed by the rules of expressions.
//
// `permit (principal == User::"a", action in [Action::"b"], resource is Photo)` demands
// `principal == User::"a" && action in [Action::"b"] && resource is Photo`.
// Owns nothing. Threads: any. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/policy.h"
#include "policy/validation/schema.h"

namespace steelyard::policy::validation {

// Of what types the entities are that a template is linked with. No id is known of them, and none plays a part.
struct Slots {
  std::string principal;
  std::string resource;
};

// All that may make the template apply in this environment; of a policy without slots: one, empty.
std::vector<Slots> possible_slots(const Scope& scope, const Environment& environment);

Expr scope_expression(const Scope& scope, const Slots& slots);

// Whether a principal or resource of this type can be what the constraint demands.
bool allows(const ScopeConstraint& constraint, const std::string& type, const Schema& schema);

}  // namespace steelyard::policy::validation
