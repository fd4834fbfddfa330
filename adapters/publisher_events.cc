#include <algorithm>

#include "adapters/masking.h"
#include "adapters/publisher.h"
#include "core/base/check.h"
#include "core/base/limits.h"
#include "core/crypto/hash.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::EventContent;

// Below every key of its type; null keys have no place in an order, and no name.
schemas::Value least_of(schemas::ValueType type) {
  switch (type) {
    case schemas::ValueType::kDate: return std::string("0001-01-01");
    case schemas::ValueType::kString: return std::string();
    case schemas::ValueType::kTimestamp: return std::int64_t{-62'135'596'800'000'000};  // year 1
    default: return std::int64_t{INT64_MIN};
  }
}

std::size_t place_of(const schemas::Rows& rows, const FieldName& name) {
  const auto at = std::find_if(rows.columns.begin(), rows.columns.end(),
                               [&](const schemas::Column& column) { return column.name == name; });
  CHECK(at != rows.columns.end());
  return static_cast<std::size_t>(at - rows.columns.begin());
}

}  // namespace

schemas::Event Publisher::event_of(const ExchangeId& view, EventContent content, const exchange::Registry& registry) {
  schemas::Event event;
  event.head.kind = schemas::MessageKind::kEvent;
  event.head.origin = registry.origin();
  event.head.author = options_.member;
  event.head.key = options_.message_key;
  event.head.recipient = MemberId(registry.origin());
  event.head.id = view;
  event.head.expires = Instant{};
  event.content = content;
  event.time = clock_->wall();
  if (const auto known = state_.views.find(view); known != state_.views.end()) {
    event.dataset = known->second.dataset;
    event.period = known->second.period;
  }
  return event;
}

// The event has its sequence; nothing of it changes any more.
void Publisher::emit(schemas::Event& event, Bytes envelope, Bytes payload) {
  StoredStream& stream = state_.streams[event.dataset];
  CHECK(event.sequence == stream.sequence + 1);
  stream.sequence = event.sequence;
  change_.streams[event.dataset] = stream;
  StoredEvent stored{std::make_shared<const Bytes>(std::move(envelope)),
                     std::make_shared<const Bytes>(std::move(payload))};
  change_.events[{event.dataset, event.sequence}] = stored;
  state_.events[{event.dataset, event.sequence}] = std::move(stored);
  ++counters_.events;
  if (!event.subscription.is_zero()) return;
  StoredView& view = state_.views.at(event.head.id);
  view.previous = event.sequence;
  view.period = event.period;
  change_.views[event.head.id] = view;
}

// A new key before the next event, wherever it is not exactly the present readers' or old; after a start there is none.
Status Publisher::ensure_period(const ExchangeId& id, ProviderBus& bus) {
  const std::vector<ExchangeId> now_reading = confirmed(id);
  const std::set<ExchangeId> readers(now_reading.begin(), now_reading.end());
  const auto known = keys_.find(id);
  const Duration now = clock_->monotonic();
  if (known != keys_.end() && known->second.readers == readers && now < known->second.since + limits::kEventPeriod)
    return {};
  const exchange::Registry& registry = bus.registry();
  const crypto::Suite& suite = registry.suite();
  crypto::SecretBytes octets = exchange::make_content_key(suite);
  TRY_ASSIGN(exchange::EventKey key, exchange::EventKey::open(suite, octets, exchange::EventKey::Direction::kSeal));
  schemas::Event event = event_of(id, EventContent::kPeriod, registry);
  ++event.period;
  std::vector<exchange::Wrap> wraps;
  for (const ExchangeId& subscription : readers) {
    const Reader& reader = readers_.at(subscription);
    const auto* agreement = reader.entry.agreement == kNoIndex ? nullptr : registry.subject_at(reader.entry.agreement);
    const exchange::WrapParties parties{registry.origin(),
                                        options_.member,
                                        reader.request.head.author,
                                        AgreementId(agreement == nullptr ? "" : agreement->subject),
                                        event.dataset,
                                        id,
                                        subscription,
                                        event.period};
    TRY_ASSIGN(Bytes wrapped,
               exchange::wrap_content_key(suite, octets, parties, {suite.sealing, reader.request.reply_key}));
    wraps.push_back({subscription, std::move(wrapped)});
  }
  event.sequence = state_.streams[event.dataset].sequence + 1;
  event.previous = state_.views.at(id).previous;
  emit(event, schemas::encode(event), exchange::encode_wraps(wraps));
  ++counters_.periods;
  keys_.insert_or_assign(id, ViewKey{std::move(octets), std::move(key), readers, now});
  return {};
}

