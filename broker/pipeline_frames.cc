#include <algorithm>
#include <utility>

#include "broker/pipeline_state.h"
#include "core/base/check.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "core/exchange/freshness.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using schemas::MessageKind;

namespace {

// A Statement has no head, and what did not decode has none that may be read.
const schemas::Head* head_of(const Arrived& message) {
  struct Visit {
    const schemas::Head* operator()(const std::monostate&) const { return nullptr; }
    const schemas::Head* operator()(const schemas::Statement&) const { return nullptr; }
    const schemas::Head* operator()(const schemas::Request& m) const { return &m.head; }
    const schemas::Head* operator()(const schemas::Answer& m) const { return &m.head; }
    const schemas::Head* operator()(const schemas::Received& m) const { return &m.head; }
    const schemas::Head* operator()(const schemas::Event& m) const { return &m.head; }
    const schemas::Head* operator()(const schemas::Rejection& m) const { return &m.head; }
  };
  return std::visit(Visit{}, message.decoded);
}

bool has_statement(const ArrivedFrame& frame) {
  return std::any_of(frame.messages.begin(), frame.messages.end(),
                     [](const Arrived& message) { return message.kind == MessageKind::kStatement; });
}

}  // namespace

void Pipeline::State::on_batch(BatchEvent event, Now now) {
  // Statements go ahead of what waits; a bundle stays whole, so its frame does.
  note_queues(event);
  steps_of.clear();
  std::stable_partition(event.frames.begin(), event.frames.end(), has_statement);
  for (const ArrivedFrame& frame : event.frames)
    if (Session* from = session(frame.session)) on_frame(frame, *from, now);
}

void Pipeline::State::on_frame(const ArrivedFrame& frame, Session& from, Now now) {
  const Instant at = log_time(now);
  ErrorCode why = frame.bundle == nullptr ? frame.why : 0;
  // INVARIANT(author-is-session)
  if (frame.bundle != nullptr && !INVARIANT_HOLDS(author_is_session, frame.bundle->author == from.member))
    why = code::author_not_session;
  if (frame.bundle == nullptr || why != 0) return reject(from, {}, at + limits::kLifeMax, {}, why, 0, now.monotonic);

  CHECK(frame.bundle->digests.size() == frame.messages.size());
  draft.make_room(frame.messages.size());
  draft.begin_bundle(*frame.bundle);
  taker = &steps_of[from.member];
  for (std::size_t i = 0; i < frame.messages.size(); ++i) on_message({frame, frame.messages[i], i, from, now, at});
  taker = nullptr;
  draft.end_bundle();
  record_closes(at);
  record_stops(at);
}

void Pipeline::State::on_message(const Incoming& in) {
  if (clock_wrong || in.now.wall < draft.last_time() - limits::kSkew) return reject(in, code::clock_wrong);
  if (registry.key(in.frame.bundle->author, in.frame.bundle->key, schemas::KeyUse::kMessage) == nullptr)
    return reject(in, code::unknown_key);
  if (std::holds_alternative<std::monostate>(in.message.decoded)) return reject(in, in.message.malformed);
  if (const auto* statement = std::get_if<schemas::Statement>(&in.message.decoded)) return on_statement(in, *statement);

  const schemas::Head& head = *head_of(in.message);
  const ErrorCode wrong = check_head(in, head);
  if (const auto* rejection = std::get_if<schemas::Rejection>(&in.message.decoded)) {
    if (wrong == 0)
      on_rejection(in, *rejection);
    else
      ++counters.ignored;
    return;  // a rejection is never rejected: two sides would never end
  }
  if (wrong != 0) return reject(in, wrong);
  // Sequence stands in place of freshness.
  if (const auto* event = std::get_if<schemas::Event>(&in.message.decoded)) return on_event(in, *event);
  if (!exchange::check_freshness(head, in.at)) return reject(in, code::stale);
  if (const auto* request = std::get_if<schemas::Request>(&in.message.decoded)) return on_request(in, *request);
  if (const auto* answer = std::get_if<schemas::Answer>(&in.message.decoded)) return on_answer(in, *answer);
  if (const auto* handed = std::get_if<schemas::Received>(&in.message.decoded)) return on_received(in, *handed);
}

