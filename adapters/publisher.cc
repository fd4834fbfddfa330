#include "adapters/publisher.h"

#include <algorithm>

#include "adapters/limited_source.h"
#include "adapters/masking.h"
#include "core/base/fail_point.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;

constexpr std::size_t kUnacknowledgedBytesMax = 4 * 1024 * 1024;  // as much as one session's credit
constexpr std::size_t kKeptAtOnceBytes = 4 * 1024 * 1024;  // with one stream's beyond it below what a commit may dirty
constexpr Duration kTryAgainAfter = seconds(1);

// Whoever has all of this alike reads the same view; the broker compares the same. A mask may hash by the agreement's
// key: then a view is for one agreement.
Digest terms_of(const crypto::Suite& suite, const DatasetId& dataset, const exchange::EntryBody& entry, bool masked) {
  Bytes octets = to_bytes(as_bytes("steelyard/view/v1"));
  octets.push_back(0);
  append(octets, as_bytes(dataset.text));
  octets.push_back(0);
  put_le(octets, entry.dataset.value);
  append(octets, entry.returned.octets);
  append(octets, entry.terms.view());
  put_le(octets, masked ? entry.agreement.value : kNoIndex.value);
  put_le(octets, masked ? entry.member.value : kNoIndex.value);
  return crypto::hash(suite, octets);
}

std::size_t octets_of(const StreamChange& change) {
  std::size_t octets = 0;
  for (const auto& [key, event] : change.events) octets += event.envelope->size() + event.payload->size();
  return octets;
}

// What a subscriber is told; our own suspension and the like have no number below 100.
ErrorCode reason_of(const Error& why) {
  return why.code >= 100 && schemas::error_row(why.code) != nullptr ? why.code : ErrorCode{code::verdict_changed};
}

}  // namespace

Publisher::Publisher(PublisherOptions options, std::unique_ptr<StreamStore> store, StreamState state,
                     std::map<DatasetId, RowSource*> sources, Ledger& ledger, Suspensions& suspensions, Alarms& alarms,
                     const Clock& clock)
    : options_(std::move(options)),
      store_(std::move(store)),
      state_(std::move(state)),
      sources_(std::move(sources)),
      ledger_(&ledger),
      suspensions_(&suspensions),
      alarms_(&alarms),
      clock_(&clock),
      judge_(options_.member) {}
Publisher::~Publisher() = default;

Result<std::unique_ptr<Publisher>> Publisher::open(PublisherOptions options, const std::string& state_dir,
                                                   std::map<DatasetId, RowSource*> sources, Ledger& ledger,
                                                   Suspensions& suspensions, Alarms& alarms, const Clock& clock) {
  TRY_ASSIGN(auto store, StreamStore::open(state_dir));
  TRY_ASSIGN(StreamState state, store->load());
  std::unique_ptr<Publisher> made(new Publisher(std::move(options), std::move(store), std::move(state),
                                                std::move(sources), ledger, suspensions, alarms, clock));
  TRY(made->read_kept());
  return made;
}

Status Publisher::read_kept() {
  const auto damaged = [](const ExchangeId& id) {
    return fail(ErrorKind::kStop, "streams: subscription " + to_text(id) + " cannot be read: restore the folder",
                code::store_failed);
  };
  for (const auto& [id, kept] : state_.subscriptions) {
    auto request = schemas::decode<schemas::Request>(kept.request);
    auto grant = schemas::decode<schemas::Grant>(kept.grant);
    if (!request || !grant || !state_.views.contains(kept.view)) return damaged(id);
    auto entry = exchange::decode_entry(grant->body);
    if (!entry) return damaged(id);
    readers_.emplace(id, Reader{std::move(*request), std::move(*grant), *entry, {}});
  }
  drop_of_another_key();
  return {};
}

