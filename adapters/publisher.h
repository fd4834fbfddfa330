// Publisher: the owner's side of events: views, content keys, snapshots, what the outbox tells, until it is recorded.
//
// add() takes a granted request to subscribe and names the view that it is to read; the broker's next Ack confirms it,
// and then it joins: a new period for its view, and the rows as they are. step() does what is due: subscriptions that
// the owner's own word no longer carries are ended; snapshots go on; changed keys are read and told to each view. What
// it makes is in the ledger and in the stream store before it is given to the bus, and is given again, the same octets,
// in each new session until an Ack covers it. A session begins with an Ack of each stream: before that nothing is told.
//
// INVARIANT(ledger-before-answer) holds for events as for answers.
// Owns: the stream store, content keys (in memory alone). Threads: one, the provider's. Errors: kStop only: store or
// ledger cannot be relied on. A source that fails is tried again, with an alarm a minute. Format:
// docs/formats/events.md.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "adapters/alarms.h"
#include "adapters/ledger.h"
#include "adapters/provider_bus.h"
#include "adapters/row_source.h"
#include "adapters/stream_store.h"
#include "adapters/suspension.h"
#include "core/client/node.h"
#include "core/exchange/event_key.h"
#include "core/exchange/own_terms.h"

namespace steelyard::adapters {

struct PublisherOptions {
  MemberId member;
  KeyId message_key;  // that signs the bundles
  Duration source_timeout = seconds(2);
  Pauses* pauses = nullptr;  // outlives it; null: no source is ever paused
};

struct PublisherCounters {  // only grow
  std::uint64_t events = 0, rows = 0, periods = 0, ended = 0, rejected = 0;
};

class Publisher {
 public:
  // All outlive it; `sources` by dataset.
  static Result<std::unique_ptr<Publisher>> open(PublisherOptions options, const std::string& state_dir,
                                                 std::map<DatasetId, RowSource*> sources, Ledger& ledger,
                                                 Suspensions& suspensions, Alarms& alarms, const Clock& clock);
  ~Publisher();

  // `terms` are what the owner's own word makes of the grant. The view. Errors: source_changed where the source tells
  // no changes, or not as a mask needs; owner_events_not_counted where rows are counted by the day; kStop.
  Result<ExchangeId> add(const exchange::Registry& registry, const schemas::Request& request, ByteView request_octets,
                         const schemas::Grant& grant, ByteView grant_octets, const exchange::EntryBody& entry,
                         const exchange::OwnTerms& terms);
  void on_ack(const schemas::Ack& ack, std::uint64_t session);
  void on_rejection(const client::Incoming& message);  // of whatever kind it is
  // `session` counts the node's sessions; what it makes needs one that is up.
  Status step(ProviderBus& bus, std::uint64_t session, bool up);

  bool active() const { return !readers_.empty(); }  // outboxes are to be looked at
  Duration next_look() const { return next_look_; }  // monotonic: by then, where it is active
  std::size_t unacknowledged() const { return state_.events.size(); }
  const PublisherCounters& counters() const { return counters_; }

 private:
  struct Reader {  // a subscription, as its request and grant say
    schemas::Request request;
    schemas::Grant grant;
    exchange::EntryBody entry;
    exchange::OwnTerms terms;  // as last judged
  };
  struct ViewKey {
    crypto::SecretBytes octets;
    exchange::EventKey key;
    std::set<ExchangeId> readers;  // whom it is wrapped to
    Duration since;
  };
  struct Page {  // rows on their way into an event
    schemas::EventPayload payload;
    std::vector<Digest> key_hashes;  // of the rows that are put
  };

  Publisher(PublisherOptions options, std::unique_ptr<StreamStore> store, StreamState state,
            std::map<DatasetId, RowSource*> sources, Ledger& ledger, Suspensions& suspensions, Alarms& alarms,
            const Clock& clock);
  Status read_kept();
  void drop_of_another_key();

  // publisher.cc
  Status publish(const DatasetId& dataset, RowSource& source, ProviderBus& bus);
  void judge(const DatasetId& dataset, const exchange::Registry& registry);
  void end(const ExchangeId& id, ErrorCode reason, const DatasetId& dataset, const exchange::Registry& registry);
  void forget(const ExchangeId& id);
  void forget_unconfirmed();
  void note_failure(const DatasetId& dataset, const Error& why);
  Status keep();
  Status flush(ProviderBus& bus);

  // publisher_events.cc
  Status ensure_period(const ExchangeId& view, ProviderBus& bus);
  Status join(const ExchangeId& id, RowSource& source, ProviderBus& bus);
  Status tell_changes(const DatasetId& dataset, RowSource& source, ProviderBus& bus);
  Status look_whether_made_anew(const DatasetId& dataset, RowSource& source, const exchange::Registry& registry);
  ReadPlan plan_for(const Reader& reader, const DatasetMap& map) const;
  Result<Page> page_of(const ExchangeId& view, const DatasetMap& map, const Reader& reader, schemas::Rows rows) const;
  void add_deleted(Page& page, const ExchangeId& view, const DatasetMap& map,
                   const std::vector<schemas::Value>& keys) const;
  schemas::Event event_of(const ExchangeId& view, schemas::EventContent content, const exchange::Registry& registry);
  Status emit_rows(schemas::Event event, Page page, const std::vector<ExchangeId>& readers, ProviderBus& bus);
  void emit(schemas::Event& event, Bytes envelope, Bytes payload);
  schemas::RowKey row_key(const ExchangeId& view, const Digest& hash) const;

  std::vector<ExchangeId> confirmed(const ExchangeId& view) const;
  bool has_room(const DatasetId& dataset) const;
  bool may_tell(const DatasetId& dataset) const;

  PublisherOptions options_;
  std::unique_ptr<StreamStore> store_;
  StreamState state_;    // as it will be once `change_` is committed
  StreamChange change_;  // not committed
  std::map<DatasetId, RowSource*> sources_;
  Ledger* ledger_;
  Suspensions* suspensions_;
  Alarms* alarms_;
  const Clock* clock_;
  exchange::OwnJudge judge_;
  std::map<ExchangeId, Reader> readers_;                // by subscription
  std::map<ExchangeId, ViewKey> keys_;                  // by view
  std::set<std::pair<DatasetId, ExchangeId>> unknown_;  // that stand at the broker, and not here
  std::map<DatasetId, std::uint64_t> sent_;             // in this session
  std::map<DatasetId, std::uint64_t> acked_in_;  // session of the last Ack: before it our numbers may be used ones
  std::uint64_t session_ = 0;
  Duration next_look_{};                     // monotonic
  std::optional<Duration> paused_until_;     // monotonic: after a rejection
  std::map<DatasetId, Duration> try_after_;  // a source that failed
  std::map<DatasetId, Duration> looked_;     // whether its outbox is still the one that it was
  std::map<DatasetId, Duration> alarmed_;
  PublisherCounters counters_;
};

}  // namespace steelyard::adapters
