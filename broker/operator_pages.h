// What the broker shows its operators over HTTP: /metrics, /status, /healthz, /readyz.
//
//   /metrics  Prometheus text; names and labels in docs/metrics.md
//   /status   the same snapshot as one JSON object, which `steelyard status` explains
//   /healthz  200 while the loop turns: its last snapshot is younger than limits::kSnapshotLate; else 503
//   /readyz   200 while requests are taken in; else 503 and why
//
// Threads: HTTP's; each call reads the newest snapshot. Errors: a page says so itself, with 503.
#pragma once

#include "broker/snapshot.h"
#include "core/http/server.h"

namespace steelyard::broker {

// One thing that an operator has to look at. Codes are rows of schemas/troubles.def.
struct Trouble {
  std::string_view code;
  std::string what;  // where and how much, in figures
};

std::vector<Trouble> troubles_of(const Snapshot& snapshot, Instant now);
std::string metrics_text(const Snapshot& snapshot, Instant now);
std::string status_json(const Snapshot& snapshot, Instant now);

// The board must outlive the routes.
http::Routes operator_routes(const SnapshotBoard& board, const Clock& clock);

}  // namespace steelyard::broker
