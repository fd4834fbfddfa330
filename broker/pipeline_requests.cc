#include <algorithm>

#include "broker/pipeline_state.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/exchange/actions.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using provenance::OnceState;
using schemas::EntryKind;
using schemas::MessageKind;

namespace {

constexpr std::uint32_t kBusyDelayMs = 250;           // about what a full queue takes to drain
constexpr std::uint32_t kOwnerBehindDelayMs = 1'000;  // half of what may wait for it is answered by then
constexpr std::uint32_t kOwnerAwayDelayMs = 1'000;    // an adapter that reconnects takes that long

}  // namespace

void Pipeline::State::on_request(const Incoming& in, const schemas::Request& request) {
  const ExchangeKey key{request.head.author, request.head.id};
  Exchange* seen = exchanges.find(key);
  // INVARIANT(once): a used id makes no second exchange, whether the bytes are the same or others.
  if (INVARIANT_HOLDS(once, seen == nullptr)) {
    if (seen != nullptr) exchanges.erase(key);
    return on_new_request(in, request, key);
  }
  if (seen->request != in.message.digest) return reject(in, code::id_reused);
  on_repeat(in, request, key, *seen);
}

void Pipeline::State::on_new_request(const Incoming& in, const schemas::Request& request, const ExchangeKey& key) {
  if (scarce) return reject(in, code::unavailable, kNoSpaceDelayMs);
  const Exchanges::Share share = exchanges.share_of(key.user);
  const bool too_many = exchanges.open() >= limits::kOpenExchangesMax || share.open >= limits::kOpenOfMemberMax ||
                        share.kept >= limits::kKeptOfMemberMax;
  Session* provider = provider_of(request.dataset);
  if (draining || too_many || !may_subscribe(request) || !may_weigh() || !has_room(in, provider))
    return reject(in, code::busy, kBusyDelayMs);
  if (provider != nullptr && !provider->pace.has_room(key.user)) return reject(in, code::busy, kOwnerBehindDelayMs);
  exchange::Verdict verdict = weigh(exchange::question_of(request), in.at);
  if (exchange::takes_rows(request.action)) keep_to_quotas(verdict, request.action, in.at);
  if (!verdict.permitted()) return record_refusal(in, request, key, verdict);
  if (provider == nullptr) return reject(in, code::owner_away, kOwnerAwayDelayMs);
  record_grant(in, request, key, verdict, *provider);
}

exchange::Verdict Pipeline::State::weigh(const exchange::Question& question, Instant at) {
  // INVARIANT(deny-on-error): a gate that could not follow a change decides nothing.
  if (!INVARIANT_HOLDS(deny_on_error, !gate_failed)) return exchange::Verdict::refuse(code::policy_error);
  exchange::Verdict verdict = gate.weigh(question, at);
  steps += verdict.steps;
  if (taker != nullptr) *taker += verdict.steps;
  return verdict;
}

// Whoever has few rows left is granted those; what is reserved for requests without an answer yet is not left.
// A subscription has no end and no cap: under a quota there is none (docs/decisions/0016).
void Pipeline::State::keep_to_quotas(exchange::Verdict& verdict, schemas::Action action, Instant at) {
  if (!verdict.permitted()) return;
  const auto on = exchange::quotas_on(registry, verdict.member, verdict.dataset, verdict.agreement);
  if (on.empty()) return;
  const std::uint64_t left = quotas.left(on, at);
  if (action == schemas::Action::kSubscribe)
    verdict = exchange::Verdict::refuse_instead(verdict, code::events_not_counted);
  else if (left == 0)
    verdict = exchange::Verdict::refuse_instead(verdict, code::quota_exceeded);
  else
    gate.limit_rows(verdict, static_cast<std::uint32_t>(std::min<std::uint64_t>(left, limits::kRowsMax)));
}

bool Pipeline::State::may_weigh() const { return taker == nullptr || *taker < limits::kWeighingStepsPerRound; }

KeyId Pipeline::State::reply_key_of(const Incoming& in, const schemas::Request& request) const {
  Session& from = in.session;
  if (from.reply_key.octets != request.reply_key || from.reply_key.algorithm != registry.suite().sealing) {
    from.reply_key = {registry.suite().sealing, request.reply_key};
    from.reply_key_id = from.reply_key.id();
  }
  return from.reply_key_id;
}

