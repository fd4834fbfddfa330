// Desk: answers applications' calls on the adapter's own thread: asks as the member's consumer, tells what became of
// it, shows catalogue, agreements and receipts, passes on events.
//
// turn() takes what came and what ended. An application asks as itself alone, a bounded number at once. Pages are made
// anew when the registry changes, once a minute at least, since agreements begin and end by time alone.
// Owns: what is open and what is kept for repeats. Threads: one. Errors: problems, sent to whoever asked.
// Format: docs/formats/http.md.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/applications/call.h"
#include "adapters/applications/event_streams.h"
#include "adapters/applications/keyed_outcomes.h"
#include "core/client/kept_exchange.h"
#include "core/client/kept_subscription.h"

namespace steelyard::adapters {

// What the desk needs of the member's node and consumer; tests stand in for it.
class Asker {
 public:
  virtual ~Asker() = default;
  virtual const exchange::Registry* registry() const = 0;  // null before the first session
  virtual const MemberId& member() const = 0;
  virtual Result<ExchangeId> ask(const client::Query& query) = 0;
  virtual std::vector<client::Outcome> take_outcomes() = 0;
  virtual Result<std::unique_ptr<EventReader>> read_events(const client::Query& query) = 0;
  virtual Result<bool> is_subscribed(const client::Query& query) const = 0;  // as far as is kept here
  virtual Result<std::vector<client::KeptSubscription>> subscriptions() const = 0;
  virtual Result<std::optional<client::KeptExchange>> kept(const ExchangeId& id) const = 0;
};

class Desk {
 public:
  // All outlive it. `behind`: answers wait for their readers, so that nothing more is asked.
  Desk(CallQueue& calls, Asker& asker, const Clock& clock, std::function<bool()> behind)
      : calls_(&calls),
        asker_(&asker),
        clock_(&clock),
        behind_(std::move(behind)),
        events_([&asker](const client::Query& query) { return asker.read_events(query); },
                [&asker](const client::Query& query) { return asker.is_subscribed(query); }, clock) {}

  void handle(const client::Incoming& message) { events_.handle(message); }  // events, and what is said of them

  void turn();
  void ask_no_more() { closing_ = true; }  // what is open is still answered
  std::size_t open() const { return open_.size(); }
  std::size_t streaming() const { return events_.streaming(); }

 private:
  struct Waiting {
    http::Reply reply;
    Language language;
  };
  struct Open {
    ApplicationId application;
    std::optional<KeyedOutcomes::Key> key;
    std::vector<Waiting> waiting;
  };
  struct Page {
    Epoch epoch;
    std::int64_t minute = 0;
    std::shared_ptr<const std::string> text;
  };

  void answer(Call call);
  void ask(Call call);
  void read_events(Call call);
  void subscriptions(const Call& call) const;
  bool may_wait(const ApplicationId& application) const;
  void wait(Open& open, Call& call);
  void let_go(const Open& open, std::size_t count);
  void forget_gone(Open& open);
  bool repeated(Call& call, const KeyedOutcomes::Key& key, const Digest& request);
  void receipt(const Call& call) const;
  void page(const Call& call, const exchange::Registry& registry);
  void ended(client::Outcome outcome);

  CallQueue* calls_;
  Asker* asker_;
  const Clock* clock_;
  std::function<bool()> behind_;
  bool closing_ = false;
  std::unordered_map<ExchangeId, Open, FixedBytesHash> open_;
  std::map<ApplicationId, std::size_t> waiting_of_;  // replies, each of which holds a connection
  std::size_t waiting_ = 0;                          // of all
  KeyedOutcomes keyed_;
  std::map<Route, Page> pages_;
  EventStreams events_;
};

}  // namespace steelyard::adapters
