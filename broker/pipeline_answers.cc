#include <algorithm>
#include <utility>

#include "broker/pipeline_state.h"
#include "core/base/limits.h"
#include "core/exchange/actions.h"
#include "core/exchange/answer_check.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using provenance::OnceState;
using schemas::EntryKind;
using schemas::MessageKind;

namespace {

exchange::Granted granted_of(const ExchangeKey& key, const Exchange& exchange, const std::vector<FieldName>& names) {
  exchange::Granted granted;
  granted.request = exchange.request;
  granted.entry = exchange.commitment;
  granted.user = key.user;
  granted.owner = exchange.owner;
  granted.id = key.id;
  granted.expires = exchange.expires;
  granted.reply_key = exchange.reply_key;
  granted.fields.reserve(names.size());
  for (std::size_t i = 0; i < names.size(); ++i)
    if (exchange.body.returned.has(i)) granted.fields.push_back(names[i]);
  granted.rows_max = exchange::takes_rows(exchange.body.action) ? exchange.body.count : 0;
  return granted;
}

// What an owner may say of a request; anything else would be the broker's own word in its mouth.
bool owner_may_say(ErrorCode why) {
  switch (why) {
    case code::malformed:
    case code::stale:
    case code::unknown_key:
    case code::author_not_session:
    case code::wrong_origin:
    case code::wrong_recipient:
    case code::gone:
    case code::busy:
    case code::proof_invalid:
    case code::grant_outside_agreement:
    case code::verification_failed: return true;
    default:  // its verdict on the request, its source, or what it stopped itself
      return (why >= 100 && why < 300 && schemas::error_row(why) != nullptr) || why == code::withdrawn_locally;
  }
}

}  // namespace

void Pipeline::State::on_answer(const Incoming& in, const schemas::Answer& answer) {
  const ExchangeKey key{answer.head.recipient, answer.head.id};
  Exchange* exchange = exchanges.find(key);
  if (exchange == nullptr || exchange->state == OnceState::kRefused) return reject(in, code::unexpected_answer);
  const std::vector<FieldName>* names = registry.fields_at(exchange->body.dataset);
  if (names == nullptr) return reject(in, code::unexpected_answer);
  if (auto kept = exchange::check_answer(answer, answer.head.author, granted_of(key, *exchange, *names)); !kept)
    return reject(in, kept.error().code != 0 ? kept.error().code : code::answer_outside_grant);
  if (!may_start(answer, *exchange)) return reject(in, code::answer_outside_grant);
  if (exchange->state == OnceState::kAnswered && exchange->answer != in.message.digest)
    return reject(in, code::unexpected_answer);
  // An owner whose own policies take that long: its user asks again, and is given the answer then.
  if (must_weigh(*exchange, in.at) && !may_weigh()) return reject(in, code::busy);
  if (Ending why = recheck(*exchange, in.at); why.reason != 0) {
    if (exchange->state == OnceState::kOpen)
      close_refused(key, *exchange, std::move(why));
    else
      send(exchange->asker,
           {messages.rejection(key.user, key.id, exchange->expires, exchange->request, code::verdict_changed, 0)});
    return reject(in, code::verdict_changed);
  }
  if (exchange->state == OnceState::kOpen) record_answer(in, answer, key, *exchange, *names);
  deliver(in, key, *exchange);
}

void Pipeline::State::record_answer(const Incoming& in, const schemas::Answer& answer, const ExchangeKey& key,
                                    Exchange& exchange, const std::vector<FieldName>& names) {
  ++counters.answered;
  exchange::EntryBody body = exchange.body;
  body.kind = EntryKind::kAnswer;
  body.verdict = answer.reason;
  body.digest = in.message.digest;
  body.id = key.id;
  body.member = number_of(exchange.owner);
  body.peer = number_of(key.user);
  body.returned = {};
  for (const FieldName& field : answer.fields)
    if (auto at = std::find(names.begin(), names.end(), field); at != names.end())
      body.returned.add(static_cast<std::size_t>(at - names.begin()));
  body.epoch = registry.epoch();
  body.time = in.at;
  body.related = exchange.entry;
  body.count = answer.rows;
  const Written entry = draft.add_of_bundle(body, in.position);
  quotas.record(registry, entry.index, body);
  wait_no_more(key, exchange, true);
  exchanges.answered(key, exchange, in.message.digest);
  exchange.closing = entry.index;
  exchange.reply = std::make_shared<const Bytes>(
      messages.recorded(key.user, key.id, exchange.expires, exchange.answer, entry.index, entry.salt, entry.body));
  draft.put_once(once_row(key, exchange));
  if (!answer.view.is_zero()) start_subscription(answer, key, exchange, in);
}

