#include <algorithm>
#include <utility>

#include "broker/pipeline_state.h"
#include "core/base/check.h"
#include "core/base/invariant.h"
#include "core/base/limits.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using schemas::EntryKind;
using schemas::EventContent;
using schemas::MessageKind;

namespace {

constexpr std::uint32_t kSpoolFullDelayMs = 250;  // readers that keep up have acknowledged something by then

provenance::SubscriptionRow row_of(const Subscription& subscription) {
  return {subscription.id, subscription.request, subscription.answer, subscription.position, subscription.view};
}

// What this event holds is within what its reader was granted; fields by their names as the grant's catalogue had them.
bool within_grant(const schemas::Event& event, const Subscription& reader, const std::vector<FieldName>& names) {
  return std::all_of(event.fields.begin(), event.fields.end(), [&](const FieldName& field) {
    const auto at = std::find(names.begin(), names.end(), field);
    return at != names.end() && reader.body.returned.has(static_cast<std::size_t>(at - names.begin()));
  });
}

}  // namespace

// Whoever was granted something else reads another view.
bool Pipeline::State::may_start(const schemas::Answer& answer, const Exchange& exchange) const {
  const bool starts = exchange.body.action == schemas::Action::kSubscribe && answer.reason == 0;
  if (starts == answer.view.is_zero() || (starts && answer.rows != 0)) return false;
  if (!starts) return true;
  const auto& all = streams.subscriptions();
  return std::all_of(all.begin(), all.end(), [&](const auto& each) {
    const Subscription& other = each.second;
    return other.view != answer.view ||
           (other.dataset == exchange.dataset && other.body.returned == exchange.body.returned &&
            other.body.terms == exchange.body.terms && other.body.dataset == exchange.body.dataset);
  });
}

// The answer's entry is the subscription's start: the owner is told that it stands once that is durable.
void Pipeline::State::start_subscription(const schemas::Answer& answer, const ExchangeKey& key,
                                         const Exchange& exchange, const Incoming& in) {
  if (streams.find(key.id) != nullptr) return;  // another member's exchange of the same id
  Subscription started;
  started.id = key.id;
  started.user = key.user;
  started.dataset = exchange.dataset;
  started.view = answer.view;
  started.request = exchange.entry;
  started.answer = started.position = started.sent = exchange.closing;
  started.body = exchange.body;
  started.weighed = exchange.weighed;
  started.holds_until = exchange.holds_until;
  started.moved = in.now.monotonic;
  draft.put_subscription(row_of(started));
  streams.add(std::move(started));
  ++counters.subscribed;
  tell_when_durable(exchange.closing, {exchange.dataset, key.id, 0}, in.at);
}

bool Pipeline::State::may_subscribe(const schemas::Request& request) const {
  if (request.action != schemas::Action::kSubscribe) return true;
  const auto& all = streams.subscriptions();
  const auto of_dataset = static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const auto& each) { return each.second.dataset == request.dataset; }));
  return of_dataset < limits::kSubscriptionsOfDatasetMax &&
         streams.of_member(request.head.author) < limits::kSubscriptionsOfMemberMax;
}

void Pipeline::State::on_event(const Incoming& in, const schemas::Event& event) {
  Session* provider = provider_of(event.dataset);
  if (provider == nullptr || provider->number != in.session.number) return reject(in, code::author_not_session);
  Stream& stream = streams.of(event.dataset);
  if (event.sequence <= stream.last) {  // INVARIANT(once) of a stream: it is acknowledged again, once it is durable
    ++counters.repeats;
    touched.insert(event.dataset);
    return;
  }
  if (event.sequence != stream.last + 1) return reject(in, code::out_of_sequence);
  const auto* dataset = registry.dataset(event.dataset);
  if (scarce || dataset == nullptr) return reject(in, code::unavailable, kNoSpaceDelayMs);
  if (const ErrorCode why = check_event(in, event)) return reject(in, why, why == code::busy ? kSpoolFullDelayMs : 0);
  record_event(in, event, stream, dataset->number);
}

