#include "broker/counters.h"

#include <cerrno>
#include <fstream>

#include "core/base/os_reason.h"
#include "core/json/json.h"

namespace steelyard::broker {

std::string stats_line(const LoopCounters& loop, const PipelineCounters& pipeline, const Gauges& gauges) {
  using json::object;
  json::Value line = object({
      {"exchanges", pipeline.answered},
      {"requests", pipeline.requests},
      {"granted", pipeline.granted},
      {"refused", pipeline.refused.total()},
      {"received", pipeline.received},
      {"statements", pipeline.statements},
      {"repeats", pipeline.repeats},
      {"rejected", pipeline.rejected.total() + loop.rejected.total()},
      {"closed_unanswered", pipeline.closed_unanswered},
      {"rechecks", pipeline.rechecks},
      {"clock_jumps", pipeline.clock_jumps},
      {"events", pipeline.events},
      {"events_delivered", pipeline.delivered},
      {"subscribed", pipeline.subscribed},
      {"subscriptions_stopped", pipeline.stopped},
      {"open_exchanges", gauges.open_exchanges},
      {"frames_in", loop.frames_in},
      {"frames_out", loop.frames_out},
      {"bytes_in", loop.bytes_in},
      {"bytes_out", loop.bytes_out},
      {"messages_in", loop.messages_in},
      {"messages_out", loop.messages_out},
      {"signatures", loop.signatures},
      {"verifications", loop.verifications},
      {"dropped", loop.dropped.total()},
      {"keys_refused", gauges.keys_refused},
      {"sessions", gauges.sessions},
      {"sessions_opened", loop.sessions_opened},
      {"sessions_closed", loop.sessions_closed.total()},
      {"queue", gauges.queued_bytes},
      {"backlog", gauges.backlog_bytes},
      {"rounds", loop.rounds},
      {"batches", loop.batches},
      {"commits", gauges.commits},
      {"syncs", gauges.syncs},
      {"log_size", gauges.log_size},
      {"tiles", loop.tiles},
      {"checkpoints", loop.checkpoints},
      {"cosignatures", gauges.cosignatures},
  });
  return json::dump(line);
}

Status append_stats(const std::string& path, const std::string& line) {
  std::ofstream file(path, std::ios::app);
  file << line << '\n';
  file.flush();
  if (!file) return fail(ErrorKind::kLater, "writing counters to " + path + ": " + os_reason(errno));
  return {};
}

}  // namespace steelyard::broker
