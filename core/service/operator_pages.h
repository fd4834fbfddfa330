// What a program shows its operators over HTTP: /metrics, /status, /healthz, /readyz.
//
//   /metrics  Prometheus text, with what the server of these pages counts; names and labels in docs/metrics.md
//   /status   the same snapshot as one JSON object, which `steelyard status` explains
//   /healthz  200 while the loop turns: its last snapshot is younger than limits::kSnapshotLate; else 503
//   /readyz   200 while the program does its work; else 503, and why: one code in each line
//
// A Snapshot says in `turned` when the loop made it, on the monotonic clock: a wall clock steps, and no loop has stood
// still for that.
// Threads: HTTP's; each call reads the newest snapshot. Errors: a page says so itself, with 503.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/board.h"
#include "core/base/time.h"
#include "core/http/server.h"
#include "core/json/json.h"
#include "core/metrics/page.h"

namespace steelyard::service {

// One thing that an operator has to look at. Codes are rows of schemas/troubles.def.
struct Trouble {
  std::string_view code;
  std::string what;  // where and how much, in figures
};

json::Value troubles_json(const std::vector<Trouble>& troubles);

// The trouble of a loop that does not turn, under the program's own code for it; none while it turns.
std::optional<Trouble> stuck_since(Duration turned, const Clock& clock, std::string_view code);

// What a program has to say itself.
template <class Snapshot>
struct OperatorPages {
  std::string (*metrics_text)(const Snapshot&, const Clock&);
  std::string (*status_json)(const Snapshot&, const Clock&);
  std::vector<std::string_view> (*unready)(const Snapshot&);  // codes, beside that of a loop that does not turn
  std::string_view stuck;                                     // that one
};

// "ok" where there is no code.
http::Response codes_page(const std::vector<std::string_view>& codes);
http::Response starting_page();  // before the first snapshot

std::string metrics_text(const http::ServerCounts& counts);

// Board, clock and counts must outlive the routes.
template <class Snapshot>
http::Routes operator_routes(const Board<Snapshot>& board, const Clock& clock, const http::ServerCounts& counts,
                             const OperatorPages<Snapshot>& pages) {
  const auto of_newest = [&board](auto page) {
    return [&board, page]() -> http::Response {
      const auto snapshot = board.get();
      return snapshot == nullptr ? starting_page() : page(*snapshot);
    };
  };
  const auto stuck = [&clock, code = pages.stuck](const Snapshot& snapshot) {
    std::vector<std::string_view> codes;
    if (stuck_since(snapshot.turned, clock, code)) codes.push_back(code);
    return codes;
  };
  http::Routes routes;
  routes["/metrics"] = of_newest([&clock, &counts, pages](const Snapshot& snapshot) {
    return http::Response{200, metrics::Page::kContentType, pages.metrics_text(snapshot, clock) + metrics_text(counts)};
  });
  routes["/status"] = of_newest([&clock, pages](const Snapshot& snapshot) {
    return http::Response{200, "application/json", pages.status_json(snapshot, clock)};
  });
  routes["/healthz"] = of_newest([stuck](const Snapshot& snapshot) { return codes_page(stuck(snapshot)); });
  routes["/readyz"] = of_newest([stuck, pages](const Snapshot& snapshot) {
    std::vector<std::string_view> codes = stuck(snapshot);
    for (const std::string_view code : pages.unready(snapshot)) codes.push_back(code);
    return codes_page(codes);
  });
  return routes;
}

}  // namespace steelyard::service
