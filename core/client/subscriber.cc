#include "core/client/subscriber.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "core/base/fail_point.h"
#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

namespace code = schemas::code;
using schemas::EventContent;
using schemas::MessageKind;

constexpr Duration kAcknowledgeEvery = seconds(1);
constexpr Duration kSayAgainAfter = seconds(2);  // what the broker rejected, or did not hear
constexpr std::size_t kPendingMax = 4 * limits::kEventWindow;

Error bad(const char* what) { return schemas::error_of(code::verification_failed, what); }

// Whoever is told one of these takes a fresh snapshot.
bool begins_anew(ErrorCode reason) { return reason == code::fell_behind || reason == code::subscription_lost; }

}  // namespace

struct Subscriber::State {
  State(Node& used, Consumer& asks, Query question) : node(used), consumer(asks), query(std::move(question)) {}

  struct Seen {  // an event that was dealt with here, and the application may not have yet
    ReadingPlace behind;
    bool told = false;
  };

  Status ask();
  Status take_outcome();
  Status begin(const Outcome& outcome);
  void retry(Duration after);
  void say_range(bool stop);
  void on_event(const Incoming& message);
  void on_recorded(const Incoming& message);
  void on_refusal(const Incoming& message);
  void on_rejection(const Incoming& message);
  Status accept(const Incoming& message, schemas::Event event, const schemas::Recorded& recorded);
  Status accept_period(const Incoming& message, const schemas::Event& event, ReadingPlace& next);
  Status accept_rows(const Incoming& message, schemas::Event event, ReadingPlace& next, LogIndex entry);
  Status settle();
  Status begin_anew();
  void end(Error why) {
    if (!ended) ended = std::move(why);
  }
  void end_for_good(Error why) {  // the broker has it no more
    end(std::move(why));
    if (auto forgotten = forget_kept_subscription(path); !forgotten) failed = std::move(forgotten).error();
  }

  Node& node;
  Consumer& consumer;
  Query query;
  std::string path;
  std::shared_ptr<const crypto::OpeningKey> reply;
  std::optional<ExchangeId> asked;
  std::optional<Duration> ask_after;
  std::optional<KeptSubscription> kept;  // as it is on disk
  std::vector<FieldName> withheld;

  ReadingPlace place;                                             // behind all that was seen
  std::deque<Seen> seen;                                          // not on disk yet
  std::vector<ToldEvent> told;                                    // not taken yet
  std::map<Digest, std::pair<Incoming, schemas::Event>> pending;  // whose promise has not come
  std::uint64_t resumed_in = 0;                                   // session
  LogIndex said;                                                  // the range that was sent last
  LogIndex acknowledged;                                          // recorded by the broker
  Duration said_at;
  std::optional<ExchangeId> said_id;
  std::size_t unsaid = 0;  // events behind `said`
  bool stopping = false;
  bool anew = false;
  std::optional<Error> failed;  // the state cannot be kept
  std::optional<Error> ended;
};

Subscriber::Subscriber(std::unique_ptr<State> state) : state_(std::move(state)) {}
Subscriber::~Subscriber() = default;

Result<std::unique_ptr<Subscriber>> Subscriber::open(Node& node, Consumer& consumer, Query query) {
  if (!node.up()) return fail(schemas::error_of(code::broker_away, node.identity().endpoint));
  query.action = schemas::Action::kSubscribe;
  auto state = std::make_unique<State>(node, consumer, std::move(query));
  const crypto::Suite& suite = node.registry().suite();
  state->path = kept_subscription_path(node.identity().state_dir, suite, state->query);
  TRY_ASSIGN(state->kept, read_kept_subscription(state->path));
  if (state->kept) {
    TRY_ASSIGN(auto key, crypto::OpeningKey::from_private(suite.sealing, state->kept->reply_key.view()));
    state->reply = std::make_shared<const crypto::OpeningKey>(std::move(key));
    state->place = state->kept->place;
    state->acknowledged = state->kept->place.position;
  }
  return std::unique_ptr<Subscriber>(new Subscriber(std::move(state)));
}

Status Subscriber::State::ask() {
  const Duration now = node.clock().monotonic();
  if (asked || !node.up() || (ask_after && now < *ask_after)) return {};
  reply = std::make_shared<const crypto::OpeningKey>(crypto::OpeningKey::generate(node.registry().suite()));
  query.reply = reply;
  TRY_ASSIGN(asked, consumer.ask(query));
  return {};
}