// An event that names a message key which is not ours any more can never be recorded: its stream goes on from before
// it, and its readers take a fresh snapshot.
void Publisher::drop_of_another_key() {
  std::set<DatasetId> cut;
  for (const auto& [key, kept] : state_.events) {
    const auto event = schemas::decode<schemas::Event>(*kept.envelope);
    if (!event || event->head.key != options_.message_key) cut.insert(key.first);
  }
  for (const DatasetId& dataset : cut) {
    auto event = state_.events.lower_bound({dataset, 0});
    StoredStream& stream = state_.streams[dataset];
    stream.sequence = event->first.second - 1;
    change_.streams[dataset] = stream;
    while (event != state_.events.end() && event->first.first == dataset) {
      change_.events_ended.push_back(event->first);
      event = state_.events.erase(event);
    }
    std::vector<ExchangeId> readers;
    for (const auto& [id, one] : state_.subscriptions)
      if (one.state != SubscriptionState::kUnconfirmed && state_.views.at(one.view).dataset == dataset)
        readers.push_back(id);
    for (const ExchangeId& id : readers) {
      forget(id);
      unknown_.emplace(dataset, id);
    }
  }
}

Result<ExchangeId> Publisher::add(const exchange::Registry& registry, const schemas::Request& request,
                                  ByteView request_octets, const schemas::Grant& grant, ByteView grant_octets,
                                  const exchange::EntryBody& entry, const exchange::OwnTerms& terms) {
  const auto source = sources_.find(request.dataset);
  ChangeSource* changes = source == sources_.end() ? nullptr : source->second->changes();
  if (changes == nullptr)
    return fail(schemas::error_of(code::source_changed,
                                  "dataset `" + request.dataset.text + "`: its source does not tell what changes"));
  const auto type = source->second->map().field(source->second->map().key)->type;
  using schemas::ValueType;
  if (type != ValueType::kString && type != ValueType::kInt64 && type != ValueType::kDate &&
      type != ValueType::kTimestamp)
    return fail(schemas::error_of(code::source_changed, "dataset `" + request.dataset.text + "`: its key is a " +
                                                            std::string(name_of(type)) +
                                                            ", and snapshots follow no order of those"));
  TRY(check_masks(terms, source->second->map()));
  if (!terms.quotas.empty())
    return fail(schemas::error_of(
        code::owner_events_not_counted,
        "dataset `" + request.dataset.text + "`: its rows are counted by the day, and events are not"));
  TRY(changes->newest_change());
  const Digest alike = terms_of(registry.suite(), request.dataset, entry, !terms.masks.empty());
  const auto same = std::find_if(state_.views.begin(), state_.views.end(),
                                 [&](const auto& view) { return view.second.terms == alike; });
  const ExchangeId view = same != state_.views.end() ? same->first : crypto::make_exchange_id(clock_->wall());
  if (same == state_.views.end()) change_.views[view] = state_.views[view] = StoredView{request.dataset, 0, 0, alike};
  StoredSubscription stored;
  stored.view = view;
  stored.request = to_bytes(request_octets);
  stored.grant = to_bytes(grant_octets);
  change_.subscriptions[request.head.id] = state_.subscriptions[request.head.id] = std::move(stored);
  readers_.insert_or_assign(request.head.id, Reader{request, grant, entry, terms});
  TRY(store_->commit(std::exchange(change_, {})));
  return view;
}

void Publisher::on_ack(const schemas::Ack& ack, std::uint64_t session) {
  if (!sources_.contains(ack.dataset)) return;
  next_look_ = {};
  acked_in_[ack.dataset] = session;
  StoredStream& stream = state_.streams[ack.dataset];
  if (ack.sequence > stream.sequence) {  // our own state was lost: its numbers are used
    stream.sequence = ack.sequence;
    change_.streams[ack.dataset] = stream;
  }
  for (auto event = state_.events.lower_bound({ack.dataset, 0});
       event != state_.events.end() && event->first.first == ack.dataset && event->first.second <= ack.sequence;) {
    change_.events.erase(event->first);
    change_.events_ended.push_back(event->first);
    event = state_.events.erase(event);
  }
  const std::set<ExchangeId> standing(ack.subscriptions.begin(), ack.subscriptions.end());
  std::vector<ExchangeId> gone;
  for (auto& [id, one] : state_.subscriptions) {
    if (state_.views.at(one.view).dataset != ack.dataset) continue;
    const bool confirmed = one.state != SubscriptionState::kUnconfirmed;
    if (!standing.contains(id)) {
      if (confirmed) gone.push_back(id);
    } else if (!confirmed) {
      one.state = SubscriptionState::kJoining;
      change_.subscriptions[id] = one;
    }
  }
  for (const ExchangeId& id : gone) forget(id);
  for (const ExchangeId& id : standing)
    if (!state_.subscriptions.contains(id)) unknown_.emplace(ack.dataset, id);
}

