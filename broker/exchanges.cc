#include "broker/exchanges.h"

#include <cstring>

#include "core/base/check.h"

namespace steelyard::broker {

using provenance::OnceState;

std::size_t Exchanges::Hash::operator()(const ExchangeKey& key) const {
  std::array<char, 24> octets;
  std::memcpy(octets.data(), &seed, 8);
  std::memcpy(octets.data() + 8, key.id.octets.data(), 16);
  return std::hash<std::string_view>{}({octets.data(), octets.size()});
}

Exchange* Exchanges::find(const ExchangeKey& key) {
  auto found = all_.find(key);
  return found == all_.end() ? nullptr : &found->second;
}

std::pair<const ExchangeKey, Exchange>* Exchanges::find_request(const Digest& request) {
  auto found = by_request_.find(request);
  if (found == by_request_.end()) return nullptr;
  auto exchange = all_.find(found->second);
  return exchange == all_.end() ? nullptr : &*exchange;
}

Exchange& Exchanges::add(const ExchangeKey& key, Exchange exchange) {
  Share& share = shares_[key.user];
  ++share.kept;
  if (exchange.state == OnceState::kOpen) {
    ++open_;
    ++share.open;
    opened_.emplace_back(exchange.body.time, key);
  }
  if (exchange.state != OnceState::kRefused) by_request_.insert_or_assign(exchange.request, key);
  by_expiry_.emplace(exchange.expires, key);
  auto [at, added] = all_.emplace(key, std::move(exchange));
  CHECK(added);
  return at->second;
}

std::optional<Instant> Exchanges::oldest_open() {
  for (; !opened_.empty(); opened_.pop_front()) {
    const Exchange* first = find(opened_.front().second);
    if (first != nullptr && first->state == OnceState::kOpen) return opened_.front().first;
  }
  return {};
}

Exchanges::Share Exchanges::share_of(const MemberId& user) const {
  const auto found = shares_.find(user);
  return found == shares_.end() ? Share{} : found->second;
}

void Exchanges::close(const ExchangeKey& key, Exchange& exchange, OnceState state) {
  if (exchange.state == OnceState::kOpen) {
    --open_;
    --shares_.at(key.user).open;
  }
  if (state == OnceState::kRefused) by_request_.erase(exchange.request);
  exchange.state = state;
}

void Exchanges::erase(const ExchangeKey& key) {
  auto found = all_.find(key);
  if (found == all_.end()) return;
  close(key, found->second, OnceState::kRefused);
  --shares_.at(key.user).kept;
  by_expiry_.erase({found->second.expires, key});
  all_.erase(found);
}

const ExchangeKey* Exchanges::first_expiring_before(Instant time) const {
  if (by_expiry_.empty() || by_expiry_.begin()->first >= time) return nullptr;
  return &by_expiry_.begin()->second;
}

}  // namespace steelyard::broker
