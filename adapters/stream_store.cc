#include "adapters/stream_store.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "core/base/limits.h"
#include "core/store/durable_file.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

tl::unexpected<Error> store_failed(Error error) {
  if (error.code == 0 && error.kind != ErrorKind::kFix) error.code = schemas::code::store_failed;
  return fail(std::move(error).in("streams"));
}

tl::unexpected<Error> damaged(std::string_view table) {
  return fail(ErrorKind::kStop,
              "streams: a row of table `" + std::string(table) + "` cannot be read: restore the folder from a copy",
              schemas::code::store_failed);
}

void put_octets(Bytes& to, ByteView octets) {
  put_le(to, static_cast<std::uint32_t>(octets.size()));
  append(to, octets);
}

// Reads piece by piece; a piece that is not there makes all that follow empty, and ok() false.
class Pieces {
 public:
  explicit Pieces(ByteView octets) : octets_(octets) {}
  bool ok() const { return ok_ && at_ == octets_.size(); }
  ByteView take(std::size_t n) {
    if (!ok_ || octets_.size() - at_ < n) {
      ok_ = false;
      return {};
    }
    at_ += n;
    return octets_.subspan(at_ - n, n);
  }
  template <class Integer>
  Integer number() {
    const ByteView from = take(sizeof(Integer));
    return from.empty() ? Integer{} : get_le<Integer>(from.data());
  }
  template <class Fixed>
  Fixed fixed() {
    Fixed value;
    const ByteView from = take(value.octets.size());
    std::copy(from.begin(), from.end(), value.octets.begin());
    return value;
  }
  Bytes octets() { return to_bytes(take(number<std::uint32_t>())); }
  Bytes rest() { return to_bytes(take(ok_ ? octets_.size() - at_ : 0)); }

 private:
  ByteView octets_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

// u8 type ‖ value: 0 null, 2 int64, 4 text. No other key has an order that a snapshot can follow.
Bytes encode_cursor(const schemas::Value& value) {
  Bytes octets;
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    octets.push_back(2);
    put_le(octets, static_cast<std::uint64_t>(*number));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    octets.push_back(4);
    append(octets, as_bytes(*text));
  } else {
    octets.push_back(0);
  }
  return octets;
}

bool decode_cursor(ByteView octets, schemas::Value& to) {
  if (octets.empty()) return false;
  switch (octets[0]) {
    case 0: return octets.size() == 1;
    case 2:
      if (octets.size() != 9) return false;
      to = static_cast<std::int64_t>(get_le<std::uint64_t>(octets.data() + 1));
      return true;
    case 4: to = std::string(as_text(octets.subspan(1))); return true;
    default: return false;
  }
}

Bytes encode(const StoredStream& stream) {
  Bytes octets;
  put_le(octets, stream.sequence);
  put_le(octets, static_cast<std::uint64_t>(stream.outbox));
  return octets;
}

Bytes encode(const StoredView& view) {
  Bytes octets;
  put_le(octets, static_cast<std::uint8_t>(view.dataset.text.size()));
  append(octets, as_bytes(view.dataset.text));
  put_le(octets, view.period);
  put_le(octets, view.previous);
  append(octets, view.terms.view());
  return octets;
}

Bytes encode(const StoredSubscription& one) {
  Bytes octets;
  append(octets, one.view.view());
  put_le(octets, static_cast<std::uint8_t>(one.state));
  put_le(octets, one.previous);
  put_octets(octets, one.request);
  put_octets(octets, one.grant);
  append(octets, encode_cursor(one.cursor));
  return octets;
}

Bytes encode(const StoredEvent& event) {
  Bytes octets;
  put_octets(octets, *event.envelope);
  append(octets, *event.payload);
  return octets;
}

Bytes key_of(const EventKeyInStore& key) {
  return store::key_of(as_bytes(key.first.text), std::uint8_t{0}, key.second);
}

// Records over rows (key, chunk).
Status erase_record(store::WriteTxn& txn, store::Table table, ByteView key, std::uint16_t from = 0) {
  for (std::uint16_t chunk = from;; ++chunk) {
    TRY_ASSIGN(const bool there, txn.erase(table, store::key_of(key, chunk)));
    if (!there) return {};
  }
}

Status put_record(store::WriteTxn& txn, store::Table table, ByteView key, ByteView record) {
  std::uint16_t chunk = 0;
  for (std::size_t at = 0; at < record.size(); at += limits::kStoreValueBytesMax, ++chunk)
    TRY(txn.put(table, store::key_of(key, chunk),
                record.subspan(at, std::min(record.size() - at, limits::kStoreValueBytesMax))));
  return erase_record(txn, table, key, chunk);  // of a longer one before it
}

Status each_record(const store::ReadTxn& txn, store::Table table, std::string_view name,
                   const std::function<bool(ByteView key, ByteView record)>& use) {
  TRY_ASSIGN(store::Cursor rows, txn.cursor(table));
  TRY_ASSIGN(bool row, rows.first());
  Bytes key, record;
  const auto done = [&] { return key.empty() || use(key, record); };
  while (row) {
    const ByteView at = rows.key();
    if (at.size() < 3) return damaged(name);
    const auto chunk = get_be<std::uint16_t>(at.data() + at.size() - 2);
    if (chunk == 0) {
      if (!done()) return damaged(name);
      key = to_bytes(at.first(at.size() - 2));
      record.clear();
    } else if (!equal(at.first(at.size() - 2), key)) {
      return damaged(name);
    }
    append(record, rows.value());
    TRY_ASSIGN(row, rows.next());
  }
  return done() ? Status{} : Status(damaged(name));
}