// Whatever the broker does not take now is given to it again, from the first.
void Publisher::on_rejection(const client::Incoming& message) {
  if (message.kind != schemas::MessageKind::kRejection || !message.by_broker) return;
  const auto rejection = schemas::decode<schemas::Rejection>(message.envelope);
  if (!rejection || !state_.views.contains(rejection->head.id)) return;
  ++counters_.rejected;
  const Duration wait = rejection->delay_ms == 0 ? kTryAgainAfter : milliseconds(rejection->delay_ms);
  paused_until_ = clock_->monotonic() + wait;
}

Status Publisher::step(ProviderBus& bus, std::uint64_t session, bool up) {
  const Duration now = clock_->monotonic();
  if (!up) {
    next_look_ = now + limits::kEventsPollEvery;
    return {};
  }
  if (session != session_) {
    session_ = session;
    sent_.clear();
    paused_until_.reset();
    next_look_ = {};
  }
  if (paused_until_) {
    next_look_ = *paused_until_;
    if (now < *paused_until_) return {};
    paused_until_.reset();
    sent_.clear();
  }
  if (!active() && unknown_.empty() && change_.empty()) return {};
  if (now < next_look_) return {};  // however often requests turn the loop
  next_look_ = now + limits::kEventsPollEvery;
  TRY(suspensions_->look());
  if (options_.pauses != nullptr) TRY(options_.pauses->look());
  forget_unconfirmed();
  std::erase_if(unknown_, [&](const auto& stray) {
    const auto& [dataset, id] = stray;
    if (!may_tell(dataset)) return false;
    if (!state_.subscriptions.contains(id)) end(id, code::subscription_lost, dataset, bus.registry());
    return true;
  });
  for (const auto& [dataset, source] : sources_) {
    if (may_tell(dataset)) TRY(publish(dataset, *source, bus));
    if (octets_of(change_) >= kKeptAtOnceBytes) TRY(keep());
  }
  return flush(bus);
}

Status Publisher::publish(const DatasetId& dataset, RowSource& source, ProviderBus& bus) {
  judge(dataset, bus.registry());
  if (holding(source, options_.pauses, *clock_)) return {};
  const auto later = try_after_.find(dataset);
  if (later != try_after_.end() && clock_->monotonic() < later->second) return {};
  const auto run = [&]() -> Status {
    std::vector<ExchangeId> joining;
    bool any = false;
    for (const auto& [id, one] : state_.subscriptions) {
      if (state_.views.at(one.view).dataset != dataset || one.state == SubscriptionState::kUnconfirmed) continue;
      any = true;
      if (one.state == SubscriptionState::kJoining) joining.push_back(id);
    }
    if (!any) return {};
    for (const ExchangeId& id : joining) TRY(join(id, source, bus));
    return tell_changes(dataset, source, bus);
  };
  auto done = run();
  if (done || done.error().kind == ErrorKind::kStop) return done;
  note_failure(dataset, done.error());
  return {};
}

void Publisher::note_failure(const DatasetId& dataset, const Error& why) {
  const Duration now = clock_->monotonic();
  try_after_[dataset] = now + kTryAgainAfter;
  const auto [last, first_time] = alarmed_.try_emplace(dataset, now);
  if (!first_time && now < last->second + minutes(1)) return;
  last->second = now;
  const auto* row = schemas::error_row(why.code);
  alarms_->raise(row == nullptr ? "owner-unavailable" : row->slug, dataset.text, why.what, {});
}

