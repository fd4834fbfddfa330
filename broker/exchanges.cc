#include "broker/exchanges.h"

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/crypto/random.h"

namespace steelyard::broker {

using provenance::OnceState;

namespace {

constexpr std::int64_t kSecond = 1'000'000;

std::int64_t second_of(Instant time) { return time.us / kSecond - (time.us % kSecond < 0 ? 1 : 0); }

}  // namespace

std::uint64_t Exchanges::hash_of(const ExchangeId& id) const {
  std::array<char, 24> octets;
  std::memcpy(octets.data(), &seed_, 8);
  std::memcpy(octets.data() + 8, id.octets.data(), 16);
  return std::hash<std::string_view>{}({octets.data(), octets.size()});
}

// Multiplied by a secret: finding digests that then stand close together takes knowing it (Dietzfelbinger et al.,
// 1997).
std::uint64_t Exchanges::hash_of(const Digest& digest) const {
  return get_le<std::uint64_t>(digest.octets.data()) * (seed_ | 1);
}

template <class Predicate>
Exchanges::Node* Exchanges::find_where(const ExchangeId& id, Predicate is_it) const {
  const std::uint64_t hash = hash_of(id);
  if (Node* live = live_.find(hash, is_it)) return live;
  const auto settled = settled_.find(second_of(crypto::time_of(id)));
  return settled == settled_.end() ? nullptr : settled->second.find(hash, is_it);
}

Exchanges::Node* Exchanges::find_node(const ExchangeKey& key) const {
  return find_where(key.id, [&key](const Node& node) { return node.first == key; });
}

Exchanges::Node* Exchanges::find_live(const ExchangeKey& key) const {
  return live_.find(hash_of(key.id), [&key](const Node& node) { return node.first == key; });
}

Exchange* Exchanges::find(const ExchangeKey& key) {
  Node* node = find_node(key);
  return node == nullptr ? nullptr : &node->second;
}

Exchanges::Node* Exchanges::find_request(const ExchangeId& id, const Digest& request) {
  return find_where(id, [&](const Node& node) {
    return node.first.id == id && node.second.request == request && node.second.state != OnceState::kRefused;
  });
}

Exchange& Exchanges::add(const ExchangeKey& key, Exchange exchange) {
  CHECK(find_node(key) == nullptr);
  Share& share = shares_[key.user];
  ++share.kept;
  ++size_;
  if (exchange.state == OnceState::kOpen) {
    ++open_;
    ++share.open;
    opened_.emplace_back(exchange.body.time, key);
  }
  auto owned = std::make_unique<Node>(key, std::move(exchange));
  Node& node = *owned;
  const bool ended = node.second.state == OnceState::kRefused;
  (ended ? settled_[second_of(crypto::time_of(key.id))] : live_).insert(hash_of(key.id), &node);
  if (node.second.state == OnceState::kAnswered) answers_.insert(hash_of(node.second.answer), &node);
  Expiring& expiring = by_expiry_[second_of(node.second.expires)];
  expiring.all.push_back({node.second.expires, std::move(owned)});
  if (expiring.heaped) std::push_heap(expiring.all.begin(), expiring.all.end(), Later{});
  return node.second;
}

std::optional<OpenExchange> Exchanges::oldest_open() {
  for (; !opened_.empty(); opened_.pop_front()) {
    const Node* node = find_live(opened_.front().second);
    if (node != nullptr && node->second.state == OnceState::kOpen)
      return OpenExchange{opened_.front().first, node->second.owner, node->second.dataset};
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

void Exchanges::answered(const ExchangeKey& key, Exchange& exchange, const Digest& answer) {
  close(key, exchange, OnceState::kAnswered);
  exchange.answer = answer;
  answers_.insert(hash_of(answer), find_node(key));
}

const Exchanges::Node* Exchanges::find_answer(const Digest& answer) const {
  return answers_.find(hash_of(answer), [&answer](const Node& node) { return node.second.answer == answer; });
}

void Exchanges::settle(const ExchangeKey& key) {
  Node* node = find_live(key);
  if (node == nullptr) return;
  const std::uint64_t hash = hash_of(key.id);
  live_.erase(hash, node);
  settled_[second_of(crypto::time_of(key.id))].insert(hash, node);
}

void Exchanges::erase(const ExchangeKey& key) {
  Node* node = find_node(key);
  if (node == nullptr) return;
  if (node->second.state == OnceState::kAnswered) answers_.erase(hash_of(node->second.answer), node);
  close(key, node->second, OnceState::kRefused);
  --shares_.at(key.user).kept;
  --size_;
  const std::uint64_t hash = hash_of(key.id);
  if (!live_.erase(hash, node)) {
    const auto settled = settled_.find(second_of(crypto::time_of(key.id)));
    settled->second.erase(hash, node);
    if (settled->second.size() == 0) settled_.erase(settled);
  }
  release(*node);  // and with it `key`, where that is the node's
}

// Nearly always the one that expires first.
void Exchanges::release(const Node& node) {
  const auto bucket = by_expiry_.find(second_of(node.second.expires));
  auto& [all, heaped] = bucket->second;
  if (heaped && all.front().node.get() == &node) {
    std::pop_heap(all.begin(), all.end(), Later{});
  } else {
    const auto at =
        std::find_if(all.begin(), all.end(), [&node](const Expiry& one) { return one.node.get() == &node; });
    CHECK(at != all.end());
    std::swap(*at, all.back());
    heaped = false;
  }
  all.pop_back();
  if (all.empty()) by_expiry_.erase(bucket);
}

const ExchangeKey* Exchanges::first_expiring_before(Instant time) {
  if (by_expiry_.empty() || by_expiry_.begin()->first > second_of(time)) return nullptr;
  auto& [all, heaped] = by_expiry_.begin()->second;
  if (!heaped) std::make_heap(all.begin(), all.end(), Later{});
  heaped = true;
  return all.front().at < time ? &all.front().node->first : nullptr;
}

}  // namespace steelyard::broker
