// What of an agreement was used in a time, as the log tells, and the smaller version that would have done: for
// `agreement narrow`.
//
// The log knows fields, purposes, actions and how many rows were answered; which rows those were it does not know, so
// that a row filter is never narrowed. Fields tested count as used. A subscription counts for as long as it stands.
// Threads: one. Errors: those of the log.
#pragma once

#include <map>
#include <optional>

#include "core/exchange/registry.h"
#include "core/provenance/log_store.h"

namespace steelyard::cli {

struct AgreementUse {
  std::uint64_t requests = 0;                 // granted under it
  std::map<FieldName, std::uint64_t> fields;  // in how many of them
  std::map<PurposeId, std::uint64_t> purposes;
  std::map<schemas::Action, std::uint64_t> actions;
  std::uint32_t rows_most = 0;        // in one answer
  std::uint64_t rows_most_a_day = 0;  // of the agreement's days
  std::uint64_t unknown = 0;          // entries of that time whose bodies were dropped: what is said may be too little
};

Result<AgreementUse> use_of(const provenance::LogStore& log, const exchange::Registry& registry,
                            const schemas::Agreement& terms, Instant since);

// Nothing where nothing was used, for an agreement without fields there is none.
std::optional<schemas::Agreement> narrowed(const schemas::Agreement& terms, const AgreementUse& use);

}  // namespace steelyard::cli
