#include "adapters/adapter.h"

#include <algorithm>
#include <utility>

#include "adapters/open_source.h"
#include "adapters/operator_pages.h"
#include "adapters/session_rejection.h"
#include "core/base/version.h"
#include "core/net/waker.h"
#include "core/store/durable_file.h"

namespace steelyard::adapters {
namespace {

constexpr Duration kStepTimeout = milliseconds(500);

class NodeBus final : public ProviderBus {
 public:
  NodeBus(client::Node& node, bool prove) : node_(&node), prove_(prove) {}

  const exchange::Registry& registry() const override { return node_->registry(); }
  std::string checkpoint() const override { return node_->last_checkpoint(); }
  void send(exchange::OutMessage message) override { node_->send(std::move(message)); }
  bool compare_checkpoint(ByteView note, const MemberId& from) override {
    return node_->compare_checkpoint(note, from);
  }
  // The ledger is the owner's own record: a receipt beside it would say nothing more.
  void hold(exchange::Promise promise, const ExchangeId&) override {
    if (prove_) node_->hold(std::move(promise), ExchangeId{});
  }

 private:
  client::Node* node_;
  bool prove_;
};

}  // namespace

Adapter::~Adapter() = default;

Result<std::unique_ptr<Adapter>> Adapter::open(Config config, const Clock& clock, Log log) {
  std::unique_ptr<Adapter> adapter(new Adapter(clock, std::move(log)));
  const std::string state_dir = config.identity.state_dir;
  adapter->member_ = config.identity.member;
  adapter->prove_ = config.prove;
  adapter->suspensions_ = std::make_unique<Suspensions>(state_dir);
  adapter->pauses_ = std::make_unique<Pauses>(state_dir);
  adapter->alarms_ = std::make_unique<Alarms>(
      state_dir, clock, [log_line = adapter->log_](std::string_view line) { log_line(LogLevel::kError, line); });
  // Whatever only reads comes before the first thing that is written.
  TRY(adapter->suspensions_->look());
  TRY(adapter->pauses_->look());
  client::NodeOptions node_options;
  node_options.software = std::string("steelyard-adapter ") + kVersion;
  std::vector<std::unique_ptr<RowSource>> sources;
  std::map<DatasetId, RowSource*> by_dataset;  // the provider owns them, and lives as long
  for (DatasetMap& map : config.maps) {
    node_options.provides.push_back(map.dataset);
    TRY_ASSIGN(std::unique_ptr<RowSource> source, open_source(std::move(map), clock));
    by_dataset.emplace(source->map().dataset, source.get());
    sources.push_back(std::move(source));
  }
  if (!config.operators.address.empty()) {
    TRY_ASSIGN(adapter->operators_,
               http::Server::open(config.operators, operator_routes(adapter->board_, clock, adapter->operators_counts_),
                                  &adapter->operators_counts_));
    adapter->log_(LogLevel::kInfo, "operators read " + adapter->operators_->url() + "/metrics");
  }
  TRY_ASSIGN(adapter->ledger_, Ledger::open(state_dir, clock));
  // The node keeps the identity, the provider needs the sealing key: two copies of one key.
  TRY_ASSIGN(adapter->seal_key_, crypto::OpeningKey::from_private(config.identity.seal_key->public_key().algorithm,
                                                                  config.identity.seal_key->private_octets().view()));
  PublisherOptions of_events;
  of_events.member = config.identity.member;
  of_events.message_key = config.identity.message_key.id();
  of_events.source_timeout = config.source_timeout;
  of_events.pauses = adapter->pauses_.get();
  TRY_ASSIGN(adapter->publisher_, Publisher::open(std::move(of_events), state_dir, std::move(by_dataset),
                                                  *adapter->ledger_, *adapter->suspensions_, *adapter->alarms_, clock));
  ProviderOptions options;
  options.publisher = adapter->publisher_.get();
  options.member = config.identity.member;
  options.message_key = config.identity.message_key.id();
  options.seal_key = &*adapter->seal_key_;
  options.source_timeout = config.source_timeout;
  options.pauses = adapter->pauses_.get();
  options.verify_attempts_per_day = config.verify_attempts_per_day;
  options.say = [log_line = adapter->log_](std::string_view line) { log_line(LogLevel::kWarn, line); };
  adapter->provider_ = std::make_unique<Provider>(std::move(options), std::move(sources), *adapter->ledger_,
                                                  *adapter->suspensions_, *adapter->alarms_, clock);
  TRY_ASSIGN(adapter->context_, net::Context::open());
  client::Identity identity = std::move(config.identity);
  config.identity.state_dir = state_dir;
  TRY_ASSIGN(adapter->node_,
             client::Node::open(*adapter->context_, std::move(identity), std::move(node_options), clock));
  if (!config.applications.listen.empty()) {
    TRY_ASSIGN(adapter->applications_,
               Applications::open(config, *adapter->node_, clock, [log_line = adapter->log_](std::string_view line) {
                 log_line(LogLevel::kError, line);
               }));
    adapter->log_(LogLevel::kInfo, "applications ask at " + adapter->applications_->address());
  }
  return adapter;
}

Status Adapter::run(service::ServiceManager& manager, const std::function<void()>& ready) {
  NodeBus bus(*node_, prove_);
  bool was_ready = false;
  while (!stopping_) {
    TRY(step(bus, manager, kStepTimeout));
    if (!was_ready && node_->up()) {
      was_ready = true;
      ready();
    }
    if (report_due_.exchange(false))
      if (auto written = write_stats(report_path_); !written) log_(LogLevel::kError, written.error().what);
  }
  manager.stopping();
  if (applications_ != nullptr) applications_->ask_no_more();
  const Duration until = clock_->monotonic() + kDrainWithin;
  while (node_->up() && !is_done() && clock_->monotonic() < until) TRY(step(bus, manager, milliseconds(20)));
  return {};
}

bool Adapter::is_done() const {
  return node_->queued() == 0 && waiting_.empty() && (applications_ == nullptr || applications_->open() == 0);
}

Status Adapter::step(ProviderBus& bus, service::ServiceManager& manager, Duration timeout) {
  manager.alive(clock_->monotonic());
  const bool work_waits = !waiting_.empty() || (applications_ != nullptr && applications_->busy());
  // An outbox wakes nobody: it is looked at.
  if (publisher_->active())
    timeout = std::clamp(publisher_->next_look() - clock_->monotonic(), Duration{},
                         std::min(timeout, limits::kEventsPollEvery));
  TRY_ASSIGN(std::vector<client::Incoming> incoming, node_->step(work_waits ? Duration{} : timeout));
  for (const client::Incoming& message : incoming) publisher_->on_rejection(message);
  for (const schemas::Ack& ack : node_->take_acks()) publisher_->on_ack(ack, node_->session());
  const bool full = waiting_.full();
  for (const client::Incoming& message : incoming)
    if (const auto line = session_rejection(message)) log_(LogLevel::kError, *line);
  if (applications_ != nullptr) {
    applications_->take(incoming);
    applications_->turn();
  }
  const auto slice = waiting_.next_slice(std::move(incoming));
  if (waiting_.full() && !full)
    log_(LogLevel::kWarn, "more requests wait than may: what comes now is dropped, its users ask again");
  const Duration began = clock_->monotonic();
  TRY(provider_->serve(slice, bus));
  waiting_.served(clock_->monotonic() - began);
  TRY(publisher_->step(bus, node_->session(), node_->up()));
  for (const client::Alarm& alarm : node_->take_alarms()) {
    ++node_alarms_[alarm.slug];
    log_(LogLevel::kError, "alarm " + alarm.slug + ": " + alarm.what +
                               (alarm.evidence_path.empty() ? "" : "; evidence in " + alarm.evidence_path));
  }
  tell_state(manager);
  return publish_snapshot();
}

void Adapter::tell_state(service::ServiceManager& manager) {
  if (node_->up() == told_up_) return;
  told_up_ = !told_up_;
  const std::string state = told_up_ ? "session " + std::to_string(node_->session()) + " is up, registry at epoch " +
                                           std::to_string(node_->registry().epoch().value)
                                     : std::string("the broker is away, trying again");
  log_(LogLevel::kInfo, state);
  manager.status(state);
}

void Adapter::stop() {
  stopping_ = true;
  node_->waker().wake();
}

void Adapter::report(const std::string& path) {
  if (report_path_.empty()) report_path_ = path;
  report_due_ = true;
  node_->waker().wake();
}

Status Adapter::write_stats(const std::string& path) const {
  const client::Node::Counters& node = node_->counters();
  const ProviderCounters& provider = provider_->counters();
  std::uint64_t alarms = alarms_->total();
  for (const auto& [slug, count] : node_alarms_) alarms += count;
  const std::pair<std::string_view, std::uint64_t> counters[] = {
      {"signatures", node.signatures},
      {"verifications", node.verifications},
      {"frames_in", node.frames_in},
      {"frames_out", node.frames_out},
      {"sessions", node.sessions},
      {"rejected_frames", node.rejected_frames},
      {"commits", ledger_->commits()},
      {"syncs", ledger_->syncs()},
      {"ledger_size", ledger_->synced_size()},
      {"requests", provider.requests},
      {"answers", provider.answers},
      {"rows", provider.rows},
      {"noes", provider.noes},
      {"repeats", provider.repeats},
      {"rejections", provider.rejections},
      {"source_reads", provider.source_reads},
      {"events", publisher_->counters().events},
      {"event_rows", publisher_->counters().rows},
      {"events_unacknowledged", publisher_->unacknowledged()},
      {"promises_proved", node_->proved()},
      {"promises_held", node_->held()},
      {"alarms", alarms},
  };
  std::string text = "{\"program\":\"steelyard-adapter\",\"member\":\"" + member_.text + "\"";  // an id: no escapes
  for (const auto& [name, value] : counters) text += ",\"" + std::string(name) + "\":" + std::to_string(value);
  text += "}\n";
  return store::write_file_durably(path, as_bytes(text), 0644);
}

}  // namespace steelyard::adapters
