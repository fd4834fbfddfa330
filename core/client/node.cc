#include "core/client/node.h"

#include <utility>

#include "core/client/alarms.h"
#include "core/client/intake.h"
#include "core/client/link.h"
#include "core/client/replica.h"
#include "core/client/witness.h"
#include "core/exchange/frame.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

constexpr std::size_t kFramesPerStep = 64;
constexpr std::size_t kBytesPerStep = 512 * 1024;  // so that what came first is answered while more is read
constexpr Duration kSyncEvery = seconds(1);
constexpr std::size_t kAcksMax = 4'096;  // whoever does not provide takes none

std::string below(const Identity& identity, const NodeOptions& options, const char* name) {
  return options.keep_state ? identity.state_dir + "/" + name : std::string();
}

Error stop(Error error) {
  error.kind = ErrorKind::kStop;
  return error;
}

}  // namespace

void Incoming::hold(Bytes envelope_octets, Bytes payload_octets) {
  struct Octets {
    Bytes envelope, payload;
  };
  const auto held = std::make_shared<const Octets>(Octets{std::move(envelope_octets), std::move(payload_octets)});
  envelope = held->envelope;
  payload = held->payload;
  octets = held;
}

struct Node::State {
  State(net::Context& context, Identity own, NodeOptions given, const Clock& used, std::unique_ptr<Replica> kept)
      : identity(std::move(own)),
        options(std::move(given)),
        clock(used),
        replica(std::move(kept)),
        alarms(below(identity, options, "alarms"), clock),
        link(context, identity, options, clock, counters),
        intake(identity, *replica, alarms, clock, counters),
        witness(identity, below(identity, options, "checkpoint"), clock, alarms,
                {[this](const auto& request) { link.control(schemas::MessageKind::kTileRequest, request); },
                 [this](const auto& cosign) { link.control(schemas::MessageKind::kCosign, cosign); }}) {}

  Status take(net::Frame octets, std::vector<Incoming>& out);
  Status take_control(const exchange::FrameMessage& message);
  Status on_welcome(const schemas::Welcome& welcome);
  Status on_folded(Intake::Taken taken);

  const Identity identity;
  const NodeOptions options;
  const Clock& clock;
  Counters counters;
  std::unique_ptr<Replica> replica;
  Alarms alarms;
  Link link;
  Intake intake;
  Witness witness;
  Epoch wanted = kNoIndex;  // of Welcome
  Duration synced;
  std::vector<schemas::Ack> acks;  // not taken yet
  std::optional<Error> stopped;
};

Node::Node(std::unique_ptr<State> state) : state_(std::move(state)) {}
Node::~Node() = default;

Result<std::unique_ptr<Node>> Node::open(net::Context& context, Identity identity, NodeOptions options,
                                         const Clock& clock) {
  if (identity.broker_key.size() != net::CurvePublic::kSize)
    return fail(schemas::error_of(schemas::code::config, "the broker's transport key must have 32 octets"));
  if (options.keep_state) TRY(store::make_dir(identity.state_dir, 0700));
  TRY_ASSIGN(auto replica, Replica::open(below(identity, options, "replica"), identity.genesis));
  auto state = std::make_unique<State>(context, std::move(identity), std::move(options), clock, std::move(replica));
  const auto& registry = state->replica->registry();
  if (state->options.witness && !registry.empty()) TRY(state->witness.use_keys(registry));
  TRY(state->link.advance(registry, state->replica->next()));  // so that a wrong endpoint shows here
  return std::unique_ptr<Node>(new Node(std::move(state)));
}

Status Node::State::on_welcome(const schemas::Welcome& welcome) {
  if (welcome.network != identity.genesis) {
    alarms.raise("wrong-network", "the broker serves another network than the pinned one",
                 "network " + to_hex(welcome.network.view()) + "\n");
    link.drop();
    return {};
  }
  link.on_welcome();
  wanted = welcome.epoch;
  if (!options.witness) return {};
  TRY(witness.on_session());
  return welcome.checkpoint.empty() ? Status{} : witness.on_checkpoint(welcome.checkpoint);
}

