#include "adapters/operator_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/version.h"
#include "core/json/json.h"
#include "schemas/errors.h"
#include "schemas/troubles.h"

namespace steelyard::adapters {

namespace trouble = schemas::trouble;
using metrics::in_seconds;
using service::Trouble;

namespace {

std::string slug(ErrorCode code) { return std::string(schemas::slug_of(code)); }

void add_counters(metrics::Page& page, const Snapshot& snapshot) {
  const ProviderCounters& provider = snapshot.provider;
  page.counter("steelyard_adapter_requests_total", "requests that came with the broker's grant", provider.requests);
  page.counter("steelyard_adapter_answers_total", "answers recorded and sent, noes included", provider.answers);
  page.counter("steelyard_adapter_noes_total", "answers without rows, with a reason", provider.noes);
  page.counter("steelyard_adapter_rows_total", "rows in all answers", provider.rows);
  page.counter("steelyard_adapter_repeats_total", "requests that came again and got the same bytes", provider.repeats);
  for (const auto& [code, count] : provider.rejected)
    page.counter("steelyard_adapter_rejections_total", "requests rejected, by reason", count, {{"reason", slug(code)}});
  const client::Node::Counters& node = snapshot.node;
  page.counter("steelyard_adapter_sessions_total", "sessions begun with the broker", node.sessions);
  page.counter("steelyard_adapter_frames_total", "frames of all sessions", node.frames_in, {{"direction", "in"}});
  page.counter("steelyard_adapter_frames_total", "frames of all sessions", node.frames_out, {{"direction", "out"}});
  page.counter("steelyard_adapter_frames_rejected_total", "frames whose signature or form did not hold",
               node.rejected_frames);
  page.counter("steelyard_adapter_signatures_total", "bundles signed", node.signatures);
  page.counter("steelyard_adapter_verifications_total", "signatures checked", node.verifications);
  page.counter("steelyard_adapter_promises_proved_total", "promises of the broker that the log's tree proved",
               snapshot.promises_proved);
  for (const auto& [code, count] : snapshot.alarms)
    page.counter("steelyard_adapter_alarms_total", "alarms, by code", count,
                 {{"member", snapshot.member.text}, {"code", code}});
  page.gauge("steelyard_ledger_records", "records of the access ledger on disk",
             static_cast<double>(snapshot.ledger_records));
  page.counter("steelyard_ledger_commits_total", "commits of the ledger", snapshot.ledger_commits);
  page.counter("steelyard_ledger_syncs_total", "syncs of the ledger to disk", snapshot.ledger_syncs);
}

void add_datasets(metrics::Page& page, const Snapshot& snapshot) {
  for (const DatasetSnapshot& each : snapshot.datasets) {
    page.counter("steelyard_adapter_reads_total", "reads of each dataset's source", each.source.reads,
                 {{"dataset", each.dataset.text}});
    for (const auto& [code, count] : each.source.failed)
      page.counter("steelyard_adapter_reads_failed_total", "reads that the source did not answer, by reason", count,
                   {{"dataset", each.dataset.text}, {"reason", slug(code)}});
    for (const auto& [what, count] : each.source.held_back)
      page.counter("steelyard_adapter_reads_held_back_total", "reads that the owner's limits did not let through",
                   count, {{"dataset", each.dataset.text}, {"by", std::string(what)}});
    page.gauge("steelyard_adapter_source_held", "1: a pause or a limit of its owner holds the next read",
               each.source.holding.empty() ? 0 : 1, {{"dataset", each.dataset.text}});
    page.gauge("steelyard_adapter_source_failing", "1: the newest read of this dataset's source failed",
               each.source.failing() ? 1 : 0, {{"dataset", each.dataset.text}});
  }
}

void add_state(metrics::Page& page, const Snapshot& snapshot, const Clock& clock) {
  page.gauge("steelyard_adapter_up", "1: there is a session, and the registry is as new as the broker's",
             snapshot.up ? 1 : 0, {{"member", snapshot.member.text}});
  if (snapshot.epoch)
    page.gauge("steelyard_adapter_epoch", "log index of the last statement folded",
               static_cast<double>(snapshot.epoch->value));
  page.gauge("steelyard_adapter_queued_messages", "messages that wait to be sent",
             static_cast<double>(snapshot.queued));
  page.gauge("steelyard_adapter_promises_held", "promises of the broker that no checkpoint has proved yet",
             static_cast<double>(snapshot.promises_held));
  page.gauge("steelyard_adapter_agreements_suspended", "agreements that the owner's office stopped here",
             static_cast<double>(snapshot.suspended.size()));
  page.gauge("steelyard_adapter_uptime_seconds", "since the process was started", in_seconds(snapshot.uptime));
  for (const Trouble& trouble : troubles_of(snapshot, clock))
    page.gauge("steelyard_trouble", "1 while an operator has to look, by code; docs/runbook.md", 1,
               {{"member", snapshot.member.text}, {"code", std::string(trouble.code)}});
}

void add_applications(metrics::Page& page, const ApplicationsSnapshot& applications) {
  for (const auto& [status, count] : applications.answered)
    page.counter("steelyard_applications_requests_total", "requests of applications answered, by HTTP status", count,
                 {{"status", std::to_string(status)}});
  const auto ended = [&page](const char* why, std::uint64_t count) {
    page.counter("steelyard_applications_connections_cut_total", "connections of applications that the adapter ended",
                 count, {{"why", why}});
  };
  ended("late", applications.late);
  ended("displaced", applications.displaced);
  ended("behind", applications.behind);
  page.gauge("steelyard_applications_open_exchanges", "exchanges that applications wait for",
             static_cast<double>(applications.open));
  page.gauge("steelyard_applications_event_streams", "streams of events that applications read",
             static_cast<double>(applications.streaming));
}

json::Value applications_json(const ApplicationsSnapshot& applications) {
  json::Object answered;
  for (const auto& [status, count] : applications.answered) answered.emplace_back(std::to_string(status), count);
  return json::object({{"answered", json::Value(std::move(answered))},
                       {"open_exchanges", std::uint64_t{applications.open}},
                       {"cut_late", applications.late},
                       {"cut_displaced", applications.displaced},
                       {"cut_behind", applications.behind},
                       {"event_streams", std::uint64_t{applications.streaming}}});
}

json::Value source_json(const DatasetSnapshot& each) {
  std::uint64_t failed = 0;
  for (const auto& [code, count] : each.source.failed) failed += count;
  std::uint64_t held_back = 0;
  for (const auto& [what, count] : each.source.held_back) held_back += count;
  return json::object(
      {{"dataset", each.dataset.text},
       {"catalogued", each.catalogued},
       {"reads", each.source.reads},
       {"reads_failed", failed},
       {"reads_held_back", held_back},
       {"held_by", each.source.holding.empty() ? json::Value(nullptr) : json::Value(std::string(each.source.holding))},
       {"newest_read", each.source.newest ? json::Value(to_rfc3339(*each.source.newest)) : nullptr},
       {"failing", each.source.failing() ? json::Value(slug(each.source.reason)) : nullptr},
       {"why", each.source.why}});
}

// Alarms are told, and requests still answered.
std::vector<std::string_view> unready(const Snapshot& snapshot) {
  std::vector<std::string_view> codes;
  if (!snapshot.up) codes.push_back(trouble::broker_lost);
  const auto failing = [](const DatasetSnapshot& each) { return each.source.failing(); };
  if (std::any_of(snapshot.datasets.begin(), snapshot.datasets.end(), failing))
    codes.push_back(trouble::source_failing);
  return codes;
}

}  // namespace

std::vector<Trouble> troubles_of(const Snapshot& snapshot, const Clock& clock) {
  std::vector<Trouble> found;
  if (auto stuck = service::stuck_since(snapshot.turned, clock, trouble::adapter_stuck))
    found.push_back(std::move(*stuck));
  if (!snapshot.up)
    found.push_back({trouble::broker_lost, "no session with " + snapshot.endpoint + ": nothing can be asked here"});
  std::string failing;
  for (const DatasetSnapshot& each : snapshot.datasets)
    if (each.source.failing()) failing += (failing.empty() ? "" : "; ") + each.dataset.text + ": " + each.source.why;
  if (!failing.empty()) found.push_back({trouble::source_failing, std::move(failing)});
  if (snapshot.evidence && clock.wall() < *snapshot.evidence + kEvidenceTold) {
    std::string codes;
    for (const auto& [code, count] : snapshot.alarms)
      codes += fmt::format("{}{} {}", codes.empty() ? "" : ", ", count, code);
    found.push_back({trouble::adapter_alarms,
                     "since the start: " + codes + "; the newest with evidence at " + to_rfc3339(*snapshot.evidence)});
  }
  return found;
}

std::string metrics_text(const Snapshot& snapshot, const Clock& clock) {
  metrics::Page page;
  page.gauge("steelyard_build_info", "1, with the version", 1, {{"version", kVersion}, {"role", "adapter"}});
  add_counters(page, snapshot);
  add_datasets(page, snapshot);
  if (snapshot.applications) add_applications(page, *snapshot.applications);
  add_state(page, snapshot, clock);
  return page.text();
}

std::string status_json(const Snapshot& snapshot, const Clock& clock) {
  using json::Value;
  json::Array datasets, suspended;
  for (const DatasetSnapshot& each : snapshot.datasets) datasets.push_back(source_json(each));
  for (const AgreementId& agreement : snapshot.suspended) suspended.push_back(agreement.text);
  json::Object alarms;
  for (const auto& [code, count] : snapshot.alarms) alarms.emplace_back(code, count);
  const ProviderCounters& provider = snapshot.provider;
  return json::dump(json::object({{"role", "adapter"},
                                  {"version", kVersion},
                                  {"member", snapshot.member.text},
                                  {"endpoint", snapshot.endpoint},
                                  {"taken", to_rfc3339(snapshot.taken)},
                                  {"uptime_s", snapshot.uptime.us / 1'000'000},
                                  {"up", snapshot.up},
                                  {"session", snapshot.session},
                                  {"epoch", snapshot.epoch ? Value(snapshot.epoch->value) : Value(nullptr)},
                                  {"requests", provider.requests},
                                  {"answers", provider.answers},
                                  {"noes", provider.noes},
                                  {"rejections", provider.rejections},
                                  {"queued_messages", std::uint64_t{snapshot.queued}},
                                  {"promises_held", std::uint64_t{snapshot.promises_held}},
                                  {"promises_proved", snapshot.promises_proved},
                                  {"ledger_records", snapshot.ledger_records},
                                  {"suspended", Value(std::move(suspended))},
                                  {"alarms", Value(std::move(alarms))},
                                  {"datasets", Value(std::move(datasets))},
                                  {"applications",
                                   snapshot.applications ? applications_json(*snapshot.applications) : Value(nullptr)},
                                  {"troubles", service::troubles_json(troubles_of(snapshot, clock))}}),
                    2) +
         "\n";
}

http::Routes operator_routes(const SnapshotBoard& board, const Clock& clock, const http::ServerCounts& counts) {
  return service::operator_routes<Snapshot>(board, clock, counts,
                                            {metrics_text, status_json, unready, trouble::adapter_stuck});
}

}  // namespace steelyard::adapters