void Subscriber::State::retry(Duration after) {
  asked.reset();
  ask_after = node.clock().monotonic() + after;
}

Status Subscriber::State::take_outcome() {
  const auto outcome = asked ? consumer.take_outcome(*asked) : std::nullopt;
  if (!outcome) return {};
  if (outcome->kind == OutcomeKind::kAnswered && outcome->code == 0) return begin(*outcome);
  const ErrorCode why = outcome->code == 0 ? ErrorCode{code::timed_out} : outcome->code;
  const auto* row = schemas::error_row(why);
  if (row != nullptr && row->retry)
    retry(outcome->delay_ms == 0 ? kSayAgainAfter : milliseconds(outcome->delay_ms));
  else
    end(schemas::error_of(why));
  return {};
}

Status Subscriber::State::begin(const Outcome& outcome) {
  asked.reset();
  if (outcome.answer->view.is_zero() || outcome.rows.count != 0) {
    node.raise_alarm("verification-failed", "the answer to a subscription names no view", {});
    end(bad("the answer to a subscription names no view"));
    return {};
  }
  KeptSubscription started;
  started.question = subscription_question(query);
  started.id = outcome.id;
  started.view = outcome.answer->view;
  started.agreement = outcome.agreement;
  started.entry = outcome.request_entry;
  started.start = outcome.closing_entry;
  started.fields = outcome.answer->fields;
  started.reply_key = reply->private_octets();
  started.place.position = outcome.closing_entry;
  TRY(write_kept_subscription(path, started));
  withheld = outcome.withheld;
  place = started.place;
  acknowledged = started.place.position;
  resumed_in = 0;
  kept = std::move(started);
  return {};
}

Status Subscriber::State::begin_anew() {
  anew = false;
  TRY(forget_kept_subscription(path));
  kept.reset();
  seen.clear();
  told.clear();
  pending.clear();
  place = {};
  said_id.reset();
  retry(milliseconds(100));
  return {};
}

// How far we are: it moves the position, and says which session reads.
void Subscriber::State::say_range(bool stop) {
  schemas::Received range;
  range.head.kind = MessageKind::kReceived;
  range.head.origin = node.registry().origin();
  range.head.author = node.identity().member;
  range.head.key = node.identity().message_key.id();
  range.head.recipient = MemberId(range.head.origin);
  range.head.id = crypto::make_exchange_id(node.clock().wall());
  range.head.expires = crypto::time_of(range.head.id) + seconds(60);
  range.subscription = kept->id;
  range.upto = kept->place.position;
  range.stop = stop;
  exchange::OutMessage message;
  message.kind = MessageKind::kReceived;
  message.envelope = std::make_shared<const Bytes>(schemas::encode(range));
  node.send(std::move(message));
  said = range.upto;
  unsaid = 0;
  said_id = range.head.id;
  said_at = node.clock().monotonic();
  resumed_in = node.session();
}

void Subscriber::State::on_event(const Incoming& message) {
  if (!kept || message.by_broker || message.author != owner_of(query.dataset)) return;
  auto event = schemas::decode<schemas::Event>(message.envelope);
  if (!event || event->head.origin != node.registry().origin() || event->head.author != message.author ||
      event->head.id != kept->view || event->dataset != query.dataset)
    return;
  if (!event->subscription.is_zero() && event->subscription != kept->id) return;
  if (pending.size() >= kPendingMax) pending.clear();
  Incoming own = message;
  own.own();
  pending.insert_or_assign(message.digest, std::pair(std::move(own), std::move(*event)));
}

void Subscriber::State::on_recorded(const Incoming& message) {
  if (!kept || !message.by_broker || ended) return;
  if (pending.empty() && !said_id) return;  // as most are: of the queries of this session
  auto recorded = schemas::decode<schemas::Recorded>(message.envelope);
  if (!recorded || recorded->head.author.text != node.registry().origin()) return;
  if (said_id && recorded->head.id == *said_id) {
    said_id.reset();
    acknowledged = std::max(acknowledged, said);
    return;
  }
  if (recorded->head.id != kept->id) return;
  const auto found = pending.find(recorded->digest);
  if (found == pending.end()) return;
  auto [own, event] = std::move(found->second);
  pending.erase(found);
  if (auto accepted = accept(own, std::move(event), *recorded); !accepted) {
    node.raise_alarm("verification-failed", "an event of `" + query.dataset.text + "`: " + accepted.error().what,
                     "event " + to_hex(own.envelope) + "\nrecorded " + to_hex(message.envelope) + "\n");
    end(std::move(accepted).error());
  }
}

