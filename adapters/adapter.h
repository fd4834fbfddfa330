// Adapter: one department's process: a Node on the bus, the Provider behind it, and the department's own applications
// before it. What main() wires and runs.
//
// run() returns when stop() was called from any thread (what waits to be sent has gone out by then, or five seconds
// have passed), or with an error that ends the process. `ready` is called once, when the node is up for the first time.
// Owns: everything of the process but configuration and clock. Threads: run() on one; stop() and report() from any; the
// operators' pages have HTTP's own, which reads what run() put on the board.
// Errors: config, store_failed, and what Node::step() cannot go on with.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "adapters/applications/applications.h"
#include "adapters/config.h"
#include "adapters/provider.h"
#include "adapters/request_turns.h"
#include "adapters/snapshot.h"
#include "core/http/server.h"
#include "core/net/context.h"
#include "core/service/service_manager.h"

namespace steelyard::adapters {

class Adapter {
 public:
  using Log = std::function<void(LogLevel level, std::string_view line)>;
  static Result<std::unique_ptr<Adapter>> open(Config config, const Clock& clock, Log log);
  ~Adapter();

  Status run(service::ServiceManager& manager, const std::function<void()>& ready);
  void stop();
  // Writes counters as one JSON object to `path`, soon.
  void report(const std::string& path);
  Status write_stats(const std::string& path) const;  // on the thread of run(), or after it

  static constexpr Duration kDrainWithin = seconds(5);

 private:
  Adapter(const Clock& clock, Log log) : clock_(&clock), log_(std::move(log)), started_(clock.monotonic()) {}
  Status step(ProviderBus& bus, service::ServiceManager& manager, Duration timeout);
  bool is_done() const;  // nothing waits to be sent or answered
  void tell_state(service::ServiceManager& manager);
  Status publish_snapshot();  // once a second
  void count_alarms(Snapshot& made);

  const Clock* clock_;
  Log log_;
  Duration started_;
  std::optional<crypto::OpeningKey> seal_key_;
  MemberId member_;
  bool prove_ = true;
  std::unique_ptr<net::Context> context_;
  std::unique_ptr<client::Node> node_;
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<Suspensions> suspensions_;
  std::unique_ptr<Pauses> pauses_;
  std::unique_ptr<Alarms> alarms_;
  std::unique_ptr<Publisher> publisher_;
  std::unique_ptr<Provider> provider_;
  std::unique_ptr<Applications> applications_;  // null: none are configured
  RequestTurns waiting_;
  std::map<std::string, std::uint64_t, std::less<>> node_alarms_;  // by code
  std::uint64_t evidence_seen_ = 0;                                // alarms that are not about a source
  std::optional<Instant> evidence_at_;                             // when there were more of them last
  bool told_up_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> report_due_{false};
  std::string report_path_;  // set before report_due_ for the first time, then never changed
  SnapshotBoard board_;
  http::ServerCounts operators_counts_;
  std::unique_ptr<http::Server> operators_;  // reads board_: ends before it
};

}  // namespace steelyard::adapters