// 0: it may be recorded.
ErrorCode Pipeline::State::check_event(const Incoming& in, const schemas::Event& event) {
  Stream& stream = streams.of(event.dataset);
  bool read = false;
  for (const ExchangeId& id : stream.subscriptions) {
    const Subscription& reader = streams.subscriptions().at(id);
    if (reader.view != event.head.id || (!event.subscription.is_zero() && event.subscription != id)) continue;
    read = true;
    const std::vector<FieldName>* names = registry.fields_at(reader.body.dataset);
    // INVARIANT(fields-within-grant)
    if (!INVARIANT_HOLDS(fields_within_grant, names != nullptr && within_grant(event, reader, *names)))
      return code::answer_outside_grant;
  }
  const std::size_t bytes = in.message.envelope->size() + in.message.payload->size();
  if (!read || has_spool_room(stream, bytes)) return 0;
  // Whoever still moves makes room; whoever has not for long is in everybody's way.
  Subscription* behind = streams.furthest_behind(stream);
  if (behind != nullptr && in.now.monotonic >= *behind->moved + limits::kFellBehindAfter)
    stop_subscription(*behind, {code::fell_behind});
  return code::busy;
}

bool Pipeline::State::has_spool_room(const Stream& stream, std::size_t bytes) const {
  return stream.bytes + bytes <= limits::kSpoolOfStreamBytesMax && streams.bytes() + bytes <= limits::kSpoolBytesMax;
}

void Pipeline::State::record_event(const Incoming& in, const schemas::Event& event, Stream& stream, LogIndex dataset) {
  ++counters.events;
  Subscription* only = event.subscription.is_zero() ? nullptr : streams.find(event.subscription);
  // An owner that lost its state ends what it does not know the view of.
  if (only != nullptr &&
      (only->dataset != event.dataset || (event.content != EventContent::kStop && only->view != event.head.id)))
    only = nullptr;
  exchange::EntryBody body;
  body.kind = EntryKind::kEvent;
  body.verdict = event.reason;
  body.digest = in.message.digest;
  body.id = event.head.id;
  body.member = number_of(in.session.member);
  body.peer = only == nullptr ? kNoIndex : only->body.member;
  body.dataset = dataset;
  if (const auto* names = registry.fields_at(dataset); names != nullptr)
    for (const FieldName& field : event.fields)
      if (const auto at = std::find(names->begin(), names->end(), field); at != names->end())
        body.returned.add(static_cast<std::size_t>(at - names->begin()));
  body.epoch = registry.epoch();
  body.time = in.at;
  body.related = only == nullptr ? kNoIndex : only->request;
  body.count = event.rows;
  body.action = schemas::Action::kSubscribe;
  const Written entry = draft.add_of_bundle(body, in.position);
  stream.last = event.sequence;
  draft.put_stream({event.dataset, event.sequence, entry.index});
  if (event.content == EventContent::kStop) {
    if (only != nullptr) stop_subscription(*only, {event.reason});
  } else {
    spool(in, event, entry, stream);
  }
  tell_when_durable(entry.index, {event.dataset, {}, event.sequence}, in.at);
}

void Pipeline::State::spool(const Incoming& in, const schemas::Event& event, const Written& entry,
                            const Stream& stream) {
  Spooled spooled;
  spooled.index = entry.index;
  spooled.salt = entry.salt;
  spooled.body = entry.body;
  spooled.digest = in.message.digest;
  spooled.message = forwarded(in);
  spooled.view = event.head.id;
  spooled.only = event.subscription;
  spooled.time = in.at;
  spooled.bytes = in.message.envelope->size() + in.message.payload->size();
  if (!streams.anybody_reads(stream, spooled)) return;  // what nobody may get is not kept
  draft.spool({entry.index, in.message.envelope, in.message.payload});
  streams.spool(event.dataset, std::move(spooled));
}

