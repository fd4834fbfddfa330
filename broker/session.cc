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
  greeting_[added.key] += 1;
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

void SessionTable::bring_up(Session& session, std::vector<DatasetId> provides) {
  stop_greeting(session);
  session.phase = SessionPhase::kUp;
  session.provides = std::move(provides);
  up_ += 1;
  up_of_[session.member].push_back(&session);
  for (const DatasetId& dataset : session.provides) providers_.emplace(dataset, &session);
}

void SessionTable::take_down(Session& session, SessionPhase phase) {
  stop_greeting(session);
  if (session.phase == SessionPhase::kUp) {
    up_ -= 1;
    const auto of_member = up_of_.find(session.member);
    std::erase(of_member->second, &session);
    if (of_member->second.empty()) up_of_.erase(of_member);
    for (const DatasetId& dataset : session.provides)
      if (const auto at = providers_.find(dataset); at != providers_.end() && at->second == &session)
        providers_.erase(at);
  }
  session.phase = phase;
}

void SessionTable::stop_greeting(const Session& session) {
  if (session.phase != SessionPhase::kConnected) return;
  const auto at = greeting_.find(session.key);
  if (--at->second == 0) greeting_.erase(at);
}

const std::vector<Session*>& SessionTable::up_of(const MemberId& member) const {
  static const std::vector<Session*> none;
  const auto at = up_of_.find(member);
  return at == up_of_.end() ? none : at->second;
}

Session* SessionTable::provider(const DatasetId& dataset) const {
  const auto at = providers_.find(dataset);
  return at == providers_.end() ? nullptr : at->second;
}

std::size_t SessionTable::greeting_with(const net::CurvePublic& key) const {
  const auto at = greeting_.find(key);
  return at == greeting_.end() ? 0 : at->second;
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
