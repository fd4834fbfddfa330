// Snapshot: how the broker stands, as its operators read it: counters, gauges, sessions, troubles. Made by the loop
// once a second, read by HTTP's thread.
//
// A trouble is what an operator has to look at, each with a code of its own (docs/runbook.md has a heading for each).
// Owns: copies of everything. Threads: immutable once it stands on the SnapshotBoard. Errors: none.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/counters.h"
#include "broker/recent.h"
#include "core/base/board.h"
#include "core/metrics/histogram.h"

namespace steelyard::broker {

struct SessionSnapshot {
  SessionNumber number;
  MemberId member;
  std::string software;  // as its Hello says
  std::vector<DatasetId> provides;
  std::size_t queued_bytes = 0;
  std::size_t statements_behind = 0;  // statements of the log not given to it yet
  Duration silent{};                  // since something was heard of it
  std::optional<Duration> skew;       // its wall clock minus ours, as its last Pong said
};

struct MemberSnapshot {
  MemberId member;
  std::size_t open_exchanges = 0;  // that it asked for
  std::size_t datasets = 0;        // that it owns
};

struct Snapshot {
  Instant taken;
  Duration turned{};  // the same on the monotonic clock: by this it is told whether the loop turns
  Duration uptime{};
  std::string origin;
  std::string endpoint;
  LoopCounters loop;
  PipelineCounters pipeline;
  Gauges gauges;
  Epoch epoch;
  std::vector<SessionSnapshot> sessions;  // that are up
  std::vector<MemberSnapshot> members;    // all that are registered
  std::optional<Duration> oldest_open;    // since the decision; none: nothing is open
  MemberId oldest_open_owner;             // who has not answered that one
  DatasetId oldest_open_dataset;          // what it is about
  Duration checkpoint_age{};              // since the newest signed checkpoint; zero where it covers the whole log
  bool draining = false;
  bool clock_wrong = false;
  bool store_scarce = false;
  double map_used_ratio = 0;
  double disk_free_ratio = 1;
  std::uint64_t store_bytes = 0;       // used
  std::uint64_t store_bytes_left = 0;  // to the nearer of map's and disk's end
  double store_bytes_per_s = 0;        // over the last hour, or since the start
  metrics::Histogram commit_seconds;
  RecentCounts recent;  // within the last five minutes
};

using SnapshotBoard = Board<Snapshot>;

}  // namespace steelyard::broker