// A range of events: it moves the position, and tells on which session to go on.
void Pipeline::State::on_range(const Incoming& in, const schemas::Received& handed) {
  Subscription* found = streams.find(handed.subscription);
  if (found == nullptr || found->user != handed.head.author || found->stopping || !found->durable)
    return reject(in, code::unknown_subscription);
  Subscription& subscription = *found;
  Stream& stream = streams.of(subscription.dataset);
  if (handed.upto > subscription.position || handed.stop) {
    if (scarce && !handed.stop) return reject(in, code::unavailable);  // its author repeats it
    const auto last = Streams::after(stream, handed.upto);
    const bool known = handed.upto <= subscription.position ||
                       (last != stream.spool.begin() && std::prev(last)->index == handed.upto &&
                        subscription.reads(*std::prev(last)) && draft.durable(handed.upto));
    if (!known) return reject(in, code::unknown_answer);
    record_range(in, handed, subscription, stream);
  }
  if (subscription.session != in.session.number) {
    subscription.session = in.session.number;
    subscription.sent = subscription.position;
    subscription.in_flight.clear();
    subscription.bytes_in_flight = 0;
  }
  if (handed.stop) stop_subscription(subscription, {code::unsubscribed});
  deliverable.insert(subscription.id);
}

void Pipeline::State::record_range(const Incoming& in, const schemas::Received& handed, Subscription& subscription,
                                   Stream& stream) {
  const LogIndex upto = std::max(handed.upto, subscription.position);
  std::uint32_t count = 0;
  for (auto event = Streams::after(stream, subscription.position); event != stream.spool.end() && event->index <= upto;
       ++event)
    count += subscription.reads(*event) ? 1 : 0;
  exchange::EntryBody body;
  body.kind = EntryKind::kReceived;
  body.digest = in.message.digest;
  body.id = handed.head.id;
  body.member = number_of(handed.head.author);
  body.dataset = subscription.body.dataset;
  body.epoch = registry.epoch();
  body.time = in.at;
  body.related = upto;
  body.count = count;
  body.action = schemas::Action::kSubscribe;
  const Written entry = draft.add_of_bundle(body, in.position);
  ++counters.received;
  subscription.position = upto;
  subscription.sent = std::max(subscription.sent, upto);
  subscription.moved = in.now.monotonic;
  while (!subscription.in_flight.empty() && subscription.in_flight.front().first <= upto) {
    subscription.bytes_in_flight -= subscription.in_flight.front().second;
    subscription.in_flight.pop_front();
  }
  draft.put_subscription(row_of(subscription));
  release(stream);
  Waiting waiting;
  waiting.session = in.session.number;
  waiting.messages.push_back(BrokerMessages::own(
      MessageKind::kRecorded, messages.recorded(handed.head.author, handed.head.id, handed.head.expires,
                                                in.message.digest, entry.index, entry.salt, entry.body)));
  give_out(entry.index, std::move(waiting), in.at);
}

void Pipeline::State::release(Stream& stream) {
  for (const LogIndex index : streams.release(stream)) draft.end_spool(index);
}

// Its entry comes when the bundle in hand is done.
void Pipeline::State::stop_subscription(Subscription& subscription, Ending why) {
  if (std::exchange(subscription.stopping, true)) return;
  stops.push_back({subscription.id, std::move(why)});
}

