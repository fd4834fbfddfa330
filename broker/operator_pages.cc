#include "broker/operator_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/version.h"
#include "core/json/json.h"
#include "core/metrics/page.h"
#include "schemas/errors.h"
#include "schemas/troubles.h"

namespace steelyard::broker {

namespace trouble = schemas::trouble;
using metrics::in_seconds;
using service::Trouble;

namespace {

Duration magnitude(Duration duration) { return {duration.us < 0 ? -duration.us : duration.us}; }

// None where the store does not grow.
std::optional<std::int64_t> days_left(const Snapshot& snapshot) {
  if (snapshot.store_bytes_per_s <= 0) return {};
  return static_cast<std::int64_t>(static_cast<double>(snapshot.store_bytes_left) / snapshot.store_bytes_per_s /
                                   86'400);
}

json::Value or_null(std::optional<std::int64_t> value) {
  if (!value) return nullptr;
  return *value;
}

json::Value in_ms(std::optional<Duration> duration) {
  if (!duration) return nullptr;
  return duration->us / 1'000;
}

void add_counters(metrics::Page& page, const Snapshot& snapshot) {
  const PipelineCounters& pipeline = snapshot.pipeline;
  page.counter("steelyard_broker_requests_total", "requests decided", pipeline.requests);
  page.counter("steelyard_broker_granted_total", "requests granted and recorded", pipeline.granted);
  for (const auto& [code, count] : pipeline.refused.all())
    page.counter("steelyard_broker_refusals_total", "requests and exchanges refused, by reason", count,
                 {{"reason", std::string(schemas::slug_of(code))}});
  const CountsByCode rejected = rejected_by(snapshot.loop, pipeline);
  for (const auto& [code, count] : rejected.all())
    page.counter("steelyard_broker_rejections_total", "messages rejected without an entry, by reason", count,
                 {{"reason", std::string(schemas::slug_of(code))}});
  for (const auto& [why, count] : snapshot.loop.dropped.all())
    page.counter("steelyard_broker_drops_total", "frames that got no reply, by why", count, {{"why", why}});
  page.counter("steelyard_broker_keys_refused_total", "handshakes with a key that no member has",
               snapshot.gauges.keys_refused);
  page.counter("steelyard_broker_connections_total", "connections accepted", snapshot.gauges.connections);
  page.counter("steelyard_broker_connections_unheard_total", "connections that ended without one frame",
               snapshot.gauges.unheard);
  page.counter("steelyard_broker_accepts_failed_total", "times no descriptor was left for a connection",
               snapshot.gauges.accepts_failed);
  page.counter("steelyard_broker_handshakes_failed_total", "connections that ended or timed out in their handshake",
               snapshot.gauges.handshakes_failed);
  for (const auto& [why, count] :
       {std::pair("unfinished", snapshot.gauges.cut_unfinished), std::pair("silent", snapshot.gauges.cut_silent),
        std::pair("too-many", snapshot.gauges.cut_too_many)})
    page.counter("steelyard_broker_connections_cut_total", "connections cut off by the broker, by why", count,
                 {{"why", why}});
  for (const auto& [why, count] : snapshot.loop.cut.all())
    page.counter("steelyard_broker_connections_cut_total", "connections cut off by the broker, by why", count,
                 {{"why", why}});
  for (const auto& [code, count] : pipeline.relayed.all())
    page.counter("steelyard_broker_rejections_relayed_total", "rejections by owners passed on to users, by reason",
                 count, {{"reason", std::string(schemas::slug_of(code))}});
  page.counter("steelyard_broker_rejections_ignored_total", "rejections by members that concern nothing of theirs",
               pipeline.ignored);
  page.counter("steelyard_broker_answers_total", "answers recorded and delivered", pipeline.answered);
  page.counter("steelyard_broker_handovers_total", "hand-overs recorded", pipeline.received);
  page.counter("steelyard_broker_statements_total", "statements folded", pipeline.statements);
  page.counter("steelyard_broker_repeats_total", "requests that came again under a used id", pipeline.repeats);
  page.counter("steelyard_broker_rechecks_total", "exchanges weighed again under a later epoch", pipeline.rechecks);
  page.counter("steelyard_broker_unanswered_total", "exchanges closed because no answer came",
               pipeline.closed_unanswered);
  page.counter("steelyard_broker_events_total", "events recorded", pipeline.events);
  page.counter("steelyard_broker_events_delivered_total", "events given to subscribers, again included",
               pipeline.delivered);
  page.counter("steelyard_broker_subscriptions_started_total", "subscriptions that began", pipeline.subscribed);
  page.counter("steelyard_broker_subscriptions_stopped_total", "subscriptions that ended, whoever ended them",
               pipeline.stopped);
  page.counter("steelyard_broker_clock_jumps_total", "times the wall clock was found to have jumped",
               pipeline.clock_jumps);
  const LoopCounters& loop = snapshot.loop;
  page.counter("steelyard_broker_sessions_opened_total", "sessions that said a good Hello", loop.sessions_opened);
  for (const auto& [why, count] : loop.sessions_closed.all())
    page.counter("steelyard_broker_sessions_closed_total", "sessions that ended, by why", count, {{"why", why}});
  for (const auto& [direction, frames, bytes, messages] :
       {std::tuple("in", loop.frames_in, loop.bytes_in, loop.messages_in),
        std::tuple("out", loop.frames_out, loop.bytes_out, loop.messages_out)}) {
    page.counter("steelyard_broker_frames_total", "frames of all sessions", frames, {{"direction", direction}});
    page.counter("steelyard_broker_bytes_total", "octets of all frames", bytes, {{"direction", direction}});
    page.counter("steelyard_broker_messages_total", "messages in all frames", messages, {{"direction", direction}});
  }
  page.counter("steelyard_broker_signatures_total", "bundles signed", loop.signatures);
  page.counter("steelyard_broker_verifications_total", "bundles whose signature was checked", loop.verifications);
  page.counter("steelyard_broker_tiles_total", "hash tiles served", loop.tiles);
  page.counter("steelyard_broker_cosignatures_total", "cosignatures of witnesses that hold",
               snapshot.gauges.cosignatures);
  page.counter("steelyard_broker_cosignatures_refused_total", "cosignatures that do not hold",
               snapshot.gauges.cosignatures_refused);
}

void add_log(metrics::Page& page, const Snapshot& snapshot) {
  page.gauge("steelyard_log_entries", "entries in the log", static_cast<double>(snapshot.gauges.log_size));
  page.counter("steelyard_log_commits_total", "commits of the store", snapshot.gauges.commits);
  page.counter("steelyard_log_syncs_total", "syncs of the store to disk", snapshot.gauges.syncs);
  page.histogram("steelyard_log_commit_seconds", "how long commits took, sync included", snapshot.commit_seconds);
  page.counter("steelyard_log_checkpoints_total", "checkpoints published", snapshot.loop.checkpoints);
  page.gauge("steelyard_log_checkpoint_age_seconds", "since the newest checkpoint, while entries wait for one; else 0",
             in_seconds(snapshot.checkpoint_age));
  page.gauge("steelyard_store_bytes", "octets that the store uses", static_cast<double>(snapshot.store_bytes));
  page.gauge("steelyard_store_left_bytes", "octets until map or disk is full",
             static_cast<double>(snapshot.store_bytes_left));
  page.gauge("steelyard_store_map_used_ratio", "of map_bytes", snapshot.map_used_ratio);
  page.gauge("steelyard_store_disk_free_ratio", "of the file system", snapshot.disk_free_ratio);
  page.gauge("steelyard_store_scarce", "1: the store is all but full, nothing new is taken in",
             snapshot.store_scarce ? 1 : 0);
}

void add_state(metrics::Page& page, const Snapshot& snapshot, const Clock& clock) {
  page.gauge("steelyard_broker_open_exchanges", "exchanges without a close",
             static_cast<double>(snapshot.gauges.open_exchanges));
  page.gauge("steelyard_broker_subscriptions", "subscriptions that stand",
             static_cast<double>(snapshot.gauges.subscriptions));
  page.gauge("steelyard_broker_spooled_bytes", "octets of events that a subscriber has not acknowledged",
             static_cast<double>(snapshot.gauges.spooled_bytes));
  page.gauge("steelyard_broker_oldest_open_seconds", "age of the oldest exchange without a close; else 0",
             snapshot.oldest_open ? in_seconds(*snapshot.oldest_open) : 0);
  page.gauge("steelyard_broker_queued_bytes", "octets that wait for peers",
             static_cast<double>(snapshot.gauges.queued_bytes));
  page.gauge("steelyard_broker_queued_bytes_max", "the most that may wait for all peers",
             static_cast<double>(limits::kQueueBytesMax));
  page.gauge("steelyard_broker_backlog_bytes", "octets of members' frames that wait for their turn",
             static_cast<double>(snapshot.gauges.backlog_bytes));
  page.gauge("steelyard_broker_epoch", "log index of the last statement folded",
             static_cast<double>(snapshot.epoch.value));
  page.gauge("steelyard_broker_clock_wrong", "1: the wall clock jumped, everything is rejected",
             snapshot.clock_wrong ? 1 : 0);
  page.gauge("steelyard_broker_draining", "1: stopping, no new requests", snapshot.draining ? 1 : 0);
  page.gauge("steelyard_broker_uptime_seconds", "since the process is ready", in_seconds(snapshot.uptime));
  for (const MemberSnapshot& member : snapshot.members) {
    std::size_t sessions = 0;
    for (const SessionSnapshot& session : snapshot.sessions) sessions += session.member == member.member ? 1 : 0;
    page.gauge("steelyard_member_sessions", "sessions of each registered member", static_cast<double>(sessions),
               {{"member", member.member.text}});
    page.gauge("steelyard_member_open_exchanges", "exchanges that each member asked for and are open",
               static_cast<double>(member.open_exchanges), {{"member", member.member.text}});
  }
  for (const SessionSnapshot& session : snapshot.sessions) {
    const std::string number = std::to_string(session.number.value);
    if (session.skew)
      page.gauge("steelyard_session_clock_skew_seconds", "the peer's wall clock minus the broker's",
                 in_seconds(*session.skew), {{"member", session.member.text}, {"session", number}});
    page.gauge("steelyard_session_queued_bytes", "octets that wait for this peer",
               static_cast<double>(session.queued_bytes), {{"member", session.member.text}, {"session", number}});
  }
  for (const Trouble& trouble : troubles_of(snapshot, clock))
    page.gauge("steelyard_trouble", "1 while an operator has to look, by code; docs/runbook.md", 1,
               {{"code", std::string(trouble.code)}});
}

// Who stands behind a cause: the members with the most of it.
template <class Cause>
std::string most_of(const CountsByMember<Cause>& counts, const Cause& cause) {
  constexpr std::size_t kNamed = 3;
  std::vector<std::pair<std::uint64_t, std::string_view>> members;
  for (const auto& [of, count] : counts.all())
    if (of.first == cause) members.emplace_back(count, of.second.text);
  if (members.empty()) return " (of no known member)";
  std::sort(members.rbegin(), members.rend());
  std::string text;
  for (std::size_t i = 0; i < members.size() && i < kNamed; ++i)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", members[i].second, members[i].first);
  return " (" + text + (members.size() > kNamed ? ", ..." : "") + ")";
}

std::vector<std::string_view> unready(const Snapshot& snapshot) {
  std::vector<std::string_view> codes;
  if (snapshot.clock_wrong) codes.push_back(trouble::clock_wrong);
  if (snapshot.store_scarce) codes.push_back(trouble::store_full);
  if (snapshot.draining) codes.push_back("draining");  // no trouble: it was told to stop
  return codes;
}

}  // namespace

std::vector<Trouble> troubles_of(const Snapshot& snapshot, const Clock& clock) {
  std::vector<Trouble> found;
  const auto add = [&](std::string_view code, std::string what) {
    for (const Trouble& trouble : found)
      if (trouble.code == code) return;  // one line for each code; the table shows the rest
    found.push_back({code, std::move(what)});
  };
  if (auto stuck = service::stuck_since(snapshot.turned, clock, trouble::loop_stuck))
    found.push_back(std::move(*stuck));
  if (snapshot.clock_wrong) add(trouble::clock_wrong, "the wall clock jumped: everything is rejected");
  if (snapshot.store_scarce)
    add(trouble::store_full, fmt::format("map {:.1f} % used, disk {:.1f} % free: nothing new is taken in",
                                         snapshot.map_used_ratio * 100, snapshot.disk_free_ratio * 100));
  else if (snapshot.map_used_ratio > limits::kStoreFillingRatio ||
           snapshot.disk_free_ratio < 1 - limits::kStoreFillingRatio)
    add(trouble::store_filling, fmt::format("map {:.1f} % used, disk {:.1f} % free", snapshot.map_used_ratio * 100,
                                            snapshot.disk_free_ratio * 100));
  if (snapshot.checkpoint_age > limits::kCheckpointLate)
    add(trouble::checkpoint_late,
        fmt::format("entries have waited {:.0f} s for a checkpoint", in_seconds(snapshot.checkpoint_age)));
  const RecentCounts& recent = snapshot.recent;
  if (recent.commits_slow * 100 > recent.commits)
    add(trouble::commit_slow, fmt::format("{} of {} commits within five minutes took more than a second",
                                          recent.commits_slow, recent.commits));
  if (snapshot.oldest_open && *snapshot.oldest_open > limits::kOpenLate)
    add(trouble::exchange_late, fmt::format("the oldest open exchange has waited {:.0f} s for {} to answer about {}",
                                            in_seconds(*snapshot.oldest_open), snapshot.oldest_open_owner.text,
                                            snapshot.oldest_open_dataset.text));
  if (static_cast<double>(snapshot.gauges.queued_bytes) > limits::kQueuesFillingRatio * limits::kQueueBytesMax)
    add(trouble::queues_filling, fmt::format("{} octets wait for peers", snapshot.gauges.queued_bytes));
  for (const SessionSnapshot& session : snapshot.sessions)
    if (session.skew && magnitude(*session.skew) > limits::kSkew)
      add(trouble::clock_skew,
          fmt::format("the clock of {} differs by {:.0f} s", session.member.text, in_seconds(*session.skew)));
  if (recent.keys_refused > limits::kKeysRefusedMany)
    add(trouble::keys_refused,
        fmt::format("{} handshakes within five minutes with a key that no member has", recent.keys_refused));
  std::string many;
  for (const auto& [code, count] : recent.rejected.all())
    if (count > limits::kRejectionsMany)
      many += fmt::format("{}{} {}{}", many.empty() ? "" : ", ", count, schemas::slug_of(code),
                          most_of(recent.rejected_of, code));
  if (!many.empty()) add(trouble::rejections_many, "messages rejected within five minutes: " + many);
  many.clear();
  for (const auto& [why, count] : recent.dropped.all())
    if (count > limits::kDropsMany)
      many += fmt::format("{}{} {}{}", many.empty() ? "" : ", ", count, why, most_of(recent.dropped_of, why));
  if (!many.empty()) add(trouble::drops_many, "frames dropped within five minutes: " + many);
  std::string away;
  for (const MemberSnapshot& member : snapshot.members) {
    bool up = member.datasets == 0;  // who offers nothing need not be here
    for (const SessionSnapshot& session : snapshot.sessions) up = up || session.member == member.member;
    if (!up) away += (away.empty() ? "" : ", ") + member.member.text;
  }
  if (!away.empty()) add(trouble::owner_away, "no session of " + away + ": what they own cannot be asked for");
  return found;
}

std::string metrics_text(const Snapshot& snapshot, const Clock& clock) {
  metrics::Page page;
  page.gauge("steelyard_build_info", "1, with the version", 1, {{"version", kVersion}, {"role", "broker"}});
  add_counters(page, snapshot);
  add_log(page, snapshot);
  add_state(page, snapshot, clock);
  return page.text();
}

std::string status_json(const Snapshot& snapshot, const Clock& clock) {
  using json::Value;
  json::Array members;
  for (const MemberSnapshot& member : snapshot.members) {
    json::Array sessions;
    for (const SessionSnapshot& session : snapshot.sessions) {
      if (session.member != member.member) continue;
      json::Array provides;
      for (const DatasetId& dataset : session.provides) provides.push_back(dataset.text);
      sessions.push_back(json::object({{"session", session.number.value},
                                       {"software", session.software},
                                       {"provides", Value(std::move(provides))},
                                       {"queued_bytes", std::uint64_t{session.queued_bytes}},
                                       {"statements_behind", std::uint64_t{session.statements_behind}},
                                       {"silent_ms", session.silent.us / 1'000},
                                       {"skew_ms", in_ms(session.skew)}}));
    }
    members.push_back(json::object({{"member", member.member.text},
                                    {"open_exchanges", std::uint64_t{member.open_exchanges}},
                                    {"sessions", Value(std::move(sessions))}}));
  }
  return json::dump(json::object({{"version", kVersion},
                                  {"origin", snapshot.origin},
                                  {"endpoint", snapshot.endpoint},
                                  {"taken", to_rfc3339(snapshot.taken)},
                                  {"uptime_s", snapshot.uptime.us / 1'000'000},
                                  {"epoch", snapshot.epoch.value},
                                  {"log_entries", snapshot.gauges.log_size},
                                  {"open_exchanges", snapshot.gauges.open_exchanges},
                                  {"oldest_open_ms", in_ms(snapshot.oldest_open)},
                                  {"checkpoint_age_ms", snapshot.checkpoint_age.us / 1'000},
                                  {"store_bytes", snapshot.store_bytes},
                                  {"store_left_bytes", snapshot.store_bytes_left},
                                  {"store_days_left", or_null(days_left(snapshot))},
                                  {"draining", snapshot.draining},
                                  {"members", Value(std::move(members))},
                                  {"troubles", service::troubles_json(troubles_of(snapshot, clock))}}),
                    2) +
         "\n";
}

http::Routes operator_routes(const SnapshotBoard& board, const Clock& clock, const http::ServerCounts& counts) {
  return service::operator_routes<Snapshot>(board, clock, counts,
                                            {metrics_text, status_json, unready, trouble::loop_stuck});
}

}  // namespace steelyard::broker