// INVARIANT(stopped-means-stopped) at the owner: its own word, as it stands now.
void Publisher::judge(const DatasetId& dataset, const exchange::Registry& registry) {
  std::vector<std::pair<ExchangeId, ErrorCode>> over;
  for (const auto& [id, one] : state_.subscriptions) {
    if (one.state == SubscriptionState::kUnconfirmed || state_.views.at(one.view).dataset != dataset) continue;
    Reader& reader = readers_.at(id);
    auto judged =
        judge_.judge(registry, reader.request, reader.grant, reader.entry, suspensions_->agreements(), ledger_->now());
    if (judged)
      reader.terms = std::move(*judged);
    else
      over.emplace_back(id, reason_of(judged.error()));
  }
  for (const auto& [id, reason] : over) end(id, reason, dataset, registry);
}

// The broker records why, and tells the subscriber.
void Publisher::end(const ExchangeId& id, ErrorCode reason, const DatasetId& dataset,
                    const exchange::Registry& registry) {
  ++counters_.ended;
  const auto known = state_.subscriptions.find(id);
  schemas::Event event =
      event_of(known == state_.subscriptions.end() ? id : known->second.view, schemas::EventContent::kStop, registry);
  event.dataset = dataset;
  event.subscription = id;
  event.period = 0;
  event.reason = reason;
  event.sequence = state_.streams[dataset].sequence + 1;
  emit(event, schemas::encode(event), {});
  forget(id);
}

void Publisher::forget(const ExchangeId& id) {
  const auto found = state_.subscriptions.find(id);
  if (found == state_.subscriptions.end()) return;
  const ExchangeId view = found->second.view;
  state_.subscriptions.erase(found);
  readers_.erase(id);
  change_.subscriptions.erase(id);
  change_.subscriptions_ended.push_back(id);
  const bool read = std::any_of(state_.subscriptions.begin(), state_.subscriptions.end(),
                                [&](const auto& other) { return other.second.view == view; });
  if (read) return;
  state_.views.erase(view);
  keys_.erase(view);
  change_.views.erase(view);
  change_.views_ended.push_back(view);
}

// Whose answer was never recorded: its exchange is closed by then.
void Publisher::forget_unconfirmed() {
  std::vector<ExchangeId> stale;
  for (const auto& [id, one] : state_.subscriptions)
    if (one.state == SubscriptionState::kUnconfirmed &&
        readers_.at(id).request.head.expires + limits::kSkew + limits::kSkew < ledger_->now())
      stale.push_back(id);
  for (const ExchangeId& id : stale) forget(id);
}

std::vector<ExchangeId> Publisher::confirmed(const ExchangeId& view) const {
  std::vector<ExchangeId> ids;
  for (const auto& [id, one] : state_.subscriptions)
    if (one.view == view && one.state != SubscriptionState::kUnconfirmed) ids.push_back(id);
  return ids;
}

bool Publisher::has_room(const DatasetId& dataset) const {
  std::size_t count = 0, bytes = 0;
  for (auto event = state_.events.lower_bound({dataset, 0});
       event != state_.events.end() && event->first.first == dataset; ++event) {
    ++count;
    bytes += event->second.envelope->size() + event->second.payload->size();
  }
  return count < limits::kEventsUnacknowledgedMax && bytes < kUnacknowledgedBytesMax;
}

bool Publisher::may_tell(const DatasetId& dataset) const {
  const auto acked = acked_in_.find(dataset);
  return acked != acked_in_.end() && acked->second == session_;
}

// A crash before the ledger's commit leaves nothing; one before the store's, records of rows that were not told, which
// are told and recorded again; one behind it, events that go out in the next session, the same octets.
Status Publisher::keep() {
  if (change_.empty()) return {};
  TRY(ledger_->commit());
  FAIL_POINT("adapter-events-before-store");
  TRY(store_->commit(std::exchange(change_, {})));
  FAIL_POINT("adapter-events-after-store");
  return {};
}

Status Publisher::flush(ProviderBus& bus) {
  TRY(keep());
  for (const auto& [key, event] : state_.events) {
    std::uint64_t& sent = sent_[key.first];
    if (key.second <= sent || !may_tell(key.first)) continue;
    exchange::OutMessage message;
    message.kind = schemas::MessageKind::kEvent;
    message.envelope = event.envelope;
    message.payload = event.payload;
    bus.send(std::move(message));
    sent = key.second;
  }
  return {};
}

}  // namespace steelyard::adapters
