// What an adapter has to say to its department's operators on the pages of core/service/operator_pages.h. Ready:
// requests can be answered, the session is up and no source fails.
//
// Threads: HTTP's; each call reads the newest snapshot. Errors: a page says so itself, with 503.
#pragma once

#include "adapters/snapshot.h"
#include "core/service/operator_pages.h"

namespace steelyard::adapters {

std::vector<service::Trouble> troubles_of(const Snapshot& snapshot, const Clock& clock);
std::string metrics_text(const Snapshot& snapshot, const Clock& clock);
std::string status_json(const Snapshot& snapshot, const Clock& clock);

// Board, clock and counts must outlive the routes.
http::Routes operator_routes(const SnapshotBoard& board, const Clock& clock, const http::ServerCounts& counts);

// For how long evidence is told as a trouble; the files in state/alarms stay.
inline constexpr Duration kEvidenceTold = minutes(24 * 60);

}  // namespace steelyard::adapters
