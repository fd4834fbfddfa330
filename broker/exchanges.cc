#include "broker/exchanges.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"

namespace steelyard::broker {

using provenance::OnceState;

namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::int64_t second_of(Instant time) { return time.us / kSecond - (time.us % kSecond < 0 ? 1 : 0); }

bool expires_later(const Exchanges::Node* a, const Exchanges::Node* b) {
  if (a->second.expires != b->second.expires) return a->second.expires > b->second.expires;
  return a->first > b->first;
}

}  // namespace

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

Exchanges::Node* Exchanges::find_request(const ExchangeId& id, const Digest& request) {
  const std::size_t bucket = all_.bucket({{}, id});
  const auto found = std::find_if(all_.begin(bucket), all_.end(bucket), [&](const Node& node) {
    return node.first.id == id && node.second.request == request && node.second.state != OnceState::kRefused;
  });
  return found == all_.end(bucket) ? nullptr : &*found;
}

Exchange& Exchanges::add(const ExchangeKey& key, Exchange exchange) {
  Share& share = shares_[key.user];
  ++share.kept;
  if (exchange.state == OnceState::kOpen) {
    ++open_;
    ++share.open;
    opened_.emplace_back(exchange.body.time, key);
  }
  auto [at, added] = all_.emplace(key, std::move(exchange));
  CHECK(added);
  Node& node = *at;
  Expiring& expiring = by_expiry_[second_of(node.second.expires)];
  auto& nodes = expiring.nodes;
  nodes.insert(expiring.sorted ? std::upper_bound(nodes.begin(), nodes.end(), &node, expires_later) : nodes.end(),
               &node);
  return node.second;
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
  exchange.state = state;
}

void Exchanges::erase(const ExchangeKey& key) {
  auto found = all_.find(key);
  if (found == all_.end()) return;
  close(key, found->second, OnceState::kRefused);
  --shares_.at(key.user).kept;
  forget_expiry(*found);
  all_.erase(found);
}

// Nearly always the one that expires first, which stands last.
void Exchanges::forget_expiry(const Node& node) {
  const auto bucket = by_expiry_.find(second_of(node.second.expires));
  auto& nodes = bucket->second.nodes;
  const auto at = std::find(nodes.rbegin(), nodes.rend(), &node);
  CHECK(at != nodes.rend());
  nodes.erase(std::next(at).base());
  if (nodes.empty()) by_expiry_.erase(bucket);
}

const ExchangeKey* Exchanges::first_expiring_before(Instant time) {
  if (by_expiry_.empty() || by_expiry_.begin()->first > second_of(time)) return nullptr;
  Expiring& first = by_expiry_.begin()->second;
  if (!first.sorted) std::sort(first.nodes.begin(), first.nodes.end(), expires_later);
  first.sorted = true;
  const Node& node = *first.nodes.back();
  return node.second.expires < time ? &node.first : nullptr;
}

}  // namespace steelyard::broker
