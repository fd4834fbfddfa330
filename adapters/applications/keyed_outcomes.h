// KeyedOutcomes: what became of requests that came under an Idempotency-Key, until their exchange's `expires`.
//
// Outcomes are kept up to limits::kKeptOutcomesBytesMax; of what is given up before its time the key stays known.
// Owns: outcomes, shared with the answers being written. Threads: one. Errors: none.
// Format: docs/formats/http.md, Idempotency-Key.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "core/base/bytes.h"
#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/client/consumer.h"

namespace steelyard::adapters {

class KeyedOutcomes {
 public:
  using Key = std::pair<ApplicationId, std::string>;
  using Outcome = std::shared_ptr<const client::Outcome>;

  enum class State : std::uint8_t { kUnknown, kOther, kOpen, kDone, kGivenUp };
  struct Found {
    State state = State::kUnknown;
    ExchangeId exchange;  // of kOpen
    Outcome outcome;      // of kDone
  };

  explicit KeyedOutcomes(std::size_t bytes_max = limits::kKeptOutcomesBytesMax) : bytes_max_(bytes_max) {}

  Found find(const Key& key, const Digest& request) const;
  bool full() const { return entries_.size() >= limits::kKeptKeysMax; }
  void asked(const Key& key, const Digest& request, const ExchangeId& exchange, Duration expires);
  void ended(const Key& key, Outcome outcome);  // null: nothing stands recorded, so the key asks anew
  void forget_expired(Duration now);

 private:
  struct Entry {
    Digest request;
    ExchangeId exchange;
    Duration expires;
    State state = State::kOpen;
    Outcome outcome;
    std::size_t size = 0;
    std::uint64_t place = 0;  // in kept_; 0: none
  };
  void drop(Entry& entry);  // its outcome

  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::map<Key, Entry> entries_;
  std::set<std::pair<Duration, Key>> by_expiry_;
  std::uint64_t next_place_ = 1;
  std::map<std::uint64_t, Key> kept_;  // outcomes, the oldest first
};

}  // namespace steelyard::adapters
