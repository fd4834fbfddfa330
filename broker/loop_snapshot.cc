// The part of Loop that tells operators how it stands.
#include "broker/loop.h"

namespace steelyard::broker {

namespace {

constexpr Duration kSizeEvery = minutes(1);
constexpr std::size_t kSizesMax = 61;

}  // namespace

Gauges Loop::gauges() const {
  Gauges gauges;
  gauges.commits = parts_.store.env().commits();
  gauges.syncs = parts_.store.env().syncs();
  gauges.log_size = parts_.store.size();
  gauges.sessions = sessions_.up();
  gauges.queued_bytes = sessions_.queued_bytes();
  gauges.backlog_bytes = backlog_.bytes();
  gauges.open_exchanges = parts_.pipeline.open_exchanges();
  gauges.subscriptions = parts_.pipeline.subscriptions();
  gauges.spooled_bytes = parts_.pipeline.spooled_bytes();
  gauges.keys_refused = parts_.zap.refused();
  gauges.cosignatures = parts_.cosignatures.accepted();
  gauges.cosignatures_refused = parts_.cosignatures.refused();
  const net::Monitor& monitor = parts_.router.monitor();
  gauges.connections = monitor.accepted();
  gauges.unheard = monitor.unheard();
  gauges.accepts_failed = monitor.accepts_failed();
  gauges.handshakes_failed = monitor.handshakes_failed();
  gauges.cut_unfinished = parts_.router.overfull();
  gauges.cut_silent = parts_.router.silent();
  gauges.cut_too_many = monitor.cut_for_number();
  return gauges;
}

void Loop::publish_snapshot() {
  const Now at = now();
  snapshot_at_ = at.monotonic;
  auto made = std::make_shared<Snapshot>();
  made->taken = at.wall;
  made->turned = at.monotonic;
  made->uptime = at.monotonic - started_;
  made->origin = parts_.signer.origin;
  made->endpoint = parts_.router.endpoint();
  made->loop = counters_;
  made->pipeline = parts_.pipeline.counters();
  made->gauges = gauges();
  const exchange::Registry& registry = parts_.pipeline.registry();
  made->epoch = registry.epoch();
  for (const Session* session : sessions_.all()) {
    if (session->phase != SessionPhase::kUp) continue;
    made->sessions.push_back({session->number, session->member, session->software, session->provides,
                              session->outbox.bytes(), parts_.pipeline.statements_behind(session->number),
                              at.monotonic - session->heard, session->skew});
  }
  std::map<MemberId, std::size_t> owned;
  for (const DatasetId& dataset : registry.datasets()) owned[owner_of(dataset)] += 1;
  for (const MemberId& member : registry.members())
    made->members.push_back({member, parts_.pipeline.open_exchanges(member), owned[member]});
  if (auto oldest = parts_.pipeline.oldest_open()) {
    made->oldest_open = parts_.pipeline.log_time(at) - oldest->decided;
    made->oldest_open_owner = std::move(oldest->owner);
    made->oldest_open_dataset = std::move(oldest->dataset);
  }
  if (unsigned_since_) made->checkpoint_age = at.monotonic - *unsigned_since_;
  made->draining = draining_;
  made->clock_wrong = clock_wrong_;
  made->store_scarce = scarce_;
  made->commit_seconds = commit_seconds_;
  recent_.note(at.monotonic, {made->gauges.keys_refused, rejected_by(made->loop, made->pipeline), made->loop.dropped,
                              rejected_of(made->loop, made->pipeline), made->loop.dropped_of, commit_seconds_.count(),
                              commit_seconds_.above(metrics::in_seconds(limits::kCommitSlow))});
  made->recent = recent_.rise();

  const store::Env& env = parts_.store.env();
  made->store_bytes = env.used_bytes();
  made->map_used_ratio = env.used_ratio();
  made->disk_free_ratio = env.disk_free_ratio().value_or(0);
  made->store_bytes_left =
      std::min(env.map_bytes() - std::min(env.map_bytes(), made->store_bytes), env.disk_free_bytes().value_or(0));
  if (store_sizes_.empty() || at.monotonic >= store_sizes_.back().first + kSizeEvery)
    store_sizes_.emplace_back(at.monotonic, made->store_bytes);
  if (store_sizes_.size() > kSizesMax) store_sizes_.pop_front();
  const auto& [then, size] = store_sizes_.front();
  if (at.monotonic >= then + kSizeEvery && made->store_bytes > size)
    made->store_bytes_per_s = static_cast<double>(made->store_bytes - size) / metrics::in_seconds(at.monotonic - then);
  parts_.board.put(std::move(made));
}

}  // namespace steelyard::broker
