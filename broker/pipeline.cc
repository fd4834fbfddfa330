#include "broker/pipeline.h"

#include <algorithm>
#include <cstring>

#include "broker/pipeline_state.h"
#include "core/base/check.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using provenance::OnceState;
using schemas::EntryKind;
using schemas::MessageKind;

namespace {

std::uint64_t seed_from(const std::function<void(std::span<std::uint8_t>)>& random) {
  std::array<std::uint8_t, 8> octets{};
  random(octets);
  return get_le<std::uint64_t>(octets.data());
}

}  // namespace

Pipeline::State::State(PipelineStart start)
    : registry(std::move(start.registry)),
      gate(registry),
      bundle_key(start.bundle_key),
      draft(start.recovered, start.random),
      messages(registry.origin(), start.bundle_key),
      exchanges(seed_from(start.random)),
      quotas(std::move(start.quotas)),
      received_of_member_max(start.hand_overs_of_member_max) {
  CHECK(!registry.empty());
  draft.use(registry.suite());
  gate_failed = !gate.rebuild();
  recover_statements(start);
  recover_exchanges(start);
  recover_handovers(start);
  recover_streams(start);
}

void Pipeline::State::recover_statements(PipelineStart& start) {
  CHECK(start.statement_entries.size() == start.recovered.statements.size());
  for (std::size_t i = 0; i < start.recovered.statements.size(); ++i) {
    provenance::StatementRow& row = start.recovered.statements[i];
    auto& [entry, proof] = start.statement_entries[i];
    KeptStatement kept;
    kept.index = row.index;
    kept.digest = exchange::statement_digest(registry.suite(), row.statement.document);
    if (auto body = exchange::decode_entry(entry.body)) kept.digest = body->digest;
    kept.message.kind = MessageKind::kStatement;
    kept.message.envelope = std::make_shared<const Bytes>(std::move(row.statement.document));
    kept.message.payload = std::make_shared<const Bytes>(std::move(row.statement.signatures));
    kept.message.proof = std::move(proof);
    kept.salt = entry.salt;
    kept.body = std::move(entry.body);
    statement_of.emplace(kept.digest, statements.size());
    statements.push_back(std::move(kept));
  }
}

void Pipeline::State::recover_exchanges(const PipelineStart& start) {
  std::map<LogIndex, const provenance::StoredEntry*> entries;
  for (const provenance::StoredEntry& entry : start.once_entries) entries[entry.index] = &entry;
  for (const provenance::OnceRow& row : start.recovered.once) {
    const ExchangeKey key{row.member, row.id};
    Exchange exchange;
    exchange.state = row.state;
    exchange.request = row.digest;
    exchange.entry = row.entry;
    exchange.closing = row.closing;
    exchange.answer = row.answer;
    exchange.expires = row.expires;
    exchange.weighed = kNoIndex;  // weighed again before anything is done with it
    if (auto at = entries.find(row.entry); at != entries.end()) {
      exchange.salt = at->second->salt;
      exchange.commitment = at->second->commitment;
      if (auto body = exchange::decode_entry(at->second->body)) exchange.body = *body;
    }
    if (const auto* subject = registry.subject_at(exchange.body.dataset)) {
      exchange.dataset = DatasetId(subject->subject);
      exchange.owner = owner_of(exchange.dataset);
    }
    exchange.fields_lost = row.state == OnceState::kRefused && row.closing == row.entry;
    const LogIndex last = row.closing == kNoIndex ? row.entry : row.closing;
    auto at = entries.find(last);
    if (row.state != OnceState::kOpen && at != entries.end()) {
      const provenance::StoredEntry& entry = *at->second;
      const Written written{entry.index, entry.salt, entry.body, entry.commitment};
      exchange.reply = std::make_shared<const Bytes>(
          row.state == OnceState::kRefused
              ? messages.refusal(row.member, row.id, row.expires, row.digest, written, {})
              : messages.recorded(row.member, row.id, row.expires, row.answer, entry.index, entry.salt, entry.body));
    }
    exchanges.add(key, std::move(exchange));
  }
}

void Pipeline::State::recover_handovers(const PipelineStart& start) {
  for (const provenance::StoredEntry& entry : start.recovered.handovers) {
    const auto body = exchange::decode_entry(entry.body);
    if (!body) continue;
    const auto* author = registry.subject_at(body->member);
    if (author == nullptr) continue;
    // Its `expires` is not in the log: this is the latest that it can be.
    keep_handover(body->digest, {entry.index, entry.salt, entry.body, MemberId(author->subject)},
                  body->time + limits::kSkew + limits::kLifeMax);
  }
}

Instant Pipeline::State::log_time(Now now) const { return std::max(draft.last_time(), clock.believed(now)); }