Status Subscriber::State::accept(const Incoming& message, schemas::Event event, const schemas::Recorded& recorded) {
  exchange::Promise promise{recorded.index, recorded.salt, recorded.body, node.clock().wall()};
  TRY_ASSIGN(const auto entry, exchange::check_promise(promise, message.digest));
  if (entry.kind != schemas::EntryKind::kEvent || entry.id != kept->view || recorded.index <= kept->start)
    return fail(bad("its entry is none of this view's"));
  if (recorded.index <= place.position) return {};  // given again: we have it
  node.hold(std::move(promise), ExchangeId{});
  ReadingPlace next = place;
  next.position = recorded.index;
  const bool alone = !event.subscription.is_zero();
  // Before its first key there is nothing to compare with, and nothing that could be opened.
  if (event.content == EventContent::kPeriod) {
    TRY(accept_period(message, event, next));
  } else if (next.period != 0 && event.content != EventContent::kStop) {
    if (event.period != next.period) return fail(bad("it is under a key that was not given"));
    const std::uint64_t before = alone ? (event.first ? 0 : place.last_part) : place.previous;
    if (event.previous != before) return fail(bad("an event before it was kept back"));
    (alone ? next.last_part : next.previous) = event.sequence;
    return accept_rows(message, std::move(event), next, recorded.index);
  }
  place = next;
  seen.push_back({std::move(next), false});
  return {};
}

Status Subscriber::State::accept_period(const Incoming& message, const schemas::Event& event, ReadingPlace& next) {
  if (place.period != 0 && event.previous != place.previous) return fail(bad("an event before it was kept back"));
  const crypto::Suite& suite = node.registry().suite();
  TRY_ASSIGN(const auto wraps, exchange::decode_wraps(suite, message.payload));
  const auto ours = std::find_if(wraps.begin(), wraps.end(),
                                 [&](const exchange::Wrap& wrap) { return wrap.subscription == kept->id; });
  if (ours == wraps.end()) {
    if (place.period != 0) return fail(bad("the owner gives no key to this subscription any more"));
    return {};
  }
  const exchange::WrapParties parties{node.registry().origin(),
                                      owner_of(query.dataset),
                                      node.identity().member,
                                      kept->agreement,
                                      query.dataset,
                                      kept->view,
                                      kept->id,
                                      event.period};
  TRY_ASSIGN(auto key, exchange::unwrap_content_key(suite, ours->octets, parties, *reply));
  next.period = event.period;
  next.content_key = std::make_shared<const crypto::SecretBytes>(std::move(key));
  next.previous = event.sequence;
  return {};
}

Status Subscriber::State::accept_rows(const Incoming& message, schemas::Event event, ReadingPlace& next,
                                      LogIndex entry) {
  TRY_ASSIGN(auto key, exchange::EventKey::open(node.registry().suite(), *next.content_key,
                                                exchange::EventKey::Direction::kOpen));
  TRY_ASSIGN(const Bytes plaintext, key.open(event.sequence, message.envelope, message.payload, event.plaintext));
  TRY_ASSIGN(auto payload, schemas::decode<schemas::EventPayload>(plaintext));
  // INVARIANT(fields-within-grant): content, envelope and what the subscription was granted say the same.
  const auto& columns = payload.rows.columns;
  bool same = columns.size() == event.fields.size() && payload.rows.count == event.rows;
  for (std::size_t i = 0; same && i < columns.size(); ++i)
    same = columns[i].name == event.fields[i] &&
           std::find(kept->fields.begin(), kept->fields.end(), columns[i].name) != kept->fields.end();
  if (!same) return fail(schemas::error_of(code::answer_outside_grant, "the event holds other fields or rows"));
  node.compare_checkpoint(payload.checkpoint, owner_of(query.dataset));
  place = next;
  seen.push_back({std::move(next), true});
  told.push_back({std::move(event), std::move(payload), entry});
  return {};
}

