// Streams: what the broker knows of events: each dataset's stream, the subscriptions that read it, and the spool of
// what they have not acknowledged. In memory the whole of it; the store's three tables say the same.
//
// Owns: the spooled octets, limits::kSpoolBytesMax at most. Pointers live until what they are of is erased.
// Threads: the pipeline's. Errors: none. Format: docs/formats/events.md.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <unordered_map>

#include "broker/exchanges.h"
#include "core/base/limits.h"
#include "core/exchange/frame.h"
#include "core/provenance/record.h"

namespace steelyard::broker {

struct Spooled {
  LogIndex index;
  Salt salt;
  Bytes body;
  Digest digest;
  exchange::OutMessage message;  // with its author's proof
  ExchangeId view;
  ExchangeId only;  // the one subscription that it is for; zero: all of the view
  Instant time;     // of its entry
  std::size_t bytes = 0;
};

struct Subscription {
  ExchangeId id;
  MemberId user;
  DatasetId dataset;
  ExchangeId view;
  LogIndex request, answer;
  LogIndex position;         // acknowledged up to there
  exchange::EntryBody body;  // of its request
  bool durable = false;      // its start is
  bool stopping = false;     // decided; its entry comes at the end of the bundle
  Epoch weighed = kNoIndex;  // under which it was last found permitted
  Instant holds_until;
  SessionNumber session;                                   // that it is delivered to; 0: none
  LogIndex sent;                                           // up to there, in that session
  std::deque<std::pair<LogIndex, std::size_t>> in_flight;  // with their octets
  std::size_t bytes_in_flight = 0;
  std::optional<Duration> moved;  // monotonic: when its position did, or it was first looked at

  bool reads(const Spooled& event) const {
    return event.index > answer && event.view == view && (event.only.is_zero() || event.only == id);
  }
  bool has_window() const {
    return in_flight.size() < limits::kEventWindow && bytes_in_flight < limits::kEventWindowBytes;
  }
};

struct Stream {
  std::uint64_t last = 0;     // sequence of the last event recorded
  std::uint64_t durable = 0;  // and of the last whose entry is
  std::deque<Spooled> spool;  // by index
  std::size_t bytes = 0;
  std::set<ExchangeId> subscriptions;
};

class Streams {
 public:
  Stream& of(const DatasetId& dataset) { return streams_[dataset]; }
  Subscription* find(const ExchangeId& id);
  void add(Subscription subscription);  // requires that there is none of its id
  void erase(const ExchangeId& id);

  void spool(const DatasetId& dataset, Spooled event);
  // Events that nobody has to be given any more, from the front; their indexes.
  std::vector<LogIndex> release(Stream& stream);
  bool anybody_reads(const Stream& stream, const Spooled& event) const;
  // Of those that hold the stream's oldest event back, the one that has not moved for longest.
  Subscription* furthest_behind(const Stream& stream);
  // The first event behind `index` in this stream.
  static std::deque<Spooled>::const_iterator after(const Stream& stream, LogIndex index);

  std::map<DatasetId, Stream>& all() { return streams_; }
  const std::map<ExchangeId, Subscription>& subscriptions() const { return subscriptions_; }
  std::map<ExchangeId, Subscription>& subscriptions() { return subscriptions_; }
  std::size_t of_member(const MemberId& user) const;
  std::size_t bytes() const { return bytes_; }

 private:
  std::map<DatasetId, Stream> streams_;
  std::map<ExchangeId, Subscription> subscriptions_;
  std::unordered_map<MemberId, std::size_t> of_member_;
  std::size_t bytes_ = 0;
};

}  // namespace steelyard::broker