void Pipeline::State::observe_clock(Now now) {
  clock.observe(now);
  const bool wrong = clock.wrong(now);
  if (wrong && !clock_wrong) ++counters.clock_jumps;
  clock_wrong = wrong;
}

Pipeline::State::Session* Pipeline::State::session(SessionNumber number) {
  auto found = sessions.find(number);
  return found == sessions.end() ? nullptr : &found->second;
}

LogIndex Pipeline::State::number_of(const MemberId& member) const {
  const exchange::MemberRecord* record = registry.member(member);
  return record == nullptr ? kNoIndex : record->number;
}

void Pipeline::State::send(SessionNumber to, std::vector<exchange::OutMessage> what) {
  auto found = sessions.find(to);
  if (what.empty() || found == sessions.end()) return;
  for (const exchange::OutMessage& message : what) found->second.queued += message.framed_bytes();
  if (found->second.catching_up) return hold(found->second, std::move(what));
  actions.push_back(SendAction{to, std::move(what)});
}

void Pipeline::State::give_out(LogIndex needs, Waiting waiting, Instant at) {
  // INVARIANT(record-before-forward): what rests on an entry leaves when that entry is durable.
  if (!INVARIANT_HOLDS(record_before_forward, draft.durable(needs)))
    draft.wait_for(needs, std::move(waiting));
  else if (due.empty())
    give_out_now(std::move(waiting), at);
  else
    due.push_back(std::move(waiting));  // behind what has waited longer
}

// As much of it as one step weighs again: a statement, or a policy that looks at the time, has all that is open weighed
// anew when it moves on.
void Pipeline::State::give_out_due(Instant at) {
  while (!due.empty() && steps < limits::kWeighingStepsPerRound) {
    Waiting next = std::move(due.front());
    due.pop_front();
    give_out_now(std::move(next), at);
  }
}

void Pipeline::State::give_out_now(Waiting waiting, Instant at) {
  if (waiting.what == Waiting::What::kPlain) return send(waiting.session, std::move(waiting.messages));
  if (waiting.what == Waiting::What::kStatement) {
    for (auto& [number, to] : sessions)
      if (to.next_statement <= waiting.statement) send_statements(to);
    return;
  }
  if (waiting.what == Waiting::What::kStream) return stream_moved(*waiting.stream);
  if (auto owner = sessions.find(waiting.session); waiting.reserved > 0 && owner != sessions.end())
    owner->second.coming -= waiting.reserved;
  Exchange* exchange = exchanges.find(waiting.key);
  if (exchange == nullptr || exchange->state == OnceState::kRefused) return;
  if (Ending why = recheck(*exchange, at); why.reason != 0) {
    if (exchange->state == OnceState::kOpen) return close_refused(waiting.key, *exchange, std::move(why));
    // Answered and recorded, but stopped before it was delivered: its close stands, its user is told.
    return send(exchange->asker, {messages.rejection(waiting.key.user, waiting.key.id, exchange->expires,
                                                     exchange->request, code::verdict_changed, 0)});
  }
  if (waiting.what == Waiting::What::kForward) {
    auto provider = providers.find(exchange->dataset);
    if (provider != providers.end()) send(provider->second, std::move(waiting.messages));
    return;
  }
  if (session(exchange->asker) == nullptr) return;
  send(exchange->asker, std::move(waiting.messages));
  exchange->grant.reset();  // a repeat makes it anew
  exchanges.settle(waiting.key);
}

void Pipeline::State::on_committed(const CommittedEvent& event) {
  for (Waiting& waiting : draft.committed(event.number, event.first)) due.push_back(std::move(waiting));
}

void Pipeline::State::on_tick(Now now) {
  for (auto& [number, session] : sessions) session.pace.tick(now.monotonic);
  end_expired(log_time(now));
  age_streams(now);
  sum_rejections(now, false);
}

// So many at once, and so many a commit: what one member has had expire at one instant keeps nobody waiting.
void Pipeline::State::end_expired(Instant at) {
  const Instant past = at - limits::kSkew;
  std::size_t room = limits::kExpiredPerStep;
  for (; room > 0 && draft.takes_ends(); --room) {
    const ExchangeKey* first = exchanges.first_expiring_before(past);
    if (first == nullptr) break;
    const ExchangeKey key = *first;
    end_exchange(key, *exchanges.find(key), at);
  }
  for (; room > 0 && !received_expiry.empty() && received_expiry.begin()->first < past; --room) {
    const auto stale = received.find(received_expiry.begin()->second);
    if (const auto of = received_of.find(stale->second.author); --of->second == 0) received_of.erase(of);
    received.erase(stale);
    received_expiry.erase(received_expiry.begin());
  }
  expired_left = room == 0 || !draft.takes_ends();
}

