// Policy: one policy or template as it was written: annotations, effect, scope, conditions. Beside Spec/Policy.lean and
// Spec/Template.lean.
//
// The scope can be inspected without evaluating anything: whoever admits policies of others looks at
// `policy.scope.resource.names_entity()`. What is decided with is made of it by policy_set.h.
// Owns: all its parts. Threads: immutable once made. Errors: none here; parser.h makes policies.
#pragma once

#include <string>
#include <vector>

#include "policy/entity_uid.h"
#include "policy/expr.h"
#include "policy/span.h"

namespace steelyard::policy {

enum class Effect : std::uint8_t { kPermit, kForbid };

// What a scope demands of the principal, the action or the resource.
struct ScopeConstraint {
  enum class Kind : std::uint8_t { kAny, kEqual, kIn, kIs, kIsIn };

  Kind kind = Kind::kAny;
  bool slot = false;                // `?principal` or `?resource` stands where an entity would: of a template
  bool listed = false;              // `action in [...]`, however many stand there
  std::vector<EntityUid> entities;  // kEqual, kIsIn: one; kIn: one, or listed any number, none included; slot: none
  std::string type;                 // kIs, kIsIn
  Span span;

  // `== e`, `in e` or `is T in e`: it holds only for these entities and what is in them.
  bool names_entity() const { return kind != Kind::kAny && kind != Kind::kIs; }
};

struct Scope {
  ScopeConstraint principal;
  ScopeConstraint action;
  ScopeConstraint resource;
};

struct Annotation {
  std::string name;
  std::string value;  // empty where none was written
  bool bare = false;  // `@name`, without a value
};

struct Condition {
  enum class Kind : std::uint8_t { kWhen, kUnless };

  Kind kind = Kind::kWhen;
  Expr body;
  Span span;
};

struct Policy {
  std::string id;
  Effect effect = Effect::kPermit;
  std::vector<Annotation> annotations;
  Scope scope;
  std::vector<Condition> conditions;  // all must hold, looked at in order; without any the scope decides
  Span span;

  bool is_template() const { return scope.principal.slot || scope.resource.slot; }
  const std::string* annotation(std::string_view name) const;  // nothing if it has none of that name
};

}  // namespace steelyard::policy
