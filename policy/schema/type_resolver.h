// TypeResolver: what the types of a fragment are when every name in them is looked up.
//
// Owns: the common types, resolved once and shared by all that name them. Refers to definitions, which outlive it.
// Threads: one owner. Errors: kFix, with line and column or path.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "policy/schema/closure.h"
#include "policy/schema/definitions.h"
#include "policy/schema/fragment.h"
#include "policy/schema/trail.h"
#include "policy/validation/types.h"

namespace steelyard::policy::schema {

class TypeResolver {
 public:
  explicit TypeResolver(Definitions& definitions) : definitions_(definitions) {}

  Status common_types(const Fragment& fragment);  // before any type that may name them

  // A type that stands in namespace `ns`; `trail` says where, and is left as it was.
  Result<validation::CedarType> type(std::string_view ns, const TypeExpr& expr, Trail& trail) const;
  // The full name of an entity type other than of actions.
  Result<std::string> entity_type(std::string_view ns, const Name& name, const Trail& trail) const;

 private:
  Result<validation::CedarType> record(std::string_view ns, const TypeExpr& expr, Trail& trail) const;
  Result<validation::CedarType> named(std::string_view ns, const TypeExpr& expr, const Trail& trail) const;
  Status needed(std::string_view ns, const TypeExpr& expr, std::vector<std::size_t>& types) const;

  Definitions& definitions_;
  std::vector<std::optional<validation::CedarType>> common_types_;  // in the order of declaration
};

}  // namespace steelyard::policy::schema
