// bench events: subscribers over core/client, from one process, and how long changes took to come to them.
//
// Each consumer of the plan subscribes to its first dataset. Once all have the whole snapshot `ready_file` is written,
// and whoever changes the source begins: field f1 of each new row says when, in monotonic microseconds. A subscriber
// has told what it printed, as `steelyard subscribe` does: its position is on disk before the next event. Ends when
// each has been told of `rows` rows. Threads: one for each subscriber. Errors: a subscription that ends; not all rows
// within `within_seconds`.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/json/json.h"

namespace steelyard::cli {

struct BenchEventsOptions {
  std::string world;       // folder of bench prepare
  std::string ready_file;  // made
  std::uint64_t rows = 10'000;
  double within_seconds = 120;
};

// {subscribers, rows, events, last_us, p50_us, p99_us, cpu_us_per_row}: rows and events of all subscribers together,
// last_us: monotonic, when the last row came; cpu: this process's since all were ready, for one row of one subscriber
Result<json::Value> bench_events(const BenchEventsOptions& options);

}  // namespace steelyard::cli
