// Policy: one parsed static policy: effect, annotations, scope, conditions.
//
// The scope can be inspected without evaluating anything: whoever admits policies of others looks at
// `policy.scope.resource.names_entity()`.
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
  std::vector<EntityUid> entities;  // kEqual, kIsIn: one; kIn: one, or for actions any number, none included
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
  std::string value;
};

// What must hold, with others and left to right, for a condition to hold.
struct Conjunct {
  NodeIndex root;
  bool of_asker;  // the resource plays no part: it means the same for all resources that one request is about
};

struct Policy {
  std::string id;
  Effect effect = Effect::kPermit;
  bool has_condition = false;  // without one, `condition` is empty and the scope decides
  std::vector<Annotation> annotations;
  Scope scope;
  Expr condition;  // the `when` and negated `unless` bodies under one kAnd, in order
  Span span;

  const std::string* annotation(std::string_view name) const;  // nothing if it has none of that name
};

}  // namespace steelyard::policy
