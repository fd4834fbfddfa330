// Attacks with FlatBuffers: cut, mutated, deep, shared, trailing, misaligned. Each is signed by its sender as it is.
#include <flatbuffers/flatbuffers.h>

#include <random>

#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

exchange::OutMessage as(MessageKind kind, Bytes envelope, Bytes payload = {}) {
  exchange::OutMessage made;
  made.kind = kind;
  made.envelope = std::make_shared<const Bytes>(std::move(envelope));
  if (!payload.empty()) made.payload = std::make_shared<const Bytes>(std::move(payload));
  return made;
}

// All in bundles of up to `at_once`; each must be told about alone.
Status send_all(Stage& stage, Seen& seen, const std::vector<exchange::OutMessage>& messages,
                std::size_t at_once = limits::kFrameMessagesMax) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (std::size_t from = 0; from < messages.size(); from += at_once) {
    const std::size_t count = std::min(at_once, messages.size() - from);
    const auto begin = messages.begin() + static_cast<std::ptrdiff_t>(from);
    peer->bundle({begin, begin + static_cast<std::ptrdiff_t>(count)});
    seen.done += count;
    peer->listen(seen, count);
  }
  return {};
}

Status truncated(Stage& stage, Seen& seen) {
  const Bytes good = schemas::encode(stage.request());
  std::vector<exchange::OutMessage> messages;
  for (std::size_t size = 1; size < good.size(); size += 4)
    messages.push_back(as(MessageKind::kRequest, {good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)}));
  return send_all(stage, seen, messages);
}

Status mutated(Stage& stage, Seen& seen) {
  std::mt19937 random(20261123);
  std::vector<exchange::OutMessage> messages;
  for (int i = 0; i < 512; ++i) {
    Bytes octets = schemas::encode(stage.request());
    // The prefix, offsets and tables come first; what is sealed or hashed stands in between, and changes nothing here.
    for (int n = 0; n < 8; ++n) octets[random() % octets.size()] = static_cast<std::uint8_t>(random());
    octets[random() % 64] ^= static_cast<std::uint8_t>(1 + random() % 255);
    messages.push_back(as(MessageKind::kRequest, octets, Bytes(64, 1)));
  }
  return send_all(stage, seen, messages);
}

using Offset = flatbuffers::uoffset_t;

constexpr flatbuffers::voffset_t slot(int field) { return static_cast<flatbuffers::voffset_t>(4 + 2 * field); }

Offset table(flatbuffers::FlatBufferBuilder& to, int field, Offset what, int union_type = -1) {
  const Offset start = to.StartTable();
  if (what != 0) to.AddOffset(slot(field), flatbuffers::Offset<void>(what));
  if (union_type >= 0) to.AddElement<std::uint8_t>(slot(field - 1), static_cast<std::uint8_t>(union_type), 0);
  return to.EndTable(start);
}

Bytes finished(flatbuffers::FlatBufferBuilder& from, Offset root, const char* identifier) {
  from.FinishSizePrefixed(flatbuffers::Offset<void>(root), identifier);
  return {from.GetBufferPointer(), from.GetBufferPointer() + from.GetSize()};
}

Offset nested(flatbuffers::FlatBufferBuilder& to, int depth) {
  Offset inner = 0;
  for (int i = 0; i < depth; ++i) inner = table(to, 0, inner);
  return inner;
}

// Head, body of each kind, and tables within vectors of tables.
Status deep(Stage& stage, Seen& seen) {
  std::vector<exchange::OutMessage> messages;
  for (int body = 0; body <= 10; ++body) {
    flatbuffers::FlatBufferBuilder to;
    const Offset inner = nested(to, 200);
    const Offset root = body == 0 ? table(to, 0, inner) : table(to, 2, inner, body);
    messages.push_back(as(MessageKind::kStatement, finished(to, root, "SY04"), Bytes(64, 1)));
  }
  for (int field = 0; field < 8; ++field) {  // deep in a Request's head and lists
    flatbuffers::FlatBufferBuilder to;
    const Offset inner = nested(to, 200);
    messages.push_back(as(MessageKind::kRequest, finished(to, table(to, field, inner), "SY01")));
  }
  return send_all(stage, seen, messages);
}

// One string or table, named by thousands of offsets: what a verifier without limits visits thousands of times.
Status shared_offsets(Stage& stage, Seen& seen) {
  std::vector<exchange::OutMessage> messages;
  for (const int field : {6, 7}) {
    flatbuffers::FlatBufferBuilder to;
    const auto text = to.CreateString("f1");
    const std::vector<flatbuffers::Offset<flatbuffers::String>> many(15'000, text);
    const Offset list = to.CreateVector(many).o;
    messages.push_back(as(MessageKind::kRequest, finished(to, table(to, field, list), "SY01")));
  }
  for (const int body : {1, 2, 6}) {  // lists of keys, of fields
    for (int field = 0; field < 13; field += 3) {
      flatbuffers::FlatBufferBuilder to;
      const flatbuffers::Offset<flatbuffers::Table> one(nested(to, 3));
      const std::vector<flatbuffers::Offset<flatbuffers::Table>> many(8'000, one);
      const Offset list = to.CreateVector(many).o;
      const Offset inner = table(to, field, list);
      messages.push_back(as(MessageKind::kStatement, finished(to, table(to, 2, inner, body), "SY04"), Bytes(64, 1)));
    }
  }
  return send_all(stage, seen, messages, 4);
}

Status trailing(Stage& stage, Seen& seen) {
  const Bytes good = schemas::encode(stage.request());
  Bytes more = good;
  more.push_back(0);
  Bytes high = good, low = good;
  ++high[0];
  --low[0];
  return send_all(stage, seen,
                  {as(MessageKind::kRequest, more), as(MessageKind::kRequest, high), as(MessageKind::kRequest, low)});
}

// The root's offset goes up by 1, 2 and 3, and as many octets come before the tables: all else stays as it was.
Status misaligned(Stage& stage, Seen& seen) {
  std::vector<exchange::OutMessage> messages;
  for (std::uint8_t by = 1; by <= 3; ++by) {
    Bytes octets = schemas::encode(stage.request());
    octets.insert(octets.begin() + 12, by, 0);
    octets[0] = static_cast<std::uint8_t>(octets[0] + by);
    octets[4] = static_cast<std::uint8_t>(octets[4] + by);
    if (octets[0] < by || octets[4] < by) return fail(ErrorKind::kFix, "the envelope's size carries over");
    messages.push_back(as(MessageKind::kRequest, octets));
  }
  return send_all(stage, seen, messages);
}

}  // namespace

void add_flatbuffers(Attacks& to) {
  to["flatbuffer-truncated"] = truncated;
  to["flatbuffer-mutated"] = mutated;
  to["flatbuffer-deep"] = deep;
  to["flatbuffer-shared-offsets"] = shared_offsets;
  to["flatbuffer-trailing"] = trailing;
  to["flatbuffer-misaligned"] = misaligned;
}

}  // namespace steelyard::hostile