bool take_stream(ByteView key, ByteView record, StreamState& to) {
  Pieces in(record);
  StoredStream stream;
  stream.sequence = in.number<std::uint64_t>();
  stream.outbox = static_cast<std::int64_t>(in.number<std::uint64_t>());
  to.streams.emplace(DatasetId(std::string(as_text(key))), stream);
  return in.ok();
}

template <class Id>
bool take_id(ByteView key, Id& id) {
  if (key.size() != id.octets.size()) return false;
  std::copy(key.begin(), key.end(), id.octets.begin());
  return true;
}

bool take_view(ByteView key, ByteView record, StreamState& to) {
  ExchangeId id;
  Pieces in(record);
  StoredView view;
  view.dataset = DatasetId(std::string(as_text(in.take(in.number<std::uint8_t>()))));
  view.period = in.number<std::uint32_t>();
  view.previous = in.number<std::uint64_t>();
  view.terms = in.fixed<Digest>();
  if (!take_id(key, id) || !in.ok()) return false;
  to.views.emplace(id, std::move(view));
  return true;
}

bool take_subscription(ByteView key, ByteView record, StreamState& to) {
  ExchangeId id;
  Pieces in(record);
  StoredSubscription one;
  one.view = in.fixed<ExchangeId>();
  const auto state = in.number<std::uint8_t>();
  one.state = static_cast<SubscriptionState>(state);
  one.previous = in.number<std::uint64_t>();
  one.request = in.octets();
  one.grant = in.octets();
  const Bytes cursor = in.rest();
  if (!take_id(key, id) || !in.ok() || state < 1 || state > 3 || !decode_cursor(cursor, one.cursor)) return false;
  to.subscriptions.emplace(id, std::move(one));
  return true;
}

bool take_event(ByteView key, ByteView record, StreamState& to) {
  if (key.size() < 9) return false;
  Pieces in(record);
  StoredEvent event;
  event.envelope = std::make_shared<const Bytes>(in.octets());
  event.payload = std::make_shared<const Bytes>(in.rest());
  if (!in.ok()) return false;
  const auto sequence = get_be<std::uint64_t>(key.data() + key.size() - 8);
  to.events.emplace(EventKeyInStore{DatasetId(std::string(as_text(key.first(key.size() - 9)))), sequence},
                    std::move(event));
  return true;
}

}  // namespace

Result<std::unique_ptr<StreamStore>> StreamStore::open(const std::string& state_dir) {
  TRY(store::make_dir(state_dir, 0700));
  store::EnvOptions options;
  options.kind = "streams";
  auto env = store::Env::open(state_dir + "/streams", options);
  if (!env) return store_failed(std::move(env).error());
  std::unique_ptr<StreamStore> opened(new StreamStore(std::move(*env)));
  for (const auto& [name, table] : {std::pair{"streams", &opened->streams_},
                                    {"views", &opened->views_},
                                    {"subscriptions", &opened->subscriptions_},
                                    {"events", &opened->events_}}) {
    auto made = opened->env_->open_table(name);
    if (!made) return store_failed(std::move(made).error());
    *table = *made;
  }
  return opened;
}

Result<StreamState> StreamStore::load() const {
  StreamState state;
  const auto read = [&]() -> Status {
    TRY_ASSIGN(const store::ReadTxn txn, env_->read());
    using Take = bool (*)(ByteView, ByteView, StreamState&);
    const std::tuple<const char*, store::Table, Take> all[] = {{"streams", streams_, take_stream},
                                                               {"views", views_, take_view},
                                                               {"subscriptions", subscriptions_, take_subscription},
                                                               {"events", events_, take_event}};
    for (const auto& [name, table, take] : all)
      TRY(each_record(txn, table, name,
                      [&state, take = take](ByteView key, ByteView record) { return take(key, record, state); }));
    return {};
  };
  if (auto done = read(); !done) return store_failed(std::move(done).error());
  return state;
}

Status StreamStore::commit(const StreamChange& change) {
  if (change.empty()) return {};
  const auto written = [&]() -> Status {
    TRY_ASSIGN(store::WriteTxn txn, env_->write());
    // First what ended: a sequence that is given anew may stand among both.
    for (const auto& id : change.views_ended) TRY(erase_record(txn, views_, id.view()));
    for (const auto& id : change.subscriptions_ended) TRY(erase_record(txn, subscriptions_, id.view()));
    for (const auto& key : change.events_ended) TRY(erase_record(txn, events_, key_of(key)));
    for (const auto& [dataset, stream] : change.streams)
      TRY(put_record(txn, streams_, as_bytes(dataset.text), encode(stream)));
    for (const auto& [id, view] : change.views) TRY(put_record(txn, views_, id.view(), encode(view)));
    for (const auto& [id, one] : change.subscriptions) TRY(put_record(txn, subscriptions_, id.view(), encode(one)));
    for (const auto& [key, event] : change.events) TRY(put_record(txn, events_, key_of(key), encode(event)));
    return txn.commit();
  }();
  if (!written) return store_failed(written.error());
  return {};
}

}  // namespace steelyard::adapters
