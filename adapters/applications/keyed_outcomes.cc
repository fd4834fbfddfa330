#include "adapters/applications/keyed_outcomes.h"

#include "adapters/applications/outcome_response.h"

namespace steelyard::adapters {

KeyedOutcomes::Found KeyedOutcomes::find(const Key& key, const Digest& request) const {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return {};
  const Entry& entry = found->second;
  if (entry.request != request) return {State::kOther, {}, {}};
  return {entry.state, entry.exchange, entry.outcome};
}

void KeyedOutcomes::asked(const Key& key, const Digest& request, const ExchangeId& exchange, Duration expires) {
  Entry entry;
  entry.request = request;
  entry.exchange = exchange;
  entry.expires = expires;
  if (entries_.emplace(key, std::move(entry)).second) by_expiry_.emplace(expires, key);
}

void KeyedOutcomes::ended(const Key& key, Outcome outcome) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  Entry& entry = found->second;
  if (outcome == nullptr) {
    by_expiry_.erase({entry.expires, key});
    entries_.erase(found);
    return;
  }
  entry.state = State::kDone;
  entry.size = size_of(*outcome);
  entry.outcome = std::move(outcome);
  entry.place = next_place_++;
  kept_.emplace(entry.place, key);
  bytes_ += entry.size;
  while (bytes_ > bytes_max_) {
    Entry& oldest = entries_.at(kept_.begin()->second);
    drop(oldest);
    oldest.state = State::kGivenUp;
  }
}

void KeyedOutcomes::drop(Entry& entry) {
  bytes_ -= std::exchange(entry.size, 0);
  kept_.erase(std::exchange(entry.place, 0));
  entry.outcome.reset();
}

void KeyedOutcomes::forget_expired(Duration now) {
  while (!by_expiry_.empty() && by_expiry_.begin()->first <= now) {
    const auto found = entries_.find(by_expiry_.begin()->second);
    drop(found->second);
    entries_.erase(found);
    by_expiry_.erase(by_expiry_.begin());
  }
}

}  // namespace steelyard::adapters
