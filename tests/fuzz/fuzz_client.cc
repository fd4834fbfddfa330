// What a broker may send to a member, whatever it signs. Intake: nothing is handed on as a member's word that the
// member did not sign, nothing as the broker's that it did not, and no statement is folded out of its place. Witness:
// nothing is proved that the signed tree does not hold, and two trees that disagree are never both cosigned.
#include <deque>
#include <set>

#include "core/client/intake.h"
#include "core/client/test_broker.h"
#include "core/client/witness.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using client::OutMessage;
using client::World;
using fuzz::Input;
using schemas::MessageKind;

namespace {

const MemberId kTax("tax"), kOwner("civil-affairs");

class SteppedClock final : public Clock {
 public:
  Instant wall() const override { return World::kStart + minutes(60) + now; }
  Duration monotonic() const override { return now; }
  Duration now;
};

// Everything that an honest broker has to send, and who said what of it.
struct Said {
  World world = World::city();
  client::TestLog log{world.suite()};
  SteppedClock clock;
  std::vector<OutMessage> messages;
  std::set<std::pair<MemberId, Digest>> signed_by_members;
  std::vector<std::vector<std::pair<std::uint32_t, Digest>>> versions;  // after each statement, of every subject

  Said() {
    exchange::Registry registry;
    for (const auto& statement : world.statements()) {
      const auto decoded = schemas::decode<schemas::Statement>(statement.document);
      exchange::EntryBody entry;
      entry.kind = schemas::EntryKind::kStatement;
      entry.digest = digest(MessageKind::kStatement, statement.document, statement.signatures);
      entry.related = log.size() == 0 ? kNoIndex : LogIndex{log.size() - 1};
      entry.time = World::kStart;
      say(decoded->head.author, MessageKind::kStatement, statement.document, statement.signatures);
      const auto promise = log.add(entry);
      messages.push_back(client::out_message(
          MessageKind::kRecorded, schemas::encode(schemas::Recorded{head(MessageKind::kRecorded), entry.digest,
                                                                    promise.index, promise.salt, promise.body})));
      CHECK(registry.apply(statement, promise.index, World::kStart, true).has_value());
      auto& of_now = versions.emplace_back();
      for (const auto& each : world.statements()) {
        const auto about = schemas::decode<schemas::Statement>(each.document);
        of_now.push_back(registry.last_version(about->head.kind, about->head.subject));
      }
    }
    schemas::Answer answer;
    answer.head = head(MessageKind::kAnswer);
    answer.head.author = kOwner;
    answer.head.key = world.keys(kOwner).message.id();
    say(kOwner, MessageKind::kAnswer, schemas::encode(answer), Bytes(120, 5));
    schemas::Rejection rejection;
    rejection.head = head(MessageKind::kRejection);
    messages.push_back(client::out_message(MessageKind::kRejection, schemas::encode(rejection)));
  }