void Pipeline::State::end_exchange(const ExchangeKey& key, Exchange& exchange, Instant at) {
  draft.make_room(1);  // its close and its end stand in one batch
  if (exchange.state == OnceState::kOpen) {
    ++counters.closed_unanswered;
    const Written entry = record_close(key, exchange, {code::unanswered}, at);
    Waiting refusal;
    refusal.session = exchange.asker;
    refusal.messages.push_back(BrokerMessages::own(
        MessageKind::kRefusal, messages.refusal(key.user, key.id, exchange.expires, exchange.request, entry, {})));
    give_out(entry.index, std::move(refusal), at);
  }
  wait_no_more(key, exchange, false);
  draft.end_once(key, exchange.closing == kNoIndex ? exchange.entry : exchange.closing);
  exchanges.erase(key);
}

void Pipeline::State::sum_rejections(Now now, bool all) {
  if (scarce) return;
  while (auto sum = sums.take(now.monotonic, all)) {
    exchange::EntryBody body;
    body.kind = EntryKind::kRejections;
    body.verdict = sum->reason;
    body.digest = sum->digest;
    body.member = number_of(sum->member);
    body.epoch = registry.epoch();
    body.time = log_time(now);
    body.count = sum->count;
    draft.add_own(body);
  }
}

void Pipeline::State::finish_step(Now now) {
  give_out_due(log_time(now));
  record_closes(log_time(now));
  deliver_due(log_time(now));
  record_stops(log_time(now));
  tell_streams();
  if (auto batch = draft.next_append())
    actions.push_back(AppendAction{std::make_unique<provenance::Batch>(std::move(*batch))});
}

Pipeline::Pipeline(PipelineStart start) : state_(std::make_unique<State>(std::move(start))) {}
Pipeline::~Pipeline() = default;

Actions Pipeline::step(Event event, Now now) {
  State& state = *state_;
  struct Visit {
    State& state;
    Now now;
    void operator()(BatchEvent& batch) { state.on_batch(std::move(batch), now); }
    void operator()(const CommittedEvent& committed) { state.on_committed(committed); }
    void operator()(const SessionUpEvent& up) { state.on_session_up(up); }
    void operator()(const SessionDownEvent& down) { state.on_session_down(down.session); }
    void operator()(const SyncFromEvent& sync) { state.on_sync(sync); }
    void operator()(const RoomEvent& room) { state.on_room(room); }
    void operator()(const TickEvent&) { state.on_tick(now); }
    void operator()(const GoOnEvent&) { state.end_expired(state.log_time(now)); }
    void operator()(const DrainEvent&) {
      state.draining = true;
      state.sum_rejections(now, true);
    }
    void operator()(const SpaceEvent& space) { state.scarce = space.scarce; }
    void operator()(const ConfirmClockEvent&) {
      state.clock.confirm(now);
      state.observe_clock(now);
    }
  };
  state.steps = 0;
  state.observe_clock(now);
  std::visit(Visit{state, now}, event);
  state.finish_step(now);
  Actions actions = std::move(state.actions);
  state.actions.clear();
  return actions;
}

const exchange::Registry& Pipeline::registry() const { return state_->registry; }
const PipelineCounters& Pipeline::counters() const { return state_->counters; }
const Quotas& Pipeline::quotas() const { return state_->quotas; }
std::size_t Pipeline::open_exchanges() const { return state_->exchanges.open(); }
std::size_t Pipeline::open_exchanges(const MemberId& user) const { return state_->exchanges.share_of(user).open; }
std::optional<OpenExchange> Pipeline::oldest_open() { return state_->exchanges.oldest_open(); }
std::size_t Pipeline::statements_behind(SessionNumber number) const {
  const State::Session* session = state_->session(number);
  if (session == nullptr || session->next_statement == kNoIndex) return 0;
  return static_cast<std::size_t>(state_->statements.end() - state_->statement_from(session->next_statement));
}
bool Pipeline::more() const {
  return !state_->due.empty() || !state_->deliverable.empty() || (state_->expired_left && state_->draft.takes_ends());
}
std::size_t Pipeline::subscriptions() const { return state_->streams.subscriptions().size(); }
std::size_t Pipeline::spooled_bytes() const { return state_->streams.bytes(); }
bool Pipeline::append_in_flight() const { return state_->draft.in_flight(); }
bool Pipeline::log_behind() const { return state_->draft.behind(); }
bool Pipeline::clock_wrong() const { return state_->clock_wrong; }
Instant Pipeline::log_time(Now now) const { return state_->log_time(now); }

}  // namespace steelyard::broker
