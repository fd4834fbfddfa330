// Exchanges: every (member, id) whose life is not over: open, answered and refused ones, in memory.
//
// It is the overlay of the log's `once` table: what is decided stands here at once, and is durable a commit later.
// Owns: its exchanges; pointers live until the exchange is erased. Threads: the pipeline's. Errors: none.
#pragma once

#include <compare>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "broker/flat_index.h"
#include "core/exchange/entry.h"
#include "core/provenance/record.h"
#include "schemas/messages.h"

namespace steelyard::broker {

using SessionNumber = Number<struct SessionNumberTag>;  // never reused within a boot

struct ExchangeKey {
  MemberId user;
  ExchangeId id;
  auto operator<=>(const ExchangeKey&) const = default;
  bool operator==(const ExchangeKey& other) const { return id == other.id && user == other.user; }  // ids differ first
};

struct Exchange {
  provenance::OnceState state = provenance::OnceState::kOpen;
  Digest request;
  MemberId owner;
  DatasetId dataset;
  LogIndex entry;            // of the request, or of the refusal where it was refused at once
  exchange::EntryBody body;  // of that entry
  Salt salt;
  Commitment commitment;
  Instant expires;
  LogIndex closing = kNoIndex;         // kNoIndex in a refused one: its close waits for the end of the bundle
  Digest answer;                       // once answered
  std::shared_ptr<const Bytes> reply;  // Refusal or Recorded, encoded: what a repeat gets; null: not known any more
  bool fields_lost = false;            // `reply` was made from the entry alone, which does not name a refusal's fields

  Epoch weighed;                          // under which it was last found permitted
  Instant holds_until;                    // and until when no validity ends
  SessionNumber with;                     // whose answer is waited for; 0: nobody's
  bool may_reject = false;                // it went to its owner, who has not rejected it since
  SessionNumber asker;                    // where the request came from last; 0: none since the start
  KeyId reply_key;                        // zero: not known
  std::shared_ptr<schemas::Grant> grant;  // addressed as it was last; null where nobody waits for the answer
};

struct OpenExchange {  // for operators
  Instant decided;
  MemberId owner;
  DatasetId dataset;
};

class Exchanges {
 public:
  explicit Exchanges(std::uint64_t seed) : seed_(seed) {}

  Exchange* find(const ExchangeKey& key);
  using Node = std::pair<const ExchangeKey, Exchange>;
  // An open or answered one by its id, whoever's it is, and the digest of its request.
  Node* find_request(const ExchangeId& id, const Digest& request);
  const Node* find_answer(const Digest& answer) const;       // the one that it answered
  Exchange& add(const ExchangeKey& key, Exchange exchange);  // requires that there is none
  void close(const ExchangeKey& key, Exchange& exchange, provenance::OnceState state);
  void answered(const ExchangeKey& key, Exchange& exchange, const Digest& answer);
  // Nothing more is to be done with it; it is kept for whoever repeats its request.
  void settle(const ExchangeKey& key);
  void erase(const ExchangeKey& key);
  // The exchange that expires first, if it does so before `time`.
  const ExchangeKey* first_expiring_before(Instant time);

  std::size_t open() const { return open_; }
  std::optional<OpenExchange> oldest_open();  // none: nothing is open
  struct Share {
    std::size_t open = 0, kept = 0;  // kept: open ones and ended ones
  };
  Share share_of(const MemberId& user) const;
  std::size_t size() const { return size_; }

 private:
  using Index = FlatIndex<Node>;
  // Exchanges that expire within one second. Only the first of these is ever made a heap, when it is asked for: a
  // million with one `expires` must not be sorted at once.
  struct Expiry {
    Instant at;                  // of the node, beside it: comparing looks at no memory elsewhere
    std::unique_ptr<Node> node;  // every exchange has its place here from when it is added until it is erased
  };
  struct Later {
    bool operator()(const Expiry& a, const Expiry& b) const { return a.at > b.at; }
  };
  struct Expiring {
    std::vector<Expiry> all;  // heaped: the first to expire stands first
    bool heaped = false;
  };
  void release(const Node& node);  // from its place there: it is gone

  std::uint64_t hash_of(const ExchangeId& id) const;  // of the id alone, for find_request
  std::uint64_t hash_of(const Digest& digest) const;
  // The one with this id that `is_it` says yes to, under way or settled.
  template <class Predicate>
  Node* find_where(const ExchangeId& id, Predicate is_it) const;
  Node* find_node(const ExchangeKey& key) const;
  Node* find_live(const ExchangeKey& key) const;

  std::uint64_t seed_;
  // Apart: those under way are few, asked for again and again, and so stay in the cache; the others are many.
  Index live_;  // open ones, and answered ones until they are delivered
  // By the second that their ids were made in. A new request is looked for among those of its own second, which were
  // just in hand; and no table grows so far that moving it to a larger one would hold up the loop.
  std::unordered_map<std::int64_t, Index> settled_;
  FlatIndex<const Node> answers_;
  std::map<std::int64_t, Expiring> by_expiry_;  // by second
  std::unordered_map<MemberId, Share> shares_;
  std::size_t size_ = 0;
  std::size_t open_ = 0;
  std::deque<std::pair<Instant, ExchangeKey>> opened_;  // in order; from the front what has ended is forgotten
};

}  // namespace steelyard::broker