  schemas::Head head(MessageKind kind) const {
    return {1,
            kind,
            World::kOrigin,
            MemberId(World::kOrigin),
            world.broker().bundle.id(),
            kTax,
            crypto::make_exchange_id(World::kStart),
            World::kStart + minutes(2)};
  }
  Digest digest(MessageKind kind, ByteView envelope, ByteView payload) const {
    return exchange::message_digest(world.suite(), kind, envelope, payload);
  }
  void say(const MemberId& author, MessageKind kind, const Bytes& envelope, const Bytes& payload) {
    signed_by_members.emplace(author, digest(kind, envelope, payload));
    messages.push_back(client::forwarded(world.suite(), author, world.keys(author).message,
                                         {client::out_message(kind, envelope, payload)})[0]);
  }
};

const Said& said() {
  static const Said made;
  return made;
}

void bend(Input& input, std::shared_ptr<const Bytes>& octets) {
  Bytes bent = octets ? *octets : Bytes{};
  const std::size_t at = input.number<std::uint16_t>();
  if (bent.empty()) return;
  bent[at % bent.size()] ^= input.number<std::uint8_t>();
  octets = std::make_shared<const Bytes>(std::move(bent));
}

void bend(Input& input, exchange::Proof& proof) {
  const auto how = input.below(6);
  const auto number = input.number<std::uint16_t>();
  if (how == 0) proof.author = number % 2 == 0 ? kTax : kOwner;
  if (how == 1) proof.key.octets[number % proof.key.octets.size()] ^= 1;
  if (how == 2) proof.signature[number % proof.signature.size()] ^= 1;
  if (how == 3) {
    proof.size = static_cast<std::uint16_t>(1 + number % limits::kFrameMessagesMax);
    proof.index = static_cast<std::uint16_t>(input.number<std::uint16_t>() % proof.size);
    proof.path.resize(crypto::inclusion_path_length(proof.index, proof.size));
  }
  if (how == 4 && !proof.path.empty()) proof.path[number % proof.path.size()].octets[0] ^= 1;
  if (how == 5) proof.key = said().world.keys(kOwner).message.id();
}

OutMessage some_message(Input& input) {
  const auto& all = said().messages;
  OutMessage message = all[input.number<std::uint16_t>() % all.size()];
  switch (input.below(16)) {
    case 0: bend(input, message.envelope); break;
    case 1: bend(input, message.payload); break;
    case 2:
      if (message.proof) bend(input, *message.proof);
      break;
    case 3: message.proof.reset(); [[fallthrough]];
    case 4: {
      constexpr MessageKind kMembers[] = {MessageKind::kRequest, MessageKind::kAnswer, MessageKind::kReceived,
                                          MessageKind::kStatement, MessageKind::kEvent};
      constexpr MessageKind kBrokers[] = {MessageKind::kGrant, MessageKind::kRefusal, MessageKind::kRecorded,
                                          MessageKind::kRejection};
      message.kind = message.proof ? kMembers[input.below(5)] : kBrokers[input.below(4)];
      break;
    }
    default: break;
  }
  return message;
}

void intake(Input input) {
  const World& world = said().world;
  const auto identity = client::identity_of(world, kTax, "tcp://127.0.0.1:1", "");
  auto replica = client::Replica::open("", world.registry().network());
  client::Alarms alarms("", said().clock);
  client::Node::Counters counters;
  client::Intake intake(identity, **replica, alarms, said().clock, counters);
  for (int frames = 0; frames < 8 && !input.rest().empty(); ++frames) {
    const bool by_broker = input.below(8) != 0;
    std::vector<OutMessage> messages;
    for (auto left = input.below(8) + 1; left > 0; --left) messages.push_back(some_message(input));
    const auto& key = by_broker ? world.broker().bundle : world.keys(kOwner).message;
    const Bytes octets = exchange::sign_broker_frame(world.suite(), World::kOrigin, key, messages);
    auto frame = exchange::parse_frame(octets);
    if (!frame) continue;
    std::vector<client::Incoming> out;
    CHECK(intake.take(*frame, nullptr, out).has_value());
    for (const auto& one : out) {
      CHECK(one.digest == said().digest(one.kind, one.envelope, one.payload));
      CHECK(one.by_broker ? by_broker : said().signed_by_members.count({one.author, one.digest}) == 1);
      CHECK(one.by_broker == one.author.empty() && one.kind != MessageKind::kStatement);
    }
  }
  const auto& registry = (*replica)->registry();
  if (registry.empty()) return;
  std::size_t at = 0;
  for (const auto& statement : world.statements()) {
    const auto about = schemas::decode<schemas::Statement>(statement.document);
    CHECK(registry.last_version(about->head.kind, about->head.subject) ==
          said().versions.at(registry.statements() - 1).at(at++));
  }
}

// Two trees of one log, of which an honest one would show the first alone: they part after kCommon entries.
struct Trees {
  static constexpr std::uint64_t kCommon = 200;
  static constexpr std::uint64_t kSize = 600;
  const World& world = said().world;
  client::TestLog logs[2]{client::TestLog(world.suite()), client::TestLog(world.suite())};
  std::vector<exchange::Promise> promises;  // of the first
  std::map<std::pair<int, std::uint64_t>, std::string> notes;

