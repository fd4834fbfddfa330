// Counters: what this process has done since it started, for benchmarks and operators; only grow, but for the gauges.
//
// Written as one JSON line (docs/configuration.md) on SIGUSR1 and at the end, where --stats names a file.
// Threads: the loop's. Errors: kLater where the file cannot be written; nothing else depends on it.
#pragma once

#include <cstdint>
#include <string>

#include "broker/counts.h"
#include "broker/pipeline.h"

namespace steelyard::broker {

struct LoopCounters {
  std::uint64_t frames_in = 0, bytes_in = 0, frames_out = 0, bytes_out = 0;
  std::uint64_t messages_in = 0, messages_out = 0;
  std::uint64_t signatures = 0;            // bundles that the broker signed
  std::uint64_t verifications = 0;         // bundles of members whose signature was checked
  CountsByName dropped;                    // frames without a reply, by why
  CountsByMember<std::string> dropped_of;  // of those, whose session or key is known
  CountsByName cut;                       // connections that became no session, by why; the gauges have the transport's
  CountsByCode rejected;                  // by the loop itself; the pipeline counts its own
  CountsByMember<ErrorCode> rejected_of;  // the same, by whose messages they were
  std::uint64_t sessions_opened = 0;
  CountsByName sessions_closed;  // by why
  std::uint64_t rounds = 0;
  std::uint64_t batches = 0;  // appends given to the writer
  std::uint64_t tiles = 0, checkpoints = 0;
};

// Messages rejected, by the loop and by the pipeline.
inline CountsByCode rejected_by(const LoopCounters& loop, const PipelineCounters& pipeline) {
  CountsByCode rejected = pipeline.rejected;
  for (const auto& [code, count] : loop.rejected.all()) rejected.add(code, count);
  return rejected;
}

inline CountsByMember<ErrorCode> rejected_of(const LoopCounters& loop, const PipelineCounters& pipeline) {
  CountsByMember<ErrorCode> rejected = pipeline.rejected_of;
  for (const auto& [cause, count] : loop.rejected_of.all()) rejected.add(cause, count);
  return rejected;
}

// What others count, read when the line is written.
struct Gauges {
  std::uint64_t commits = 0, syncs = 0, log_size = 0, sessions = 0, queued_bytes = 0, open_exchanges = 0;
  std::uint64_t subscriptions = 0, spooled_bytes = 0;
  std::uint64_t backlog_bytes = 0;  // of members' frames that wait for their turn
  std::uint64_t keys_refused = 0, cosignatures = 0, cosignatures_refused = 0;
  std::uint64_t connections = 0, handshakes_failed = 0;  // accepted since the start; of those, never authenticated
  std::uint64_t unheard = 0;                             // connections that ended without one frame
  std::uint64_t accepts_failed = 0;                      // connections that no descriptor was left for
  // Cut off by us: for octets that were no whole frame, for saying nothing, for being too many.
  std::uint64_t cut_unfinished = 0, cut_silent = 0, cut_too_many = 0;
};

std::string stats_line(const LoopCounters& loop, const PipelineCounters& pipeline, const Gauges& gauges);
Status append_stats(const std::string& path, const std::string& line);  // one line more

}  // namespace steelyard::broker
