// What the broker has to say on the pages of core/service/operator_pages.h. Ready: requests are taken in.
//
// Threads: HTTP's; each call reads the newest snapshot. Errors: a page says so itself, with 503.
#pragma once

#include "broker/snapshot.h"
#include "core/service/operator_pages.h"

namespace steelyard::broker {

std::vector<service::Trouble> troubles_of(const Snapshot& snapshot, const Clock& clock);
std::string metrics_text(const Snapshot& snapshot, const Clock& clock);
std::string status_json(const Snapshot& snapshot, const Clock& clock);

// Board, clock and counts must outlive the routes.
http::Routes operator_routes(const SnapshotBoard& board, const Clock& clock, const http::ServerCounts& counts);

}  // namespace steelyard::broker