  Trees() {
    for (std::uint64_t i = 0; i < kSize; ++i) {
      exchange::EntryBody entry;
      entry.kind = schemas::EntryKind::kRequest;
      entry.count = static_cast<std::uint32_t>(i);
      promises.push_back(logs[0].add(entry));
      logs[1].leaves.push_back(logs[0].leaves.back());
      if (i >= kCommon) logs[1].leaves.back().octets[0] ^= 1;
    }
  }
  const std::string& note(int tree, std::uint64_t size) {
    auto& made = notes[{tree, size}];
    if (made.empty()) made = logs[tree].checkpoint(world.broker().log, size);
    return made;
  }
};

void witness(Input input) {
  static Trees trees;
  SteppedClock clock;
  clock.now = seconds(1);
  const auto identity = client::identity_of(trees.world, kTax, "tcp://127.0.0.1:1", "");
  client::Alarms alarms("", clock);
  std::deque<schemas::TileRequest> asked;
  std::vector<schemas::Cosign> cosigned;
  std::optional<exchange::Promise> false_promise;  // the last that was given
  client::Witness witness(identity, "", clock, alarms,
                          {[&](const schemas::TileRequest& request) { asked.push_back(request); },
                           [&](const schemas::Cosign& cosign) { cosigned.push_back(cosign); }});
  CHECK(witness.use_keys(trees.world.registry()).has_value());
  const auto tile_of = [&](const schemas::TileRequest& request) {
    const int tree = static_cast<int>(input.below(2));
    return schemas::Tile{request.level, request.index, request.width,
                         trees.logs[tree].tile(request.level, request.index, request.width)};
  };
  const auto step = [&]() -> Status {
    clock.now = clock.now + milliseconds(50);
    switch (input.below(8)) {
      case 0:
      case 1: {
        const int tree = input.below(8) == 0 ? 1 : 0;
        return witness.on_checkpoint(as_bytes(trees.note(tree, input.number<std::uint16_t>() % (Trees::kSize + 1))));
      }
      case 2: return witness.on_checkpoint(input.take(input.below(200)));
      case 3: {
        auto promise = trees.promises[input.number<std::uint16_t>() % Trees::kSize];
        if (input.below(8) == 0) {
          promise.salt.octets[0] ^= 1;
          false_promise = promise;
        }
        witness.hold(std::move(promise), crypto::make_exchange_id(clock.wall()));
        return {};
      }
      case 4: {
        schemas::Tile tile{
            input.number<std::uint8_t>(), input.number<std::uint8_t>(), input.number<std::uint8_t>(), {}};
        tile.hashes.resize(input.below(256));
        return witness.on_tile(std::move(tile));
      }
      case 5: asked.clear(); return witness.on_session();
      case 6: {
        clock.now = clock.now + seconds(input.below(8));
        witness.compare(as_bytes(trees.note(1, Trees::kCommon + input.below(200))), kOwner);
        return witness.tick(input.below(4) != 0);
      }
      default: break;
    }
    while (!asked.empty()) {
      auto tile = tile_of(asked.front());
      asked.pop_front();
      const auto how = input.below(16);
      if (how == 1 && !tile.hashes.empty()) tile.hashes[input.below(256) % tile.hashes.size()].octets[3] ^= 1;
      if (how == 2 && false_promise) {  // the tile agrees with it
        const std::uint64_t at = false_promise->index.value;
        const auto leaf = exchange::entry_commitment(trees.world.suite(), false_promise->salt, false_promise->body);
        if (tile.level == 0 && at / crypto::kTileWidth == tile.index && at % crypto::kTileWidth < tile.hashes.size())
          tile.hashes[at % crypto::kTileWidth] = crypto::leaf_hash(trees.world.suite(), leaf.view());
      }
      TRY(witness.on_tile(std::move(tile)));
    }
    return {};
  };
  const auto log_key = crypto::VerifyingKey::decode(trees.world.broker().log.public_key());
  const exchange::ReceiptKeys keys{World::kOrigin, &trees.world.suite(), &*log_key, {}, 0};
  for (int i = 0; i < 64 && !input.rest().empty(); ++i) {
    if (auto done = step(); !done) {
      CHECK(done.error().code == schemas::code::head_contradicts);
      break;  // the process ends
    }
    CHECK(asked.size() <= client::Witness::kOutstandingMax);
    for (const auto& proved : witness.take_receipts()) {
      const auto verdict = exchange::verify_receipt(proved.receipt, keys);
      CHECK(verdict.has_value() && proved.receipt.index.value < Trees::kSize);
      CHECK(equal(proved.receipt.body, trees.promises[proved.receipt.index.value].body));
    }
  }
  bool first = false, second = false;
  std::uint64_t size = 0;
  for (const auto& one : cosigned) {
    const auto checkpoint = crypto::verify_checkpoint(as_text(one.note), World::kOrigin, *log_key);
    CHECK(checkpoint.has_value() && checkpoint->size >= size);
    size = checkpoint->size;
    if (size <= Trees::kCommon) continue;
    const bool of_first =
        checkpoint->root == crypto::verify_checkpoint(trees.note(0, size), World::kOrigin, *log_key)->root;
    (of_first ? first : second) = true;
  }
  CHECK(!first || !second);
}

constexpr void (*kReaders[])(Input) = {intake, witness};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