void Pipeline::State::deliver(const Incoming& in, const ExchangeKey& key, const Exchange& exchange) {
  // Without a grant nobody waits: the asker of before a restart is gone, or has the answer already.
  if (exchange.grant == nullptr || exchange.reply == nullptr) return;
  Waiting waiting;
  waiting.what = Waiting::What::kDeliver;
  waiting.key = key;
  waiting.messages.reserve(3);
  waiting.messages.push_back(BrokerMessages::addressed(*exchange.grant, key.user));
  waiting.messages.push_back(forwarded(in));
  waiting.messages.push_back(BrokerMessages::own(MessageKind::kRecorded, exchange.reply));
  give_out(exchange.closing, std::move(waiting), in.at);
}

// INVARIANT(once) for hand-overs: a repeat makes no new entry, after a restart either. It names answers that the broker
// recorded for its author and keeps: nobody fills log or memory with what it never got.
void Pipeline::State::on_received(const Incoming& in, const schemas::Received& handed) {
  if (!handed.subscription.is_zero()) return on_range(in, handed);
  auto known = received.find(in.message.digest);
  if (known == received.end()) {
    if (scarce) return reject(in, code::unavailable);  // its author repeats it
    const bool all_known = std::all_of(handed.answers.begin(), handed.answers.end(), [&](const Digest& answer) {
      const auto* answered = exchanges.find_answer(answer);
      return answered != nullptr && answered->first.user == handed.head.author;
    });
    if (!all_known) return reject(in, code::unknown_answer);
    const auto of = received_of.find(handed.head.author);
    if (of != received_of.end() && of->second >= received_of_member_max) return reject(in, code::busy);
    ++counters.received;
    exchange::EntryBody body;
    body.kind = EntryKind::kReceived;
    body.digest = in.message.digest;
    body.id = handed.head.id;
    body.member = number_of(handed.head.author);
    body.epoch = registry.epoch();
    body.time = in.at;
    body.count = static_cast<std::uint32_t>(handed.answers.size());
    Written entry = draft.add_of_bundle(body, in.position);
    draft.add_handover({entry.index, handed.answers});
    keep_handover(in.message.digest, {entry.index, entry.salt, std::move(entry.body), handed.head.author},
                  handed.head.expires);
    known = received.find(in.message.digest);
  } else {
    ++counters.repeats;
  }
  const KeptReceived& kept = known->second;
  Waiting waiting;
  waiting.session = in.session.number;
  waiting.messages.push_back(BrokerMessages::own(
      MessageKind::kRecorded, messages.recorded(handed.head.author, handed.head.id, handed.head.expires,
                                                in.message.digest, kept.index, kept.salt, kept.body)));
  give_out(kept.index, std::move(waiting), in.at);
}

void Pipeline::State::keep_handover(const Digest& digest, KeptReceived kept, Instant expires) {
  ++received_of[kept.author];
  received_expiry.emplace(expires, digest);
  received.emplace(digest, std::move(kept));
}

// An owner's no that is no answer: `gone`, `busy`, `grant-outside-agreement`... It is said to the user and closes
// nothing: another repeat may still be answered.
void Pipeline::State::on_rejection(const Incoming& in, const schemas::Rejection& rejection) {
  auto* found = exchanges.find_request(rejection.head.id, rejection.rejected);
  if (found == nullptr || found->second.owner != in.session.member || !owner_may_say(rejection.code) ||
      !draft.durable(found->second.entry)) {
    ++counters.ignored;
    return;
  }
  auto& [key, exchange] = *found;
  if (!std::exchange(exchange.may_reject, false)) {  // said already: one for each time that it went there
    ++counters.ignored;
    return;
  }
  wait_no_more(key, exchange, true);
  counters.relayed.add(rejection.code);
  send(exchange.asker,
       {messages.rejection(key.user, key.id, exchange.expires, exchange.request, rejection.code, rejection.delay_ms)});
}

}  // namespace steelyard::broker
