// The part of Adapter that tells operators how it stands.
#include "adapters/adapter.h"
#include "core/base/limits.h"

namespace steelyard::adapters {
namespace {

ApplicationsSnapshot snapshot_of(const Applications& applications) {
  ApplicationsSnapshot made;
  const http::RequestCounts& counts = applications.counts();
  for (std::size_t status = 0; status < counts.answered.size(); ++status)
    if (const std::uint64_t count = counts.answered[status]; count != 0)
      made.answered.emplace(static_cast<int>(status), count);
  made.late = counts.late;
  made.displaced = counts.displaced;
  made.behind = counts.behind;
  made.streaming = applications.streaming();
  made.open = applications.open();
  return made;
}

}  // namespace

void Adapter::count_alarms(Snapshot& made) {
  made.alarms = alarms_->counts();
  for (const auto& [slug, count] : node_alarms_) made.alarms[slug] += count;
  std::uint64_t evidence = 0;
  for (const auto& [slug, count] : made.alarms)
    if (is_evidence(slug)) evidence += count;
  if (evidence != evidence_seen_) evidence_at_ = made.taken;
  evidence_seen_ = evidence;
  made.evidence = evidence_at_;
}

Status Adapter::publish_snapshot() {
  const Duration now = clock_->monotonic();
  if (const auto last = board_.get(); last != nullptr && now < last->turned + limits::kSnapshotEvery) return {};
  TRY(pauses_->look());
  TRY(suspensions_->look());  // so that what the office stops shows without a request
  auto made = std::make_shared<Snapshot>();
  made->taken = clock_->wall();
  made->turned = now;
  made->uptime = now - started_;
  made->member = member_;
  made->endpoint = node_->identity().endpoint;
  made->up = node_->up();
  made->session = node_->session();
  const exchange::Registry& registry = node_->registry();
  if (!registry.empty()) made->epoch = registry.epoch();
  made->node = node_->counters();
  made->provider = provider_->counters();
  made->queued = node_->queued();
  made->promises_held = node_->held();
  made->promises_proved = node_->proved();
  made->ledger_records = ledger_->synced_size();
  made->ledger_commits = ledger_->commits();
  made->ledger_syncs = ledger_->syncs();
  made->suspended.assign(suspensions_->agreements().begin(), suspensions_->agreements().end());
  count_alarms(*made);
  for (auto& [dataset, source] : provider_->sources())
    made->datasets.push_back({dataset, !registry.empty() && registry.dataset(dataset) != nullptr, source});
  if (applications_ != nullptr) made->applications = snapshot_of(*applications_);
  board_.put(std::move(made));
  return {};
}

}  // namespace steelyard::adapters
