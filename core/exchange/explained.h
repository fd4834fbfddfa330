// Explained: what asking comes to, field by field, and which policies make it so: for people who ask why.
//
// Gate::explain() makes it by the same steps as a verdict. Owns: plain values. Threads: any. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/exchange/terms.h"

namespace steelyard::exchange {

enum class Shown : std::uint8_t {
  kAsItIs,
  kMasked,
  kNoMaskHolds,     // those asked for it have no common one that stands on its type
  kNotByMask,       // masked, and the action needs the value itself
  kNotInAgreement,  // the agreement that decides does not name it
  kForbidden,       // by `policies`
  kNotPermitted,    // no policy permits it
  kFailed,          // deciding failed: then nothing at all is given
};

struct ExplainedField {
  FieldName field;
  Shown shown = Shown::kNotPermitted;
  std::string mask;                   // kMasked
  std::vector<std::string> policies;  // ids of those that decided: of a denial the forbids
  bool operator==(const ExplainedField&) const = default;
  bool given() const { return shown == Shown::kAsItIs || shown == Shown::kMasked; }
};

struct Explained {
  ErrorCode refused = 0;  // the whole question is, before any policy is asked: then no fields stand here
  AgreementId agreement;  // that decides; empty: none does
  std::uint32_t rows_max = 0;
  std::string row_filter;
  std::vector<ExplainedField> fields;  // of the catalogue, in its order
};

}  // namespace steelyard::exchange
