// The terms of an agreement as flags, and the next version of one that is in force.
//
// Threads: main's. Errors: usage, naming the flag.
#pragma once

#include "cli/command.h"
#include "core/exchange/registry.h"

namespace steelyard::cli {

// `agreement propose` without a file: who else is concerned follows from dataset and duty.
struct TermFlags {
  std::string id, dataset, fields, purposes, basis, duty, terms_zh, terms_en, valid_until;
  std::int64_t rows_max = 0;

  void declare(Command& command);
  bool given() const;  // any of them
};
Result<schemas::Agreement> agreement_of(const TermFlags& flags, const exchange::Registry& registry,
                                        const MemberId& user, Instant now);

// The terms in force once more: what has passed on with a duty named anew, and what the flags say changed.
struct RenewFlags {
  std::string id, role, basis, valid_until;
  bool until_conditions_change = false;
};
Result<schemas::Agreement> renewed(const exchange::AgreementRecord& record, const RenewFlags& flags,
                                   const exchange::Registry& registry, Instant now);

}  // namespace steelyard::cli
