// Rehearsal: a change that nobody has signed yet, and what it does to exchanges that were: for `policy diff`.
//
// The change is folded by the fold's own rules, as if all who must had signed, into a registry that nobody else has.
// Every exchange is weighed twice at one time, `now`, without and with it: what differs is the change's doing alone.
// Only granted requests can be asked anew: an entry does not say which fields a refused one wanted.
// Threads: one. Errors: those of the fold and of the log.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/exchange/gate.h"
#include "core/provenance/log_store.h"

namespace steelyard::cli {

struct Change {                                                        // one of these
  std::optional<std::pair<std::string, schemas::PolicySet>> policies;  // subject and set
  std::optional<schemas::Agreement> agreement;                         // its next version, or a new one
  std::string ended_basis;                                             // id; empty: none
};

Status rehearse(exchange::Registry& registry, const Change& change, Instant now);

struct Difference {
  LogIndex entry;  // of the request
  exchange::EntryBody body;
  exchange::Question question;
  exchange::Verdict before, after;
};

struct Compared {
  std::vector<Difference> differences;  // newest first
  std::size_t weighed = 0;              // granted requests
  std::size_t dropped = 0;              // entries whose bodies are gone, so that it is not known what they were
};

// The newest `last` granted requests.
Result<Compared> compare(const provenance::LogStore& log, const exchange::Registry& before,
                         const exchange::Registry& after, std::size_t last, Instant now);

// "refused: not-permitted", "withholds: a, b", "terms: ..."; never empty for a difference.
std::string effect_of(const Difference& difference);

}  // namespace steelyard::cli
