#include <algorithm>

#include "broker/pipeline_state.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using schemas::MessageKind;
using schemas::StatementKind;

namespace {

// What is left of a store that is all but full is for these: suspending an agreement, withdrawing a member or its keys.
bool stops_something(StatementKind kind) {
  return kind == StatementKind::kAgreementState || kind == StatementKind::kMember;
}

}  // namespace

void Pipeline::State::on_statement(const Incoming& in, const schemas::Statement& statement) {
  if (auto known = statement_of.find(in.message.digest); known != statement_of.end()) {
    ++counters.repeats;
    const KeptStatement& kept = statements[known->second];
    Waiting waiting;
    waiting.session = in.session.number;
    waiting.messages.push_back(
        BrokerMessages::own(MessageKind::kRecorded, messages.recorded(in.session.member, {}, in.at + limits::kLifeMax,
                                                                      kept.digest, kept.index, kept.salt, kept.body)));
    return give_out(kept.index, std::move(waiting), in.at);
  }
  if (scarce && !stops_something(statement.head.kind)) return reject(in, code::unavailable, kNoSpaceDelayMs);
  const Epoch before = registry.epoch();
  const LogIndex index = draft.next_index();
  exchange::StatementBytes bytes{*in.message.envelope, *in.message.payload};
  auto change = registry.apply(bytes, index, in.at);
  if (!change) return reject(in, code::statement_refused);
  ++counters.statements;
  follow_change(*change);

  exchange::EntryBody body;
  body.kind = schemas::EntryKind::kStatement;
  body.digest = in.message.digest;
  body.member = number_of(statement.head.author);
  body.epoch = before;
  body.time = in.at;
  body.related = before;
  const Written entry = draft.add_of_bundle(body, in.position);
  draft.add_statement({index, std::move(bytes)}, std::move(change->rows));

  KeptStatement kept;
  kept.index = index;
  kept.digest = in.message.digest;
  kept.message = forwarded(in);
  kept.salt = entry.salt;
  kept.body = entry.body;
  statement_of.emplace(kept.digest, statements.size());
  statements.push_back(std::move(kept));

  // A session that follows gets the statement with its promise; one that has said it is further on, the promise alone.
  if (in.session.next_statement > index) {
    Waiting promise;
    promise.session = in.session.number;
    promise.messages.push_back(BrokerMessages::own(
        MessageKind::kRecorded, messages.recorded(in.session.member, {}, in.at + limits::kLifeMax, in.message.digest,
                                                  index, entry.salt, entry.body)));
    give_out(index, std::move(promise), in.at);
  }
  Waiting push;
  push.what = Waiting::What::kStatement;
  push.statement = index;
  give_out(index, std::move(push), in.at);
}

void Pipeline::State::follow_change(const exchange::RegistryChange& change) {
  if (gate_failed || !gate.on_change(change)) gate_failed = !gate.rebuild();
}

void Pipeline::State::on_session_up(const SessionUpEvent& event) {
  on_session_down(event.session);
  std::size_t of_member = 0;
  for (const auto& [number, other] : sessions) of_member += other.member == event.member ? 1 : 0;
  if (of_member >= limits::kSessionsPerMemberMax) {
    actions.push_back(CloseAction{event.session, code::too_many_sessions});
    return;
  }
  for (const DatasetId& dataset : event.provides) {
    const bool own = owner_of(dataset) == event.member;
    if (own && !providers.contains(dataset)) continue;
    actions.push_back(CloseAction{event.session, own ? code::dataset_taken : code::author_not_session});
    return;
  }
  for (const DatasetId& dataset : event.provides) providers.emplace(dataset, event.session);
  Session& up = sessions[event.session];
  up.number = event.session;
  up.member = event.member;
  up.provides = event.provides;
  up.next_statement = event.next_statement;
  send_statements(up);
  touched.insert(event.provides.begin(), event.provides.end());
}

void Pipeline::State::on_session_down(SessionNumber number) {
  auto found = sessions.find(number);
  if (found == sessions.end()) return;
  for (const DatasetId& dataset : found->second.provides)
    if (auto provider = providers.find(dataset); provider != providers.end() && provider->second == number)
      providers.erase(provider);
  for (auto& [id, subscription] : streams.subscriptions())
    if (subscription.session == number) subscription.session = {};
  sessions.erase(found);
}

void Pipeline::State::on_sync(const SyncFromEvent& event) {
  auto found = sessions.find(event.session);
  if (found == sessions.end()) return;
  found->second.next_statement = event.from;
  send_statements(found->second);
}

void Pipeline::State::on_room(const RoomEvent& event) {
  auto found = sessions.find(event.session);
  if (found == sessions.end()) return;
  found->second.ahead = event.statements;
  if (found->second.catching_up) send_statements(found->second);
}

std::vector<Pipeline::State::KeptStatement>::const_iterator Pipeline::State::statement_from(LogIndex index) const {
  return std::lower_bound(statements.begin(), statements.end(), index,
                          [](const KeptStatement& kept, LogIndex from) { return kept.index < from; });
}

// Of the durable statements that the session lacks as many as its queue takes; what waited behind the last of them
// follows it.
void Pipeline::State::send_statements(Session& to) {
  std::vector<exchange::OutMessage> some;
  std::size_t bytes = 0;
  auto from = statement_from(to.next_statement);
  // INVARIANT(record-before-forward) for statements.
  const auto more = [&] {
    return from != statements.end() && INVARIANT_HOLDS(record_before_forward, draft.durable(from->index));
  };
  for (; more() && to.ahead < limits::kStatementsAheadMax && bytes < limits::kFrameBytesMax; ++from) {
    to.next_statement = LogIndex(from->index.value + 1);
    if (!append_statement(*from, to, some)) continue;
    ++to.ahead;
    bytes += from->message.framed_bytes();
  }
  to.catching_up = more();
  if (!some.empty()) actions.push_back(SendAction{to.number, std::move(some)});
  if (to.catching_up) return;
  for (auto& behind : to.held) actions.push_back(SendAction{to.number, std::move(behind)});
  to.held.clear();
  to.held_bytes = 0;
}

// No more than its queue may take of requests, so that all of it finds room there. Who follows so slowly that it
// overflows is as good as one that reads nothing.
void Pipeline::State::hold(Session& to, std::vector<exchange::OutMessage> what) {
  for (const exchange::OutMessage& message : what) to.held_bytes += message.framed_bytes();
  to.held.push_back(std::move(what));
  if (to.held_bytes <= limits::kSessionQueueBytesMax / limits::kQueueShareOfRequests) return;
  to.held.clear();
  to.held_bytes = 0;
  actions.push_back(CloseAction{to.number, code::busy});
}

// False: without its author's bundle nobody could verify it. `steelyard init` signs the genesis as a bundle of its own,
// so this holds back nothing but statements that something else wrote into the store.
bool Pipeline::State::append_statement(const KeptStatement& kept, const Session& to,
                                       std::vector<exchange::OutMessage>& all) const {
  if (!kept.message.proof) return false;
  all.push_back(kept.message);
  Instant time;
  if (auto body = exchange::decode_entry(kept.body)) time = body->time;
  all.push_back(BrokerMessages::own(
      MessageKind::kRecorded,
      messages.recorded(to.member, {}, time + limits::kLifeMax, kept.digest, kept.index, kept.salt, kept.body)));
  return true;
}

}  // namespace steelyard::broker
