#include "broker/streams.h"

#include <algorithm>

#include "core/base/check.h"

namespace steelyard::broker {

Subscription* Streams::find(const ExchangeId& id) {
  const auto found = subscriptions_.find(id);
  return found == subscriptions_.end() ? nullptr : &found->second;
}

void Streams::add(Subscription subscription) {
  streams_[subscription.dataset].subscriptions.insert(subscription.id);
  ++of_member_[subscription.user];
  const ExchangeId id = subscription.id;
  CHECK(subscriptions_.emplace(id, std::move(subscription)).second);
}

void Streams::erase(const ExchangeId& id) {
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return;
  streams_[found->second.dataset].subscriptions.erase(id);
  if (const auto of = of_member_.find(found->second.user); --of->second == 0) of_member_.erase(of);
  subscriptions_.erase(found);
}

void Streams::spool(const DatasetId& dataset, Spooled event) {
  Stream& stream = streams_[dataset];
  CHECK(stream.spool.empty() || stream.spool.back().index < event.index);
  stream.bytes += event.bytes;
  bytes_ += event.bytes;
  stream.spool.push_back(std::move(event));
}

bool Streams::anybody_reads(const Stream& stream, const Spooled& event) const {
  return std::any_of(stream.subscriptions.begin(), stream.subscriptions.end(), [&](const ExchangeId& id) {
    const Subscription& one = subscriptions_.at(id);
    return one.reads(event) && one.position < event.index;
  });
}

std::vector<LogIndex> Streams::release(Stream& stream) {
  std::vector<LogIndex> released;
  while (!stream.spool.empty() && !anybody_reads(stream, stream.spool.front())) {
    const Spooled& first = stream.spool.front();
    released.push_back(first.index);
    stream.bytes -= first.bytes;
    bytes_ -= first.bytes;
    stream.spool.pop_front();
  }
  return released;
}

Subscription* Streams::furthest_behind(const Stream& stream) {
  if (stream.spool.empty()) return nullptr;
  Subscription* furthest = nullptr;
  for (const ExchangeId& id : stream.subscriptions) {
    Subscription& one = subscriptions_.at(id);
    if (one.stopping || !one.moved || !one.reads(stream.spool.front()) || one.position >= stream.spool.front().index)
      continue;
    if (furthest == nullptr || *one.moved < *furthest->moved) furthest = &one;
  }
  return furthest;
}

std::deque<Spooled>::const_iterator Streams::after(const Stream& stream, LogIndex index) {
  return std::upper_bound(stream.spool.begin(), stream.spool.end(), index,
                          [](LogIndex sought, const Spooled& event) { return sought < event.index; });
}

std::size_t Streams::of_member(const MemberId& user) const {
  const auto found = of_member_.find(user);
  return found == of_member_.end() ? 0 : found->second;
}

}  // namespace steelyard::broker
