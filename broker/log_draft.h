// LogDraft: the end of the log that is not durable yet: entries get their index here, batches are filled and closed.
//
// One batch is in flight, the next fills; where a batch is full another opens behind it. What waits for a batch (sends)
// is handed back when it is committed. A failed commit ends the process, so an index once given stays given.
// Entries of one bundle stand together, in order of position: begin_bundle, add_of_bundle..., end_bundle.
// Threads: the pipeline's. Errors: none; wrong use aborts. Format: docs/formats/store.md.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "broker/exchanges.h"
#include "core/exchange/bundle.h"
#include "core/exchange/decided_by.h"
#include "core/provenance/log_store.h"

namespace steelyard::broker {

// An entry as a promise repeats it.
struct Written {
  LogIndex index;
  Salt salt;
  Bytes body;
  Commitment commitment;
};

// A start, an event or a stop.
struct StreamMoved {
  DatasetId dataset;
  ExchangeId started;          // the subscription; zero: none
  std::uint64_t sequence = 0;  // of the event; 0: none
};

// What is to happen when an entry is durable.
struct Waiting {
  enum class What : std::uint8_t {
    kPlain,      // messages to `session`
    kForward,    // a request to its owner: weighed again if need be
    kDeliver,    // an answer to its user: likewise
    kStatement,  // to every session that has come that far
    kStream,     // `stream`: its owner and its readers are told
  };
  What what = What::kPlain;
  SessionNumber session;
  ExchangeKey key;
  LogIndex statement;
  std::unique_ptr<StreamMoved> stream;
  std::size_t reserved = 0;  // octets of the queue of `session`, the owner's, until it is given out
  std::vector<exchange::OutMessage> messages;
};

class LogDraft {
 public:
  LogDraft(const provenance::Recovered& recovered, std::function<void(std::span<std::uint8_t>)> random);
  void use(const crypto::Suite& suite) { suite_ = &suite; }

  // Before a frame: closes the batch that it might overfill, so that no bundle is split.
  void make_room(std::size_t messages);
  void begin_bundle(const exchange::VerifiedBundle& bundle);
  void end_bundle();
  Written add_of_bundle(const exchange::EntryBody& body, std::size_t position,
                        const exchange::DecidedBy& decided_by = {});
  // A close, a sum of rejections; not inside a bundle.
  Written add_own(const exchange::EntryBody& body, const exchange::DecidedBy& decided_by = {});

  void put_once(provenance::OnceRow row);
  void end_once(const ExchangeKey& key, LogIndex last_entry);  // that its row names
  void add_statement(provenance::StatementRow row, std::vector<exchange::RegistryRow> rows);
  void add_handover(provenance::HandoverRow row);
  void spool(provenance::SpoolRow row);
  void end_spool(LogIndex index);
  void put_stream(provenance::StreamRow row);
  void put_subscription(provenance::SubscriptionRow row);
  void end_subscription(const ExchangeId& id);

  bool durable(LogIndex index) const { return index < committed_; }
  void wait_for(LogIndex index, Waiting waiting);  // requires !durable(index)

  std::optional<provenance::Batch> next_append();                        // none while one is in flight
  std::vector<Waiting> committed(std::uint64_t number, LogIndex first);  // of the batch in flight
  bool in_flight() const { return in_flight_.has_value(); }
  bool behind() const { return in_flight_ && parts_.size() > 1; }  // a whole batch waits for the one in flight
  // What more is ended goes into a later batch (limits::kEndsPerCommit).
  bool takes_ends() const;
  LogIndex next_index() const { return next_; }
  Instant last_time() const { return last_time_; }

 private:
  struct Part {
    provenance::Batch batch;
    std::vector<Waiting> waiting;
    std::size_t spooled = 0;  // octets
  };
  struct BundleInHand {
    const exchange::VerifiedBundle* bundle;
    provenance::BundleNumber number;
    LogIndex first = kNoIndex;
    std::vector<std::uint16_t> positions;
  };
  struct InFlight {
    std::uint64_t number;
    LogIndex first, end;
    std::vector<Waiting> waiting;
  };
  void open_part();
  Written add(const exchange::EntryBody& body, const exchange::DecidedBy& decided_by, provenance::BundleNumber bundle,
              std::uint16_t position);

  const crypto::Suite* suite_ = nullptr;
  std::function<void(std::span<std::uint8_t>)> random_;
  LogIndex next_;
  LogIndex committed_;
  provenance::BundleNumber next_bundle_;
  Instant last_time_;
  std::uint64_t next_batch_ = 1;
  std::deque<Part> parts_;         // the last one fills
  std::size_t usual_entries_ = 0;  // of the last one appended: the next has as many, or nearly
  std::optional<InFlight> in_flight_;
  std::optional<BundleInHand> bundle_;
};

}  // namespace steelyard::broker