provenance::OnceRow Pipeline::State::once_row(const ExchangeKey& key, const Exchange& exchange) const {
  provenance::OnceRow row;
  row.member = key.user;
  row.id = key.id;
  row.digest = exchange.request;
  row.state = exchange.state;
  row.entry = exchange.entry;
  row.closing = exchange.closing;
  row.answer = exchange.answer;
  row.expires = exchange.expires;
  return row;
}

void Pipeline::State::record_refusal(const Incoming& in, const schemas::Request& request, const ExchangeKey& key,
                                     const exchange::Verdict& verdict) {
  ++counters.requests;
  counters.refused.add(verdict.reason());
  Exchange refused;
  refused.state = OnceState::kRefused;
  refused.request = in.message.digest;
  refused.owner = request.head.recipient;
  refused.dataset = request.dataset;
  refused.expires = request.head.expires;
  refused.asker = in.session.number;
  refused.body = exchange::entry_of(verdict, request, in.message.digest, in.at);
  const Written entry = draft.add_of_bundle(refused.body, in.position, verdict.decided_by);
  refused.entry = entry.index;
  refused.closing = entry.index;
  refused.salt = entry.salt;
  refused.commitment = entry.commitment;
  refused.reply = std::make_shared<const Bytes>(
      messages.refusal(key.user, key.id, refused.expires, refused.request, entry, verdict.withheld()));
  draft.put_once(once_row(key, refused));
  Waiting waiting;
  waiting.session = in.session.number;
  waiting.messages.push_back(BrokerMessages::own(MessageKind::kRefusal, refused.reply));
  exchanges.add(key, std::move(refused));
  give_out(entry.index, std::move(waiting), in.at);
}

// After a restart the repeat itself says what was asked; where the answer to that is still the recorded one, the fields
// it concerns are the same. Where it is not, the Refusal goes out without them: the entry never named them.
void Pipeline::State::name_fields_again(const schemas::Request& request, const ExchangeKey& key, Exchange& exchange,
                                        Instant at) {
  exchange.fields_lost = false;
  const exchange::Verdict verdict = weigh(exchange::question_of(request), at);
  if (verdict.reason() != exchange.body.verdict) return;
  const Written entry{exchange.entry, exchange.salt, to_bytes(exchange::encode(exchange.body)), exchange.commitment};
  exchange.reply = std::make_shared<const Bytes>(
      messages.refusal(key.user, key.id, exchange.expires, exchange.request, entry, verdict.withheld()));
}

void Pipeline::State::record_grant(const Incoming& in, const schemas::Request& request, const ExchangeKey& key,
                                   const exchange::Verdict& verdict, Session& provider) {
  ++counters.requests;
  ++counters.granted;
  Exchange granted;
  granted.request = in.message.digest;
  granted.owner = request.head.recipient;
  granted.dataset = request.dataset;
  granted.expires = request.head.expires;
  granted.asker = in.session.number;
  granted.reply_key = reply_key_of(in, request);
  granted.body = exchange::entry_of(verdict, request, in.message.digest, in.at);
  const Written entry = draft.add_of_bundle(granted.body, in.position, verdict.decided_by);
  granted.entry = entry.index;
  granted.salt = entry.salt;
  granted.commitment = entry.commitment;
  granted.weighed = registry.epoch();
  granted.holds_until = verdict.holds_until;
  granted.grant = messages.grant(request, in.message.digest, entry, verdict);
  quotas.record(registry, entry.index, granted.body);
  draft.put_once(once_row(key, granted));
  granted.may_reject = true;
  Waiting waiting = to_owner(in, key, granted);
  reserve(waiting, provider);
  wait_for_answer(key, granted, provider);
  exchanges.add(key, std::move(granted));
  give_out(entry.index, std::move(waiting), in.at);
}

