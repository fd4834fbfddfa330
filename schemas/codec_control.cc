// Control messages. Format: docs/formats/messages.md.
#include "control_generated.h"
#include "schemas/codec.h"
#include "schemas/codec_internal.h"

namespace steelyard::schemas {
namespace {

using namespace internal;

constexpr Shape control(const char* identifier, const char* name) {
  return {identifier, name, limits::kEnvelopeBytesMax, 1};
}
constexpr Shape kHelloShape = control("SY64", "hello");
constexpr Shape kWelcomeShape = control("SY65", "welcome");
constexpr Shape kPingShape = control("SY66", "ping");
constexpr Shape kPongShape = control("SY67", "pong");
constexpr Shape kCreditShape = control("SY68", "credit");
constexpr Shape kAckShape = control("SY69", "ack");
constexpr Shape kSyncShape = control("SY70", "sync");
constexpr Shape kTileRequestShape = control("SY71", "tile-request");
constexpr Shape kTileShape = control("SY72", "tile");
constexpr Shape kCheckpointShape = control("SY73", "checkpoint");
constexpr Shape kCosignShape = control("SY74", "cosign");

constexpr std::size_t kVersionsMax = 16;
constexpr std::size_t kDatasetsProvidedMax = 1'024;
constexpr std::size_t kSoftwareBytesMax = 64;
constexpr std::uint8_t kTileLevelMax = 5;  // six levels of 256 hashes cover 2^48 entries
constexpr std::uint16_t kTileWidthMax = 256;

void read_tile_place(Reader& r, std::uint8_t level, std::uint64_t index, std::uint16_t width) {
  r.require(level <= kTileLevelMax, "level", "beyond 5");
  r.require(index <= kNoIndex.value >> 8, "index", "beyond the largest log");
  r.require(width >= 1 && width <= kTileWidthMax, "width", "not 1 to 256");
}

template <class Table>
Bytes encode_note(const Bytes& note, const Shape& shape) {
  Builder& b = builder();
  const auto octets = put_vector(b, note);
  typename Table::Builder t(b);
  t.add_note(octets);
  return finish(b, t.Finish(), shape);
}

template <class Value, class Table>
Result<Value> decode_note(ByteView bytes, const Shape& shape) {
  TRY_ASSIGN(const Table* t, open<Table>(bytes, shape));
  Reader r(shape);
  Value value;
  r.bytes(value.note, t->note(), "note", 1, limits::kNoteBytesMax);
  return r.done(std::move(value));
}

template <class Table, class Value>
Bytes encode_nonce(const Value& value, const Shape& shape) {
  Builder& b = builder();
  typename Table::Builder t(b);
  t.add_nonce(value.nonce);
  t.add_clock(value.clock.us);
  return finish(b, t.Finish(), shape);
}

template <class Value, class Table>
Result<Value> decode_nonce(ByteView bytes, const Shape& shape) {
  TRY_ASSIGN(const Table* t, open<Table>(bytes, shape));
  Reader r(shape);
  Value value;
  value.nonce = t->nonce();
  r.instant(value.clock, t->clock(), "clock");
  return r.done(std::move(value));
}

}  // namespace

Bytes encode(const Hello& value) {
  Builder& b = builder();
  const auto versions = put_vector(b, value.versions);
  const auto member = put_name(b, value.member);
  const auto provides = put_names(b, value.provides);
  const auto software = put_text(b, value.software);
  const auto boot = wire_of(value.boot);
  wire::HelloBuilder t(b);
  t.add_versions(versions);
  t.add_boot(&boot);
  t.add_member(member);
  t.add_provides(provides);
  t.add_next_statement(value.next_statement.value);
  t.add_clock(value.clock.us);
  t.add_software(software);
  return finish(b, t.Finish(), kHelloShape);
}

template <>
Result<Hello> decode<Hello>(ByteView bytes) {
  TRY_ASSIGN(const wire::Hello* t, open<wire::Hello>(bytes, kHelloShape));
  Reader r(kHelloShape);
  Hello value;
  const std::size_t versions = t->versions() == nullptr ? 0 : t->versions()->size();
  if (r.require(versions >= 1 && versions <= kVersionsMax, "versions", "not 1 to 16 of them"))
    value.versions.assign(t->versions()->begin(), t->versions()->end());
  r.octets(value.boot, t->boot(), "boot");
  r.name(value.member, t->member(), "member");
  r.datasets(value.provides, t->provides(), "provides", kDatasetsProvidedMax);
  r.index(value.next_statement, t->next_statement(), "next_statement");
  r.instant(value.clock, t->clock(), "clock");
  r.text(value.software, t->software(), "software", kSoftwareBytesMax, TextRule::kOneLine);
  return r.done(std::move(value));
}

Bytes encode(const Welcome& value) {
  Builder& b = builder();
  const auto origin = put_text(b, value.origin);
  const auto checkpoint = put_vector(b, value.checkpoint);
  const auto boot = wire_of(value.boot);
  const auto network = wire_of(value.network);
  wire::WelcomeBuilder t(b);
  t.add_version(value.version);
  t.add_boot(&boot);
  t.add_origin(origin);
  t.add_network(&network);
  t.add_epoch(value.epoch.value);
  t.add_clock(value.clock.us);
  t.add_checkpoint(checkpoint);
  return finish(b, t.Finish(), kWelcomeShape);
}

template <>
Result<Welcome> decode<Welcome>(ByteView bytes) {
  TRY_ASSIGN(const wire::Welcome* t, open<wire::Welcome>(bytes, kWelcomeShape));
  Reader r(kWelcomeShape);
  Welcome value;
  value.version = t->version();
  r.require(value.version != 0, "version", "missing");
  r.octets(value.boot, t->boot(), "boot");
  r.origin(value.origin, t->origin(), "origin");
  r.octets(value.network, t->network(), "network");
  r.index(value.epoch, t->epoch(), "epoch");
  r.instant(value.clock, t->clock(), "clock");
  r.bytes(value.checkpoint, t->checkpoint(), "checkpoint", 0, limits::kNoteBytesMax);
  return r.done(std::move(value));
}

Bytes encode(const Ping& value) { return encode_nonce<wire::Ping>(value, kPingShape); }
Bytes encode(const Pong& value) { return encode_nonce<wire::Pong>(value, kPongShape); }
template <>
Result<Ping> decode<Ping>(ByteView bytes) {
  return decode_nonce<Ping, wire::Ping>(bytes, kPingShape);
}
template <>
Result<Pong> decode<Pong>(ByteView bytes) {
  return decode_nonce<Pong, wire::Pong>(bytes, kPongShape);
}

Bytes encode(const Credit& value) {
  Builder& b = builder();
  wire::CreditBuilder t(b);
  t.add_messages(value.messages);
  t.add_bytes(value.bytes);
  return finish(b, t.Finish(), kCreditShape);
}

template <>
Result<Credit> decode<Credit>(ByteView bytes) {
  TRY_ASSIGN(const wire::Credit* t, open<wire::Credit>(bytes, kCreditShape));
  return Credit{t->messages(), t->bytes()};
}

Bytes encode(const Ack& value) {
  Builder& b = builder();
  const auto dataset = put_name(b, value.dataset);
  Offset<WireVector<const wire::Octets16*>> subscriptions;
  if (!value.subscriptions.empty()) {
    wire::Octets16* octets = nullptr;
    subscriptions = b.CreateUninitializedVectorOfStructs(value.subscriptions.size(), &octets);
    for (std::size_t i = 0; i < value.subscriptions.size(); ++i)
      std::memcpy(octets + i, value.subscriptions[i].octets.data(), ExchangeId::kSize);
  }
  wire::AckBuilder t(b);
  t.add_dataset(dataset);
  t.add_sequence(value.sequence);
  t.add_subscriptions(subscriptions);
  return finish(b, t.Finish(), kAckShape);
}

template <>
Result<Ack> decode<Ack>(ByteView bytes) {
  TRY_ASSIGN(const wire::Ack* t, open<wire::Ack>(bytes, kAckShape));
  Reader r(kAckShape);
  Ack value;
  r.dataset(value.dataset, t->dataset(), "dataset");
  value.sequence = t->sequence();
  r.require(value.sequence <= kNoIndex.value, "sequence", "beyond 2^48 - 1");
  const auto* from = t->subscriptions();
  const std::size_t count = from == nullptr ? 0 : from->size();
  if (r.require(count <= limits::kSubscriptionsOfDatasetMax, "subscriptions", "too many")) {
    value.subscriptions.resize(count);
    for (std::size_t i = 0; i < count; ++i)
      std::memcpy(value.subscriptions[i].octets.data(), from->Get(static_cast<flatbuffers::uoffset_t>(i)),
                  ExchangeId::kSize);
  }
  return r.done(std::move(value));
}

Bytes encode(const Sync& value) {
  Builder& b = builder();
  wire::SyncBuilder t(b);
  t.add_from(value.from.value);
  return finish(b, t.Finish(), kSyncShape);
}

template <>
Result<Sync> decode<Sync>(ByteView bytes) {
  TRY_ASSIGN(const wire::Sync* t, open<wire::Sync>(bytes, kSyncShape));
  Reader r(kSyncShape);
  Sync value;
  r.index(value.from, t->from(), "from");
  return r.done(std::move(value));
}

Bytes encode(const TileRequest& value) {
  Builder& b = builder();
  wire::TileRequestBuilder t(b);
  t.add_level(value.level);
  t.add_index(value.index);
  t.add_width(value.width);
  return finish(b, t.Finish(), kTileRequestShape);
}

template <>
Result<TileRequest> decode<TileRequest>(ByteView bytes) {
  TRY_ASSIGN(const wire::TileRequest* t, open<wire::TileRequest>(bytes, kTileRequestShape));
  Reader r(kTileRequestShape);
  read_tile_place(r, t->level(), t->index(), t->width());
  return r.done(TileRequest{t->level(), t->index(), t->width()});
}

Bytes encode(const Tile& value) {
  Builder& b = builder();
  Offset<WireVector<const wire::Octets32*>> hashes;
  if (!value.hashes.empty()) {
    wire::Octets32* octets = nullptr;
    hashes = b.CreateUninitializedVectorOfStructs(value.hashes.size(), &octets);
    for (std::size_t i = 0; i < value.hashes.size(); ++i)
      std::memcpy(octets + i, value.hashes[i].octets.data(), Digest::kSize);
  }
  wire::TileBuilder t(b);
  t.add_level(value.level);
  t.add_index(value.index);
  t.add_width(value.width);
  t.add_hashes(hashes);
  return finish(b, t.Finish(), kTileShape);
}

template <>
Result<Tile> decode<Tile>(ByteView bytes) {
  TRY_ASSIGN(const wire::Tile* t, open<wire::Tile>(bytes, kTileShape));
  Reader r(kTileShape);
  Tile value;
  value.level = t->level();
  value.index = t->index();
  value.width = t->width();
  read_tile_place(r, value.level, value.index, value.width);
  r.octets_list(value.hashes, t->hashes(), "hashes", kTileWidthMax);
  r.require(value.hashes.size() == value.width, "hashes", "not as many as the width says");
  return r.done(std::move(value));
}

Bytes encode(const Checkpoint& value) { return encode_note<wire::Checkpoint>(value.note, kCheckpointShape); }
Bytes encode(const Cosign& value) { return encode_note<wire::Cosign>(value.note, kCosignShape); }
template <>
Result<Checkpoint> decode<Checkpoint>(ByteView bytes) {
  return decode_note<Checkpoint, wire::Checkpoint>(bytes, kCheckpointShape);
}
template <>
Result<Cosign> decode<Cosign>(ByteView bytes) {
  return decode_note<Cosign, wire::Cosign>(bytes, kCosignShape);
}

}  // namespace steelyard::schemas
