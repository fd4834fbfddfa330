// StreamStore: what an owner's adapter must not forget of its streams: how far it has read each outbox, its views and
// subscriptions, and each event, byte for byte, until the broker has recorded it.
//
// One commit holds the events made of some rows of the outbox and the position behind those rows, so that a change is
// told, and told under one sequence, whatever is killed when. Content keys are not here: they live in memory alone.
// Owns: the LMDB folder `streams`. Threads: one. Errors: store_failed (kStop) but for what an operator can mend.
// Format: docs/formats/events.md.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/ids.h"
#include "core/store/env.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

struct StoredStream {
  std::uint64_t sequence = 0;  // of the last event made
  std::int64_t outbox = 0;     // the last row of it that was read
  bool operator==(const StoredStream&) const = default;
};

struct StoredView {
  DatasetId dataset;
  std::uint32_t period = 0;    // the last that was begun
  std::uint64_t previous = 0;  // sequence of the last event for all its readers
  Digest terms;                // of what it lets through
  bool operator==(const StoredView&) const = default;
};

enum class SubscriptionState : std::uint8_t { kUnconfirmed = 1, kJoining = 2, kReading = 3 };

struct StoredSubscription {
  ExchangeId view;
  SubscriptionState state = SubscriptionState::kUnconfirmed;
  std::uint64_t previous = 0;  // sequence of the last part of its snapshot; 0: none yet
  Bytes request, grant;        // envelopes
  schemas::Value cursor;       // key of the last row of its snapshot so far; null: none yet
  bool operator==(const StoredSubscription&) const = default;
};

struct StoredEvent {
  std::shared_ptr<const Bytes> envelope, payload;
};

using EventKeyInStore = std::pair<DatasetId, std::uint64_t>;  // dataset and sequence

struct StreamState {
  std::map<DatasetId, StoredStream> streams;
  std::map<ExchangeId, StoredView> views;
  std::map<ExchangeId, StoredSubscription> subscriptions;
  std::map<EventKeyInStore, StoredEvent> events;
};

// What one commit changes: rows erased, then rows put anew.
struct StreamChange {
  std::map<DatasetId, StoredStream> streams;
  std::map<ExchangeId, StoredView> views;
  std::map<ExchangeId, StoredSubscription> subscriptions;
  std::map<EventKeyInStore, StoredEvent> events;
  std::vector<ExchangeId> views_ended, subscriptions_ended;
  std::vector<EventKeyInStore> events_ended;
  bool empty() const {
    return streams.empty() && views.empty() && subscriptions.empty() && events.empty() && views_ended.empty() &&
           subscriptions_ended.empty() && events_ended.empty();
  }
};

class StreamStore {
 public:
  static Result<std::unique_ptr<StreamStore>> open(const std::string& state_dir);
  Result<StreamState> load() const;
  Status commit(const StreamChange& change);  // durable when it returns ok

 private:
  explicit StreamStore(std::unique_ptr<store::Env> env) : env_(std::move(env)) {}

  std::unique_ptr<store::Env> env_;
  store::Table streams_, views_, subscriptions_, events_;
};

}  // namespace steelyard::adapters