void Subscriber::State::on_refusal(const Incoming& message) {
  if (!kept || !message.by_broker) return;
  auto refusal = schemas::decode<schemas::Refusal>(message.envelope);
  if (!refusal || refusal->head.id != kept->id || refusal->head.author.text != node.registry().origin()) return;
  exchange::Promise promise{refusal->index, refusal->salt, std::move(refusal->body), node.clock().wall()};
  const auto entry = exchange::check_promise(promise, refusal->request);
  if (!entry || entry->kind != schemas::EntryKind::kStop || entry->related != kept->entry || entry->verdict == 0) {
    end(bad("the refusal's entry stops no subscription of ours"));
    return;
  }
  node.hold(std::move(promise), ExchangeId{});
  if (begins_anew(entry->verdict) && !stopping) {
    anew = true;
    return;
  }
  end_for_good(schemas::error_of(entry->verdict, "recorded as entry " + std::to_string(refusal->index.value)));
}

void Subscriber::State::on_rejection(const Incoming& message) {
  if (!kept || !message.by_broker || !said_id) return;
  const auto rejection = schemas::decode<schemas::Rejection>(message.envelope);
  if (!rejection || rejection->head.id != *said_id) return;
  if (rejection->code == code::unknown_subscription) {  // stopped while we were away
    if (stopping)
      end_for_good(schemas::error_of(code::unsubscribed));
    else
      anew = true;
    return;
  }
  const auto* row = schemas::error_row(rejection->code);
  if (row != nullptr && row->retry) return;  // said again in its time
  end(schemas::error_of(rejection->code));
}

// What the application has is kept, in the log's order.
Status Subscriber::State::settle() {
  std::optional<ReadingPlace> reached;
  while (!seen.empty() && !seen.front().told) {
    reached = std::move(seen.front().behind);
    seen.pop_front();
    ++unsaid;
  }
  if (!reached || !kept) return {};
  kept->place = std::move(*reached);
  FAIL_POINT("subscriber-before-position");
  TRY(write_kept_subscription(path, *kept));
  FAIL_POINT("subscriber-after-position");
  return {};
}

void Subscriber::handle(const Incoming& message) {
  State& state = *state_;
  switch (message.kind) {
    case MessageKind::kEvent: return state.on_event(message);
    case MessageKind::kRecorded: return state.on_recorded(message);
    case MessageKind::kRefusal: return state.on_refusal(message);
    case MessageKind::kRejection: return state.on_rejection(message);
    default: return;
  }
}

Status Subscriber::tick() {
  State& state = *state_;
  if (state.failed) return fail(*state.failed);
  if (state.ended) return {};
  TRY(state.take_outcome());
  if (state.anew) TRY(state.begin_anew());
  if (!state.kept) {
    // What was asked for may stand by now: then it is stopped once that is known.
    if (state.stopping && !state.asked) state.end(schemas::error_of(code::unsubscribed));
    return state.ended ? Status{} : state.ask();
  }
  TRY(state.settle());
  if (!state.node.up()) return {};
  const Duration now = state.node.clock().monotonic();
  const bool new_session = state.resumed_in != state.node.session();
  const bool moved = state.kept->place.position > state.said && state.kept->place.position > state.acknowledged;
  const bool unheard =
      state.said_id && (state.stopping || state.said > state.acknowledged) && now >= state.said_at + kSayAgainAfter;
  if (new_session || unheard ||
      (moved && (now >= state.said_at + kAcknowledgeEvery || state.unsaid >= limits::kEventWindow / 4)))
    state.say_range(state.stopping);
  return {};
}

std::vector<ToldEvent> Subscriber::take() { return std::exchange(state_->told, {}); }

Status Subscriber::done(LogIndex entry) {
  for (State::Seen& one : state_->seen)
    if (one.behind.position <= entry) one.told = false;
  return state_->settle();
}

void Subscriber::stop() {
  if (std::exchange(state_->stopping, true)) return;
  if (state_->kept && state_->node.up()) state_->say_range(true);
}

bool Subscriber::subscribed() const { return state_->kept.has_value(); }
const std::optional<Error>& Subscriber::ended() const { return state_->ended; }
const ExchangeId& Subscriber::subscription() const {
  static const ExchangeId kNone{};
  return state_->kept ? state_->kept->id : kNone;
}
const std::vector<FieldName>& Subscriber::withheld() const { return state_->withheld; }

}  // namespace steelyard::client