Status Node::State::take_control(const exchange::FrameMessage& message) {
  using schemas::MessageKind;
  const auto bad = [&](const Error&) -> Status {
    ++counters.rejected_frames;
    return {};
  };
  switch (message.kind) {
    case MessageKind::kWelcome: {
      auto welcome = schemas::decode<schemas::Welcome>(message.envelope);
      return welcome ? on_welcome(*welcome) : bad(welcome.error());
    }
    case MessageKind::kPing: {
      auto ping = schemas::decode<schemas::Ping>(message.envelope);
      if (!ping) return bad(ping.error());
      link.on_ping(*ping);
      return {};
    }
    case MessageKind::kPong: return {};  // that something arrived is all it says
    case MessageKind::kCredit: {
      auto credit = schemas::decode<schemas::Credit>(message.envelope);
      if (!credit) return bad(credit.error());
      link.on_credit(*credit);
      return {};
    }
    case MessageKind::kAck: {
      auto ack = schemas::decode<schemas::Ack>(message.envelope);
      if (!ack) return bad(ack.error());
      if (acks.size() >= kAcksMax) acks.erase(acks.begin());  // the newest of a stream says it all
      acks.push_back(std::move(*ack));
      return {};
    }
    case MessageKind::kTile: {
      auto tile = schemas::decode<schemas::Tile>(message.envelope);
      if (!tile) return bad(tile.error());
      return options.witness ? witness.on_tile(std::move(*tile)) : Status{};
    }
    case MessageKind::kCheckpoint: {
      auto checkpoint = schemas::decode<schemas::Checkpoint>(message.envelope);
      if (!checkpoint) return bad(checkpoint.error());
      return options.witness ? witness.on_checkpoint(checkpoint->note) : Status{};
    }
    default: ++counters.rejected_frames; return {};
  }
}

Status Node::State::on_folded(Intake::Taken taken) {
  if (taken.gap && clock.monotonic() >= synced + kSyncEvery) {
    synced = clock.monotonic();
    link.control(schemas::MessageKind::kSync, schemas::Sync{replica->next()});
  }
  if (taken.folded == 0 || !options.witness) return {};
  for (auto& promise : taken.promises) witness.hold(std::move(promise), ExchangeId{});
  return witness.use_keys(replica->registry());
}

// The frame is shared by its messages, so that none is copied.
Status Node::State::take(net::Frame octets, std::vector<Incoming>& out) {
  const auto shared = std::make_shared<const net::Frame>(std::move(octets));
  auto frame = exchange::parse_frame(shared->view());
  if (!frame || frame->sort == exchange::FrameSort::kMember) {
    ++counters.rejected_frames;
    return {};
  }
  if (frame->sort == exchange::FrameSort::kControl) {
    for (const auto& message : frame->messages) TRY(take_control(message));
    return {};
  }
  TRY_ASSIGN(auto taken, intake.take(*frame, shared, out));
  link.consumed(frame->messages.size(), shared->size());
  return on_folded(std::move(taken));
}

Result<std::vector<Incoming>> Node::step(Duration timeout) {
  State& state = *state_;
  std::vector<Incoming> out;
  if (state.stopped) return fail(*state.stopped);
  const auto run = [&]() -> Status {
    TRY(state.link.advance(state.replica->registry(), state.replica->next()));
    state.link.wait(timeout);
    std::size_t octets = 0;
    for (std::size_t i = 0; i < kFramesPerStep && octets < kBytesPerStep; ++i) {
      auto frame = state.link.receive();
      if (!frame) break;
      octets += frame->size();
      TRY(state.take(std::move(*frame), out));
    }
    if (state.options.witness) TRY(state.witness.tick(state.link.welcomed()));
    // Pongs, credit and requests for tiles go out at once; what the caller sends now waits for the next step.
    return state.link.advance(state.replica->registry(), state.replica->next());
  };
  if (auto done = run(); !done) {
    state.stopped = stop(std::move(done).error());
    return fail(*state.stopped);
  }
  return out;
}

net::Waker& Node::waker() { return state_->link.waker(); }
void Node::send(exchange::OutMessage message) { state_->link.send(std::move(message)); }
std::size_t Node::queued() const { return state_->link.queued(); }

bool Node::up() const {
  const auto& registry = state_->replica->registry();
  if (!state_->link.welcomed() || registry.empty()) return false;
  return state_->wanted == kNoIndex || registry.epoch() >= state_->wanted;
}

std::uint64_t Node::session() const { return state_->link.session(); }
const Identity& Node::identity() const { return state_->identity; }
const exchange::Registry& Node::registry() const { return state_->replica->registry(); }
const Clock& Node::clock() const { return state_->clock; }
const std::string& Node::last_checkpoint() const { return state_->witness.last_note(); }
bool Node::compare_checkpoint(ByteView note, const MemberId& from) { return state_->witness.compare(note, from); }

void Node::hold(exchange::Promise promise, const ExchangeId& about) {
  if (state_->options.witness) state_->witness.hold(std::move(promise), about);
}
std::vector<Node::Proved> Node::take_receipts() { return state_->witness.take_receipts(); }
std::size_t Node::held() const { return state_->witness.held(); }
std::uint64_t Node::proved() const { return state_->witness.proved(); }
std::vector<Alarm> Node::take_alarms() { return state_->alarms.take(); }
std::vector<schemas::Ack> Node::take_acks() { return std::exchange(state_->acks, {}); }
void Node::raise_alarm(std::string_view slug, std::string what, std::string_view evidence) {
  state_->alarms.raise(slug, std::move(what), evidence);
}
const Node::Counters& Node::counters() const { return state_->counters; }

}  // namespace steelyard::client