// As much of its snapshot as there is room for.
Status Publisher::join(const ExchangeId& id, RowSource& source, ProviderBus& bus) {
  StoredSubscription& joining = state_.subscriptions.at(id);
  const DatasetId dataset = state_.views.at(joining.view).dataset;
  const DatasetMap& map = source.map();
  if (joining.previous == 0) {
    // Where nobody else reads, what changed before is in the snapshot.
    const bool alone = std::none_of(state_.subscriptions.begin(), state_.subscriptions.end(), [&](const auto& other) {
      return other.first != id && other.second.state != SubscriptionState::kUnconfirmed &&
             state_.views.at(other.second.view).dataset == dataset;
    });
    if (alone) {
      TRY_ASSIGN(state_.streams[dataset].outbox, source.changes()->newest_change());
      change_.streams[dataset] = state_.streams[dataset];
    }
  }
  const Reader& reader = readers_.at(id);
  while (joining.state == SubscriptionState::kJoining && has_room(dataset)) {
    TRY(ensure_period(joining.view, bus));
    ReadPlan plan = plan_for(reader, map);
    plan.by_key = true;
    const bool begun = !std::holds_alternative<std::monostate>(joining.cursor);
    plan.parameters = {{map.key,
                        begun ? schemas::Compare::kGt : schemas::Compare::kGe,
                        {begun ? joining.cursor : least_of(map.field(map.key)->type)}}};
    plan.bytes_max = limits::kEventBytesMax;
    TRY_ASSIGN(ReadResult read, source.read(plan));
    if (read.capped && read.rows.count == 0) {  // one row that is larger than many are together
      plan.bytes_max = limits::kAnswerBytesMax;
      TRY_ASSIGN(read, source.read(plan));
    }
    if (read.capped && read.rows.count == 0)
      return fail(
          schemas::error_of(code::source_changed, "dataset `" + dataset.text + "`: a row is too large to tell"));
    TRY_ASSIGN(Page page, page_of(joining.view, map, reader, read.rows));
    if (read.rows.count > 0) joining.cursor = read.rows.columns[place_of(read.rows, map.key)].values.back();
    schemas::Event event = event_of(joining.view, EventContent::kSnapshot, bus.registry());
    event.subscription = id;
    event.first = joining.previous == 0;
    event.last = !read.capped;
    event.previous = joining.previous;
    event.sequence = state_.streams[dataset].sequence + 1;
    joining.previous = event.sequence;
    if (event.last) joining.state = SubscriptionState::kReading;
    change_.subscriptions[id] = joining;
    TRY(emit_rows(std::move(event), std::move(page), {id}, bus));
  }
  return {};
}

ReadPlan Publisher::plan_for(const Reader& reader, const DatasetMap& map) const {
  ReadPlan plan;
  plan.dataset = reader.request.dataset;
  plan.fields = reader.terms.fields;
  plan.filter = reader.terms.filter;
  if (std::find(plan.fields.begin(), plan.fields.end(), map.key) == plan.fields.end()) plan.fields.push_back(map.key);
  plan.rows_max = std::min<std::uint32_t>(limits::kEventRowsMax, reader.terms.rows_max);
  plan.timeout = options_.source_timeout;
  return plan;
}

schemas::RowKey Publisher::row_key(const ExchangeId& view, const Digest& hash) const {
  Bytes named = to_bytes(view.view());
  append(named, hash.view());
  const Digest whole = crypto::keyed_hash(ledger_->secret(), named);
  schemas::RowKey key;
  std::copy_n(whole.octets.begin(), key.octets.size(), key.octets.begin());
  return key;
}

// The key that names a row goes no further where it was not granted.
Result<Publisher::Page> Publisher::page_of(const ExchangeId& view, const DatasetMap& map, const Reader& reader,
                                           schemas::Rows rows) const {
  Page page;
  const std::size_t key_at = place_of(rows, map.key);
  for (const schemas::Value& key : rows.columns[key_at].values) {
    page.key_hashes.push_back(hash_of_key(ledger_->secret(), map.dataset, key));
    page.payload.keys.push_back(row_key(view, page.key_hashes.back()));
    page.payload.ops.push_back(schemas::RowOp::kPut);
  }
  const auto& granted = reader.terms.fields;
  if (std::find(granted.begin(), granted.end(), map.key) == granted.end())
    rows.columns.erase(rows.columns.begin() + static_cast<std::ptrdiff_t>(key_at));
  if (!reader.terms.masks.empty()) {
    const Digest mask_key = exchange::mask_key(ledger_->secret(), reader.terms.agreement, reader.request.head.author,
                                               reader.request.dataset);
    if (mask_rows(reader.terms, mask_key, rows))
      return fail(schemas::error_of(code::source_changed,
                                    "dataset `" + map.dataset.text + "`: masked rows are too large to tell"));
  }
  page.payload.rows = std::move(rows);
  return page;
}

void Publisher::add_deleted(Page& page, const ExchangeId& view, const DatasetMap& map,
                            const std::vector<schemas::Value>& keys) const {
  for (const schemas::Value& key : keys) {
    const Digest hash = hash_of_key(ledger_->secret(), map.dataset, key);
    if (std::find(page.key_hashes.begin(), page.key_hashes.end(), hash) != page.key_hashes.end()) continue;
    page.payload.keys.push_back(row_key(view, hash));
    page.payload.ops.push_back(schemas::RowOp::kDelete);
    for (schemas::Column& column : page.payload.rows.columns) column.values.emplace_back();
    ++page.payload.rows.count;
  }
}

