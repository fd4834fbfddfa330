// bench run: exchanges over core/client, from one process, and what came of them.
//
// Each consumer keeps `window` requests in flight, agreement and key drawn at random (datasets evenly, or by Zipf with
// exponent 1). Every request names five fields of which one is withheld, and tests the key. All of Consumer's
// verification is on; an exchange counts when its answer is verified and holds one row.
// With a `rate` requests are made when they are due, whatever became of those before, while fewer than `window` are in
// flight; how long one took is counted from when it was due. Without one `busy` is waited out as the broker asks.
// Counts are of the span alone.
// Threads: consumers are shared out over `threads`, each with its own Nodes. Errors: no session within
// `connect_seconds`; an outcome that is not an answer ends the run where there is no rate, and is counted where there
// is.
#pragma once

#include <string>

#include "core/base/result.h"
#include "core/json/json.h"

namespace steelyard::cli {

struct BenchDriveOptions {
  std::string world;     // folder of bench prepare
  unsigned window = 64;  // of each consumer; with a larger window_max: those between the two, in turn
  unsigned window_max = 64;
  double rate = 0;       // requests a second of all consumers together; 0: as fast as answers come
  unsigned threads = 0;  // that share the consumers; 0: one each
  double connect_seconds = 60;
  double seconds = 10;
  double warmup_seconds = 2;
  bool zipf = false;
  bool prove = true;      // hold promises until they are proved from tiles
  bool receipts = false;  // keep them on disk, in each consumer's home (docs/decisions/0010)
  std::uint64_t seed = 1;
  std::string span_file;      // written with the monotonic microseconds of begin and end, for whoever counts CPU
  std::string outcomes_file;  // a line for each exchange: consumer, microseconds when due and taken, `ok` or the reason
};

// {exchanges, seconds, exchanges_per_s, p50_us, p99_us, cpu_us_per_exchange, signatures, verifications, commits,
// unproved, seed, asked, outcomes}; commits: of receipt stores; unproved: promises that waited for their proof when the
// span ended; outcomes: how many ended how, within the span
Result<json::Value> bench_drive(const BenchDriveOptions& options);

}  // namespace steelyard::cli
