// Subtyping: whether all values of one type are of another, and the least type that has the values of two.
// Lean: Cedar/Validation/Subtyping.lean.
//
// The strict validator, the one in force, knows no subtypes but those of booleans: two records have a common type if
// they have the same attributes, two entities if they are of the same type. The permissive one is a step towards it
// for policies of others: entities of several types, and records that share only some attributes, stand together.
// Owns nothing. Threads: any. Errors: none; what two types lack to have a common one is a return value.
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "policy/validation/types.h"

namespace steelyard::policy::validation {

enum class Mode : std::uint8_t { kStrict, kPermissive };

// Why two types have no common one.
enum class Mismatch : std::uint8_t {
  kUnrelated,   // a long and a string
  kEntities,    // of two types
  kAttributes,  // records: one has an attribute that the other lacks
  kOptional,    // records: an attribute that one must have is optional in the other
};

bool is_subtype(const CedarType& type, const CedarType& of, Mode mode);
tl::expected<CedarType, Mismatch> least_upper_bound(const CedarType& a, const CedarType& b, Mode mode);

// No value is of both. May say no where none is: two sets of different elements share the empty one.
bool are_disjoint(const CedarType& a, const CedarType& b);

}  // namespace steelyard::policy::validation
