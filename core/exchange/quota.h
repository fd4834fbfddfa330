// Quotas: how many rows an agreement, and a user of a dataset, may have in a day.
//
// What counts is what was granted under a version of the agreement or of the catalogue statement that sets a limit; all
// versions share one count. A day is one of log time at UTC+8.
// Owns: nothing. Threads: pure functions. Errors: none. Format: docs/formats/policy.md, Quotas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/exchange/registry.h"

namespace steelyard::exchange {

struct Quota {
  std::string subject;  // "agreement ID" or "user ID DATASET"
  std::uint64_t rows_per_day = 0;
};

// Those that stand on a granted request, by the numbers of its entry. Versions that are past count, too.
std::vector<Quota> quotas_on(const Registry& registry, LogIndex member, LogIndex dataset, LogIndex agreement);

// Days since 1970-01-01 in China: a city's day ends at its own midnight. There has been no summer time since 1991.
std::int64_t quota_day(Instant log_time);
Instant quota_day_begins(std::int64_t day);

}  // namespace steelyard::exchange
