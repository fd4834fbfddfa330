// Signatures of the extension functions: what they take and give. Lean: typeOfCall of
// Cedar/Validation/Typechecker.lean.
//
// Owns nothing. Threads: any. Errors: none.
#pragma once

#include <vector>

#include "policy/ext/functions.h"
#include "policy/validation/types.h"

namespace steelyard::policy::validation {

struct Signature {
  std::vector<CedarType::Kind> parameters;  // the receiver first
  CedarType::Kind result;
  bool is_constructor = false;  // `ip("…")`: makes a value of a text
};

const Signature& signature_of(ext::Function function);

}  // namespace steelyard::policy::validation