void Pipeline::State::record_stops(Instant at) {
  for (const Stopping& stopping : std::exchange(stops, {})) {
    const Subscription* found = streams.find(stopping.id);
    if (found == nullptr) continue;
    const Subscription stopped = *found;
    ++counters.stopped;
    counters.refused.add(stopping.why.reason);
    draft.make_room(1);  // its entry and the end of its row stand in one batch
    exchange::EntryBody body = stopped.body;
    body.kind = EntryKind::kStop;
    body.verdict = stopping.why.reason;
    body.returned = {};
    body.terms = {};
    body.epoch = registry.epoch();
    body.time = at;
    body.related = stopped.request;
    body.count = 0;
    const Written entry = draft.add_own(body, stopping.why.decided_by);
    draft.end_subscription(stopped.id);
    streams.erase(stopped.id);
    release(streams.of(stopped.dataset));
    Waiting refusal;
    refusal.session = stopped.session;
    refusal.messages.push_back(BrokerMessages::own(
        MessageKind::kRefusal, messages.refusal(stopped.user, stopped.id, Instant{}, stopped.body.digest, entry, {})));
    give_out(entry.index, std::move(refusal), at);
    tell_when_durable(entry.index, {stopped.dataset, {}, 0}, at);
  }
}

void Pipeline::State::tell_when_durable(LogIndex entry, StreamMoved moved, Instant at) {
  Waiting waiting;
  waiting.what = Waiting::What::kStream;
  waiting.stream = std::make_unique<StreamMoved>(std::move(moved));
  give_out(entry, std::move(waiting), at);
}

void Pipeline::State::stream_moved(const StreamMoved& moved) {
  Stream& stream = streams.of(moved.dataset);
  stream.durable = std::max(stream.durable, moved.sequence);
  touched.insert(moved.dataset);
  if (Subscription* started = streams.find(moved.started); started != nullptr) started->durable = true;
  if (moved.sequence > 0) deliverable.insert(stream.subscriptions.begin(), stream.subscriptions.end());
}

void Pipeline::State::tell_streams() {
  for (const DatasetId& dataset : std::exchange(touched, {})) {
    const auto provider = providers.find(dataset);
    if (provider == providers.end()) continue;
    const Stream& stream = streams.of(dataset);
    schemas::Ack ack{dataset, stream.durable, {}};
    for (const ExchangeId& id : stream.subscriptions)
      if (streams.subscriptions().at(id).durable) ack.subscriptions.push_back(id);
    actions.push_back(AckAction{provider->second, std::move(ack)});
  }
}

// As much as one step weighs again; the rest in the next.
void Pipeline::State::deliver_due(Instant at) {
  while (!deliverable.empty() && steps < limits::kWeighingStepsPerRound) {
    const ExchangeId id = *deliverable.begin();
    deliverable.erase(deliverable.begin());
    if (Subscription* subscription = streams.find(id); subscription != nullptr) deliver_events(*subscription, at);
  }
}

// INVARIANT(stopped-means-stopped): each delivery is decided under the policy in force.
void Pipeline::State::deliver_events(Subscription& subscription, Instant at) {
  if (!subscription.durable || subscription.stopping) return;
  if (Ending why = recheck(subscription, at); why.reason != 0) return stop_subscription(subscription, std::move(why));
  Session* to = session(subscription.session);
  if (to == nullptr || to->member != subscription.user) return;
  const Stream& stream = streams.of(subscription.dataset);
  for (auto event = Streams::after(stream, subscription.sent); event != stream.spool.end(); ++event) {
    // INVARIANT(record-before-forward)
    if (!INVARIANT_HOLDS(record_before_forward, draft.durable(event->index))) return;
    if (subscription.reads(*event)) {
      if (!subscription.has_window()) return;
      if (to->queued > limits::kSessionQueueBytesMax / limits::kQueueShareOfRequests) {
        crowded.insert(subscription.id);  // tried again with the next tick
        return;
      }
      ++counters.delivered;
      send(to->number, {event->message,
                        BrokerMessages::own(MessageKind::kRecorded,
                                            messages.recorded(subscription.user, subscription.id, Instant{},
                                                              event->digest, event->index, event->salt, event->body))});
      subscription.in_flight.emplace_back(event->index, event->bytes);
      subscription.bytes_in_flight += event->bytes;
    }
    subscription.sent = event->index;
  }
}

