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

std::size_t Exchanges::Hash::operator()(const ExchangeKey& key) const {
  std::array<char, 24> octets;
  std::memcpy(octets.data(), &seed, 8);
  std::memcpy(octets.data() + 8, key.id.octets.data(), 16);
  return std::hash<std::string_view>{}({octets.data(), octets.size()});
}

Exchanges::Table* Exchanges::settled_with(const ExchangeId& id) {
  const auto found = settled_.find(second_of(crypto::time_of(id)));
  return found == settled_.end() ? nullptr : &found->second;
}

Exchanges::Table& Exchanges::make_settled_with(const ExchangeId& id) {
  return settled_.try_emplace(second_of(crypto::time_of(id)), 16, live_.hash_function()).first->second;
}

Exchanges::Node* Exchanges::find_node(const ExchangeKey& key) {
  if (const auto found = live_.find(key); found != live_.end()) return &*found;
  Table* settled = settled_with(key.id);
  if (settled == nullptr) return nullptr;
  const auto found = settled->find(key);
  return found == settled->end() ? nullptr : &*found;
}

Exchange* Exchanges::find(const ExchangeKey& key) {
  Node* node = find_node(key);
  return node == nullptr ? nullptr : &node->second;
}

Exchanges::Node* Exchanges::find_request_in(Table& table, const ExchangeId& id, const Digest& request) {
  const std::size_t bucket = table.bucket({{}, id});
  const auto found = std::find_if(table.begin(bucket), table.end(bucket), [&](const Node& node) {
    return node.first.id == id && node.second.request == request && node.second.state != OnceState::kRefused;
  });
  return found == table.end(bucket) ? nullptr : &*found;
}

Exchanges::Node* Exchanges::find_request(const ExchangeId& id, const Digest& request) {
  if (Node* live = find_request_in(live_, id, request)) return live;
  Table* settled = settled_with(id);
  return settled == nullptr ? nullptr : find_request_in(*settled, id, request);
}

Exchange& Exchanges::add(const ExchangeKey& key, Exchange exchange) {
  Share& share = shares_[key.user];
  ++share.kept;
  if (exchange.state == OnceState::kOpen) {
    ++open_;
    ++share.open;
    opened_.emplace_back(exchange.body.time, key);
  }
  const bool ended = exchange.state == OnceState::kRefused;
  Table& table = ended ? make_settled_with(key.id) : live_;
  settled_size_ += ended ? 1 : 0;
  auto [at, added] = table.emplace(key, std::move(exchange));
  CHECK(added);
  Node& node = *at;
  if (node.second.state == OnceState::kAnswered) answers_.insert(node.second.answer, &node);
  Expiring& expiring = by_expiry_[second_of(node.second.expires)];
  expiring.all.push_back({node.second.expires, &node});
  if (expiring.heaped) std::push_heap(expiring.all.begin(), expiring.all.end(), Later{});
  return node.second;
}

std::optional<OpenExchange> Exchanges::oldest_open() {
  for (; !opened_.empty(); opened_.pop_front()) {
    const auto first = live_.find(opened_.front().second);
    if (first != live_.end() && first->second.state == OnceState::kOpen)
      return OpenExchange{opened_.front().first, first->second.owner, first->second.dataset};
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
  answers_.insert(answer, find_node(key));
}

const Exchanges::Node* Exchanges::find_answer(const Digest& answer) const {
  return answers_.find(answer, [&answer](const Node& node) { return node.second.answer == answer; });
}

void Exchanges::settle(const ExchangeKey& key) {
  auto node = live_.extract(key);
  if (!node) return;
  make_settled_with(key.id).insert(std::move(node));
  ++settled_size_;
}

void Exchanges::erase(const ExchangeKey& key) {
  Node* node = find_node(key);
  if (node == nullptr) return;
  if (node->second.state == OnceState::kAnswered) answers_.erase(node->second.answer, node);
  close(key, node->second, OnceState::kRefused);
  --shares_.at(key.user).kept;
  forget_expiry(*node);
  const ExchangeKey own = key;  // `key` may be the node's
  if (live_.erase(own) != 0) return;
  Table& settled = *settled_with(own.id);
  settled.erase(own);
  --settled_size_;
  if (settled.empty()) settled_.erase(second_of(crypto::time_of(own.id)));
}

// Nearly always the one that expires first.
void Exchanges::forget_expiry(const Node& node) {
  const auto bucket = by_expiry_.find(second_of(node.second.expires));
  auto& [all, heaped] = bucket->second;
  if (heaped && all.front().node == &node) {
    std::pop_heap(all.begin(), all.end(), Later{});
    all.pop_back();
  } else {
    const auto at = std::find_if(all.begin(), all.end(), [&node](const Expiry& one) { return one.node == &node; });
    CHECK(at != all.end());
    all.erase(at);
    heaped = false;
  }
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
