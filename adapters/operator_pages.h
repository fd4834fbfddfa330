// What an adapter shows its department's operators over HTTP: /metrics, /status, /healthz, /readyz.
//
//   /metrics  Prometheus text; names and labels in docs/metrics.md
//   /status   the same snapshot as one JSON object, which `steelyard status` explains
//   /healthz  200 while the loop turns: its last snapshot is younger than limits::kSnapshotLate; else 503
//   /readyz   200 while requests can be answered: the session is up and no source fails; else 503 and why
//
// Threads: HTTP's; each call reads the newest snapshot. Errors: a page says so itself, with 503.
#pragma once

#include "adapters/snapshot.h"
#include "core/http/server.h"

namespace steelyard::adapters {

// One thing that the owner has to look at. Codes are rows of schemas/troubles.def.
struct Trouble {
  std::string_view code;
  std::string what;  // where and how much, in figures
};

std::vector<Trouble> troubles_of(const Snapshot& snapshot, const Clock& clock);
std::string metrics_text(const Snapshot& snapshot, const Clock& clock);
std::string status_json(const Snapshot& snapshot, const Clock& clock);

// Board and clock must outlive the routes.
http::Routes operator_routes(const SnapshotBoard& board, const Clock& clock);

// For how long evidence is told as a trouble; the files in state/alarms stay.
inline constexpr Duration kEvidenceTold = minutes(24 * 60);

}  // namespace steelyard::adapters