Pipeline::State::Ending Pipeline::State::recheck(Subscription& subscription, Instant at) {
  if (registry.epoch() == subscription.weighed && at < subscription.holds_until) return {};
  ++counters.rechecks;
  auto question = exchange::question_of(subscription.body, registry);
  exchange::Verdict verdict = question ? weigh(*question, at) : exchange::Verdict::refuse(code::policy_error);
  if (!INVARIANT_HOLDS(stopped_means_stopped, verdict.same_as(subscription.body)))
    return {verdict.permitted() ? code::verdict_changed : verdict.reason(), std::move(verdict.decided_by)};
  subscription.weighed = registry.epoch();
  subscription.holds_until = verdict.holds_until;
  return {};
}

// Spooled events past their age, whoever lacks them; and who was not looked at yet.
void Pipeline::State::age_streams(Now now) {
  const Instant oldest = log_time(now) - limits::kSpoolLife;
  for (auto& [dataset, stream] : streams.all()) {
    for (const ExchangeId& id : stream.subscriptions) {
      Subscription& one = streams.subscriptions().at(id);
      if (!one.moved) one.moved = now.monotonic;
      if (stream.spool.empty() || stream.spool.front().time >= oldest) continue;
      const auto next = Streams::after(stream, one.position);
      if (next != stream.spool.end() && next->time < oldest && one.reads(*next))
        stop_subscription(one, {code::fell_behind});
    }
  }
  deliverable.merge(crowded);
  crowded.clear();
  for (const auto& [id, one] : streams.subscriptions())  // stopped without an event that shows it
    if (!one.stopping && one.durable && (registry.epoch() != one.weighed || log_time(now) >= one.holds_until))
      deliverable.insert(id);
}

void Pipeline::State::recover_streams(PipelineStart& start) {
  for (const provenance::StreamRow& row : start.recovered.streams) {
    Stream& stream = streams.of(row.dataset);
    stream.last = stream.durable = row.sequence;
  }
  CHECK(start.subscription_entries.size() == start.recovered.subscriptions.size());
  for (std::size_t i = 0; i < start.recovered.subscriptions.size(); ++i) {
    const provenance::SubscriptionRow& row = start.recovered.subscriptions[i];
    Subscription one;
    one.id = row.id;
    one.view = row.view;
    one.request = row.request;
    one.answer = row.answer;
    one.position = one.sent = row.position;
    one.durable = true;
    if (auto body = exchange::decode_entry(start.subscription_entries[i].body)) one.body = *body;
    const auto* user = registry.subject_at(one.body.member);
    const auto* dataset = registry.subject_at(one.body.dataset);
    if (user == nullptr || dataset == nullptr) continue;
    const bool root = user->kind == schemas::StatementKind::kGenesis;
    one.user = root ? registry.root_manager() : MemberId(user->subject);
    one.dataset = DatasetId(dataset->subject);
    streams.add(std::move(one));
  }
  CHECK(start.spool_entries.size() == start.recovered.spool.size());
  for (std::size_t i = 0; i < start.recovered.spool.size(); ++i) {
    provenance::SpoolRow& row = start.recovered.spool[i];
    auto& [entry, proof] = start.spool_entries[i];
    const auto event = schemas::decode<schemas::Event>(*row.envelope);
    const auto body = exchange::decode_entry(entry.body);
    if (!event || !body || !proof) continue;
    Spooled spooled;
    spooled.index = row.index;
    spooled.salt = entry.salt;
    spooled.body = std::move(entry.body);
    spooled.digest = body->digest;
    spooled.bytes = row.envelope->size() + row.payload->size();
    spooled.message.kind = MessageKind::kEvent;
    spooled.message.envelope = std::move(row.envelope);
    spooled.message.payload = std::move(row.payload);
    spooled.message.proof = std::move(proof);
    spooled.view = event->head.id;
    spooled.only = event->subscription;
    spooled.time = body->time;
    streams.spool(event->dataset, std::move(spooled));
  }
  for (auto& [dataset, stream] : streams.all()) release(stream);
}

}  // namespace steelyard::broker
