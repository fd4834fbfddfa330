// Snapshot: how an adapter stands, as its operators read it. Made by the thread of Adapter::run() once a second, read
// by HTTP's thread.
//
// Owns: copies of everything. Threads: immutable once it stands on the SnapshotBoard. Errors: none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "adapters/provider.h"
#include "core/base/board.h"
#include "core/client/node.h"

namespace steelyard::adapters {

struct DatasetSnapshot {
  DatasetId dataset;
  bool catalogued = false;  // the registry, as it is known here, has it
  SourceState source;
};

struct ApplicationsSnapshot {
  std::map<int, std::uint64_t> answered;  // requests, by HTTP status
  std::uint64_t late = 0;                 // connections ended by a deadline
  std::uint64_t displaced = 0;            // and to make room
  std::uint64_t behind = 0;               // streams whose reader fell behind
  std::size_t streaming = 0;              // streams of events
  std::size_t open = 0;                   // exchanges that applications wait for
};

struct Snapshot {
  Instant taken;
  Duration turned{};  // the same on the monotonic clock: by this it is told whether the loop turns
  Duration uptime{};
  MemberId member;
  std::string endpoint;  // the broker's
  bool up = false;       // a session, and the replica is as new as the broker
  std::uint64_t session = 0;
  std::optional<Epoch> epoch;  // of the replica; none: no registry yet
  client::Node::Counters node;
  ProviderCounters provider;
  std::size_t queued = 0;  // messages that wait to be sent
  std::size_t promises_held = 0;
  std::uint64_t promises_proved = 0;
  std::uint64_t ledger_records = 0;  // on disk
  std::uint64_t ledger_commits = 0;
  std::uint64_t ledger_syncs = 0;
  std::vector<AgreementId> suspended;  // by the owner's office, here
  std::map<std::string, std::uint64_t, std::less<>> alarms;
  std::optional<Instant> evidence;  // when the newest alarm that is not about a source was raised
  std::vector<DatasetSnapshot> datasets;
  std::optional<ApplicationsSnapshot> applications;  // none: none are configured
};

using SnapshotBoard = Board<Snapshot>;

}  // namespace steelyard::adapters
