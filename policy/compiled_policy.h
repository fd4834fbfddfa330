// CompiledPolicy: a policy as it is decided with: its condition as a program, its scope as what it names.
//
// What every decision looks at stands at the front, in one line of the processor's cache.
// Owns: its parts; what it has in common with others of its shape together with them. Threads: immutable once made.
// Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "policy/expr.h"
#include "policy/policy.h"
#include "policy/shapes.h"

namespace steelyard::policy {

// What a scope demands of the principal, the action or the resource.
struct Bound {
  explicit Bound(const ScopeConstraint& from);

  bool names = false;               // it holds only for these entities and, unless exact, what is in them
  bool exact = false;               // `==`
  std::optional<EntityUid> type;    // `is`: some entity of that type
  std::vector<EntityUid> entities;  // empty where it names, too: an empty list of actions
};

struct CompiledPolicy : Counted {
  CompiledPolicy(std::string its_id, Effect its_effect, const Scope& scope, Expr its_program, Ref<Shapes::Common> shape,
                 std::uint64_t number);

  void prefetch() const {  // its program, behind what stands here
    constexpr std::size_t kLine = 64;
    for (std::size_t i = 1; i <= 3; ++i) __builtin_prefetch(reinterpret_cast<const char*>(this) + i * kLine);
  }

  Effect effect;
  bool conditional;  // the program is of any nodes
  bool has_sets;     // among its literals
  bool exact_principal, exact_action, exact_resource;
  const std::string* principal_type;  // of `is`, to be compared by place; null: any
  const std::string* resource_type;
  std::uint64_t sequence;  // grows with every put()
  Ref<Shapes::Common> common;
  Expr program;  // the condition, folded
  std::string id;
  Bound principal, action, resource;
};

}  // namespace steelyard::policy