void Pipeline::State::on_repeat(const Incoming& in, const schemas::Request& request, const ExchangeKey& key,
                                Exchange& exchange) {
  ++counters.repeats;
  exchange.asker = in.session.number;
  if (exchange.state == OnceState::kRefused) {
    if (exchange.closing == kNoIndex) return;  // its refusal is about to be recorded, and goes to the asker then
    if (exchange.reply == nullptr) return reject(in, code::gone);
    if (exchange.fields_lost && !may_weigh()) return reject(in, code::busy, kBusyDelayMs);
    if (exchange.fields_lost) name_fields_again(request, key, exchange, in.at);
    Waiting waiting;
    waiting.session = in.session.number;
    waiting.messages.push_back(BrokerMessages::own(MessageKind::kRefusal, exchange.reply));
    return give_out(exchange.closing, std::move(waiting), in.at);
  }
  if (!draft.durable(exchange.entry)) return;  // the first one still waits to go
  const bool weighs = must_weigh(exchange, in.at) || exchange.grant == nullptr;
  if (weighs && !may_weigh()) return reject(in, code::busy, kBusyDelayMs);
  if (Ending why = recheck(exchange, in.at); why.reason != 0) {
    if (exchange.state == OnceState::kOpen) return close_refused(key, exchange, std::move(why));
    return reject(in, code::verdict_changed);
  }
  Session* provider = provider_of(exchange.dataset);
  if (provider == nullptr) return reject(in, code::owner_away, kOwnerAwayDelayMs);
  if (!has_room(in, provider)) return reject(in, code::busy, kBusyDelayMs);
  if (exchange.grant == nullptr && !grant_again(in, request, exchange)) return reject(in, code::gone);
  if (exchange.state == OnceState::kOpen) wait_for_answer(key, exchange, *provider);
  exchange.may_reject = true;
  give_out(exchange.entry, to_owner(in, key, exchange), in.at);
}

// After a restart: what was granted is what is granted now, or it is not given out again. The entry names the agreement
// that decided; the request says in which order the fields were asked for.
bool Pipeline::State::grant_again(const Incoming& in, const schemas::Request& request, Exchange& exchange) {
  const auto recorded = exchange::question_of(exchange.body, registry);
  if (!recorded) return false;
  exchange::Question question = exchange::question_of(request);
  question.agreement = recorded->agreement;
  exchange::Verdict verdict = weigh(question, in.at);
  gate.limit_rows(verdict, exchange.body.count);
  if (!verdict.same_as(exchange.body)) return false;
  const Written entry{exchange.entry, exchange.salt, to_bytes(exchange::encode(exchange.body)), exchange.commitment};
  exchange.grant = messages.grant(request, exchange.request, entry, verdict);
  exchange.reply_key = reply_key_of(in, request);
  return true;
}

// The request beside its grant.
Waiting Pipeline::State::to_owner(const Incoming& in, const ExchangeKey& key, const Exchange& exchange) const {
  Waiting waiting;
  waiting.what = Waiting::What::kForward;
  waiting.key = key;
  waiting.messages.reserve(2);
  waiting.messages.push_back(BrokerMessages::addressed(*exchange.grant, exchange.owner));
  waiting.messages.push_back(forwarded(in));
  return waiting;
}

void Pipeline::State::close_refused(const ExchangeKey& key, Exchange& exchange, Ending why) {
  wait_no_more(key, exchange, false);
  exchanges.close(key, exchange, OnceState::kRefused);
  closes.push_back({key, std::move(why)});
}

void Pipeline::State::record_closes(Instant at) {
  for (const Closing& closing : std::exchange(closes, {})) {
    Exchange* exchange = exchanges.find(closing.key);
    if (exchange == nullptr) continue;
    counters.refused.add(closing.why.reason);
    const Written entry = record_close(closing.key, *exchange, closing.why, at);
    exchange->closing = entry.index;
    exchange->grant.reset();
    exchange->reply = std::make_shared<const Bytes>(
        messages.refusal(closing.key.user, closing.key.id, exchange->expires, exchange->request, entry, {}));
    draft.put_once(once_row(closing.key, *exchange));
    Waiting waiting;
    waiting.session = exchange->asker;
    waiting.messages.push_back(BrokerMessages::own(MessageKind::kRefusal, exchange->reply));
    give_out(entry.index, std::move(waiting), at);
  }
}

Written Pipeline::State::record_close(const ExchangeKey& key, const Exchange& exchange, const Ending& why, Instant at) {
  exchange::EntryBody body = exchange.body;
  body.kind = EntryKind::kRefusal;
  body.verdict = why.reason;
  body.digest = exchange.request;
  body.id = key.id;
  body.returned = {};
  body.terms = {};
  body.epoch = registry.epoch();
  body.time = at;
  body.related = exchange.entry;
  body.count = 0;
  const Written entry = draft.add_own(body, why.decided_by);
  quotas.record(registry, entry.index, body);
  return entry;
}

}  // namespace steelyard::broker