ErrorCode Pipeline::State::check_head(const Incoming& in, const schemas::Head& head) const {
  if (head.origin != registry.origin()) return code::wrong_origin;
  // INVARIANT(author-is-session)
  if (!INVARIANT_HOLDS(author_is_session, head.author == in.session.member)) return code::author_not_session;
  if (head.key != in.frame.bundle->key) return code::unknown_key;
  const auto* request = std::get_if<schemas::Request>(&in.message.decoded);
  if (request != nullptr && head.recipient != owner_of(request->dataset)) return code::wrong_recipient;
  const bool of_broker = in.message.kind == MessageKind::kReceived || in.message.kind == MessageKind::kEvent;
  if (of_broker && head.recipient.text != registry.origin()) return code::wrong_recipient;
  return 0;  // an answer's recipient is a part of the key that finds its exchange
}

void Pipeline::State::reject(const Incoming& in, ErrorCode why, std::uint32_t delay_ms) {
  const schemas::Head* head = head_of(in.message);
  const ExchangeId id = head == nullptr ? ExchangeId{} : head->id;
  const Instant expires = head == nullptr ? in.at + limits::kLifeMax : head->expires;
  reject(in.session, id, expires, in.message.digest, why, delay_ms, in.now.monotonic);
}

void Pipeline::State::reject(const Session& to, const ExchangeId& id, Instant expires, const Digest& digest,
                             ErrorCode why, std::uint32_t delay_ms, Duration monotonic) {
  counters.rejected.add(why);
  counters.rejected_of.add(std::pair(why, to.member));
  sums.add(registry.suite(), to.member, why, digest, monotonic);
  send(to.number, {messages.rejection(to.member, id, expires, digest, why, delay_ms)});
}

void Pipeline::State::note_queues(const BatchEvent& event) {
  queued_in_all = event.queued_in_all;
  for (auto& [number, of] : sessions) {
    const auto found = event.queued.find(number);
    of.queued = of.held_bytes + (found == event.queued.end() ? 0 : found->second);
    queued_in_all += of.held_bytes;
  }
}

Pipeline::State::Session* Pipeline::State::provider_of(const DatasetId& dataset) {
  const auto provider = providers.find(dataset);
  return provider == providers.end() ? nullptr : &sessions.at(provider->second);
}

// Whether the owner's queue takes this request with its grant, and the user's an answer, and all queues together more.
// A user that asks faster than an owner reads is told to wait; it does not push the owner off the bus.
bool Pipeline::State::has_room(const Incoming& in, const Session* provider) const {
  constexpr std::size_t kMost = limits::kSessionQueueBytesMax / limits::kQueueShareOfRequests;
  if (queued_in_all > limits::kQueueBytesMax / limits::kQueueShareOfRequests || in.session.queued > kMost) return false;
  if (provider == nullptr) return true;  // owner_away is what it will be told
  return provider->queued + provider->coming + in.message.envelope->size() + in.message.payload->size() +
             limits::kGrantBytesUsual <=
         kMost;
}

void Pipeline::State::reserve(Waiting& waiting, Session& provider) {
  waiting.session = provider.number;
  for (const auto& message : waiting.messages) waiting.reserved += message.framed_bytes();
  provider.coming += waiting.reserved;
}

void Pipeline::State::wait_for_answer(const ExchangeKey& key, Exchange& exchange, Session& provider) {
  if (exchange.with == provider.number) return;
  wait_no_more(key, exchange, false);
  exchange.with = provider.number;
  provider.pace.asked(key.user);
}

void Pipeline::State::wait_no_more(const ExchangeKey& key, Exchange& exchange, bool said) {
  const auto with = sessions.find(std::exchange(exchange.with, SessionNumber()));
  if (with != sessions.end()) with->second.pace.closed(key.user, said);
}

exchange::OutMessage Pipeline::State::forwarded(const Incoming& in) const {
  exchange::OutMessage made;
  made.kind = in.message.kind;
  made.envelope = in.message.envelope;
  made.payload = in.message.payload;
  made.proof = in.frame.bundle->proof_of(in.position);
  return made;
}

}  // namespace steelyard::broker