Status Publisher::emit_rows(schemas::Event event, Page page, const std::vector<ExchangeId>& readers, ProviderBus& bus) {
  const crypto::Suite& suite = bus.registry().suite();
  for (const schemas::Column& column : page.payload.rows.columns) event.fields.push_back(column.name);
  event.rows = page.payload.rows.count;
  counters_.rows += event.rows;
  page.payload.checkpoint = to_bytes(as_bytes(bus.checkpoint()));
  const Bytes plaintext = schemas::encode(page.payload);
  const auto salt = crypto::random<PlainSalt>();
  event.plaintext = exchange::plaintext_commitment(suite, salt, plaintext);
  Bytes envelope = schemas::encode(event);
  TRY_ASSIGN(Bytes sealed, keys_.at(event.head.id).key.seal(event.sequence, envelope, salt, plaintext));
  for (const ExchangeId& id : readers) {
    const Reader& reader = readers_.at(id);
    LedgerRecord record;
    record.request = reader.grant.request;
    record.id = id;
    record.entry = reader.grant.index;
    record.catalogue = reader.entry.dataset;
    record.returned = reader.entry.returned;
    record.rows = static_cast<std::uint32_t>(page.key_hashes.size());
    record.plaintext = event.plaintext;
    record.user = reader.request.head.author;
    record.dataset = event.dataset;
    TRY(ledger_->add(suite, std::move(record), page.key_hashes, reader.request.head.expires));
    if (ledger_->batch_full()) TRY(ledger_->commit());
  }
  emit(event, std::move(envelope), std::move(sealed));
  return {};
}

// An outbox whose numbers began anew has told less than what happened: whoever reads takes a fresh snapshot.
Status Publisher::look_whether_made_anew(const DatasetId& dataset, RowSource& source,
                                         const exchange::Registry& registry) {
  const Duration now = clock_->monotonic();
  Duration& looked = looked_[dataset];
  if (now < looked + seconds(1)) return {};
  looked = now;
  StoredStream& stream = state_.streams[dataset];
  if (const auto trimmed = source.changes()->trim(stream.outbox); !trimmed) note_failure(dataset, trimmed.error());
  TRY_ASSIGN(const std::int64_t newest, source.changes()->newest_change());
  if (newest >= stream.outbox) return {};
  stream.outbox = newest;
  change_.streams[dataset] = stream;
  std::vector<ExchangeId> all;
  for (const auto& [id, one] : state_.subscriptions)
    if (state_.views.at(one.view).dataset == dataset) all.push_back(id);
  for (const ExchangeId& id : all) end(id, code::subscription_lost, dataset, registry);
  return {};
}

// All views from the same changes, so that the position behind them says the same for each.
Status Publisher::tell_changes(const DatasetId& dataset, RowSource& source, ProviderBus& bus) {
  const DatasetMap& map = source.map();
  TRY(look_whether_made_anew(dataset, source, bus.registry()));
  while (has_room(dataset)) {
    StoredStream& stream = state_.streams[dataset];
    TRY_ASSIGN(std::vector<Change> changes, source.changes()->changes_after(stream.outbox, limits::kOutboxRowsAtOnce));
    if (changes.empty()) return {};
    std::map<ExchangeId, Page> pages;
    std::vector<schemas::Value> keys;
    for (bool whole = false; !whole;) {
      whole = true;
      keys.clear();
      pages.clear();
      for (const Change& change : changes)
        if (!std::holds_alternative<std::monostate>(change.key) &&
            std::find(keys.begin(), keys.end(), change.key) == keys.end())
          keys.push_back(change.key);
      for (const auto& [id, view] : state_.views) {
        const auto readers = confirmed(id);
        if (view.dataset != dataset || readers.empty() || keys.empty()) continue;
        const Reader& reader = readers_.at(readers.front());
        ReadPlan plan = plan_for(reader, map);
        plan.parameters = {{map.key, schemas::Compare::kIn, keys}};
        TRY_ASSIGN(ReadResult read, source.read(plan));
        if (read.capped && changes.size() > 1) {  // fewer at once
          changes.resize(changes.size() / 2);
          whole = false;
          break;
        }
        if (read.capped && read.rows.count == 0)
          return fail(
              schemas::error_of(code::source_changed, "dataset `" + dataset.text + "`: a row is too large to tell"));
        TRY_ASSIGN(Page page, page_of(id, map, reader, std::move(read.rows)));
        pages.emplace(id, std::move(page));
      }
    }
    for (auto& [id, page] : pages) {
      add_deleted(page, id, map, keys);
      TRY(ensure_period(id, bus));
      schemas::Event event = event_of(id, EventContent::kChanges, bus.registry());
      event.sequence = state_.streams[dataset].sequence + 1;
      event.previous = state_.views.at(id).previous;
      TRY(emit_rows(std::move(event), std::move(page), confirmed(id), bus));
    }
    state_.streams[dataset].outbox = changes.back().seq;
    change_.streams[dataset] = state_.streams[dataset];
  }
  return {};
}

}  // namespace steelyard::adapters
