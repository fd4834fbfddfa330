#include "broker/session.h"

#include <algorithm>

namespace steelyard::broker {

Session* SessionTable::find(const net::ConnectionToken& token) {
  const auto at = by_token_.find(token);
  return at == by_token_.end() ? nullptr : at->second.get();
}

Session* SessionTable::find(SessionNumber number) {
  const auto at = by_number_.find(number);
  return at == by_number_.end() ? nullptr : at->second;
}

Session& SessionTable::add(const net::Arrival& arrival, MemberId member, Duration now) {
  auto session = std::make_unique<Session>(budget_);
  session->number = SessionNumber(++last_number_);
  session->handle = arrival.session;
  session->key = arrival.key;
  session->peer = arrival.peer;
  session->member = std::move(member);
  session->began = now;
  session->heard = now;
  session->pinged = now;
  Session& added = *session;
  by_number_[added.number] = &added;
  by_token_[arrival.session.token] = std::move(session);
  return added;
}

void SessionTable::forget(const net::ConnectionToken& token) {
  const auto at = by_token_.find(token);
  if (at == by_token_.end()) return;
  by_number_.erase(at->second->number);
  by_token_.erase(at);
}

std::size_t SessionTable::up_of(const MemberId& member) const {
  return static_cast<std::size_t>(std::count_if(by_number_.begin(), by_number_.end(), [&](const auto& row) {
    return row.second->phase == SessionPhase::kUp && row.second->member == member;
  }));
}

Session* SessionTable::provider(const DatasetId& dataset) {
  for (const auto& [number, session] : by_number_) {
    const auto& provides = session->provides;
    if (session->phase == SessionPhase::kUp && std::find(provides.begin(), provides.end(), dataset) != provides.end())
      return session;
  }
  return nullptr;
}

std::size_t SessionTable::up() const {
  return static_cast<std::size_t>(std::count_if(
      by_number_.begin(), by_number_.end(), [](const auto& row) { return row.second->phase == SessionPhase::kUp; }));
}

bool SessionTable::queues_empty() const {
  return std::all_of(by_number_.begin(), by_number_.end(), [](const auto& row) {
    return row.second->phase == SessionPhase::kDead || row.second->outbox.empty();
  });
}

void SessionTable::tell_queues(BatchEvent& batch) const {
  batch.queued_in_all = budget_.bytes;
  for (const auto& [number, session] : by_number_)
    if (session->outbox.bytes() > 0) batch.queued[number] = session->outbox.bytes();
}

std::vector<Session*> SessionTable::all() {
  std::vector<Session*> sessions;
  sessions.reserve(by_number_.size());
  for (const auto& [number, session] : by_number_) sessions.push_back(session);
  return sessions;
}

}  // namespace steelyard::broker
