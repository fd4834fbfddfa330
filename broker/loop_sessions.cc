// The part of Loop that speaks with one session: control frames, rejections, the end of a session.
#include <spdlog/spdlog.h>

#include <algorithm>

#include "broker/loop.h"
#include "core/base/invariant.h"
#include "core/base/plain_text.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/note.h"
#include "core/crypto/tiles.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace code = schemas::code;
using schemas::MessageKind;

namespace {

// Frames that a dead connection had on their way are not taken for a new one for this long.
constexpr Duration kRememberDead = seconds(10);
constexpr std::uint32_t kBusyDelayMs = 1'000;  // the bucket refills in a second

// Of a message that is not taken in: so that its author knows which one it was.
ExchangeId id_of(const exchange::FrameMessage& message) {
  if (message.kind == schemas::MessageKind::kRequest)
    if (const auto request = schemas::decode<schemas::Request>(message.envelope)) return request->head.id;
  if (message.kind == schemas::MessageKind::kEvent)
    if (const auto event = schemas::decode<schemas::Event>(message.envelope)) return event->head.id;
  if (message.kind == schemas::MessageKind::kReceived)
    if (const auto received = schemas::decode<schemas::Received>(message.envelope)) return received->head.id;
  return {};
}

}  // namespace

template <class Message>
void Loop::send_control(Session& session, MessageKind kind, const Message& message) {
  if (!session.outbox.push_control(exchange::control_frame(kind, schemas::encode(message))))
    end(session, "control-queue-full");
}
template void Loop::send_control(Session&, MessageKind, const schemas::Credit&);
template void Loop::send_control(Session&, MessageKind, const schemas::Ping&);
template void Loop::send_control(Session&, MessageKind, const schemas::Ack&);

// The session that a frame belongs to; null where it is not heard. The member is who registered the key that the
// connection proved, as of now.
Session* Loop::session_of(const net::Arrival& arrival) {
  const exchange::Registry& registry = parts_.pipeline.registry();
  Session* session = sessions_.find(arrival.session.token);
  if (session == nullptr) {
    const exchange::MemberRecord* member = registry.member_with_transport(arrival.key.view());
    if (member == nullptr) {
      counters_.dropped.add("unknown-key");
      parts_.router.drop(arrival.peer);
      return nullptr;
    }
    const bool too_many = sessions_.greeting_with(arrival.key) >= limits::kGreetingPerKeyMax;
    Session& added = sessions_.add(arrival, member->id, now().monotonic);
    if (!too_many) return &added;
    counters_.cut.add("too-many-of-key");
    end(added, "too-many-of-key");
    return nullptr;
  }
  if (session->phase == SessionPhase::kDead || session->phase == SessionPhase::kClosing) {
    counters_.dropped.add("ended-session");
    counters_.dropped_of.add(std::pair(std::string("ended-session"), session->member));
    return nullptr;
  }
  if (!may_still(*session) || session->key != arrival.key) {
    end(*session, "key-withdrawn");
    return nullptr;
  }
  session->handle.routing_id = arrival.session.routing_id;
  return session;
}

bool Loop::may_still(const Session& session) const {
  const exchange::MemberRecord* member = parts_.pipeline.registry().member_with_transport(session.key.view());
  return member != nullptr && member->id == session.member &&
         parts_.pipeline.registry().member_valid(session.member, parts_.pipeline.log_time(now()));
}

void Loop::control(Session& session, const exchange::FrameMessage& message) {
  if (message.kind == MessageKind::kHello) return hello(session, message.envelope);
  if (session.phase != SessionPhase::kUp) {
    reject(session, code::no_hello);
    return count_drop(session, "no-hello");
  }
  const auto malformed = [&] { count_drop(session, "malformed-control"); };
  switch (message.kind) {
    case MessageKind::kPing: {
      const auto ping = schemas::decode<schemas::Ping>(message.envelope);
      if (!ping) return malformed();
      return send_control(session, MessageKind::kPong, schemas::Pong{ping->nonce, parts_.clock.wall()});
    }
    case MessageKind::kPong: {
      const auto pong = schemas::decode<schemas::Pong>(message.envelope);
      if (!pong) return malformed();
      session.skew = pong->clock - parts_.clock.wall();  // too large by at most the way there and back
      return;
    }
    case MessageKind::kCredit: {
      const auto credit = schemas::decode<schemas::Credit>(message.envelope);
      if (!credit) return malformed();
      return session.outbox.raise_credit(*credit);
    }
    case MessageKind::kSync: {
      const auto sync = schemas::decode<schemas::Sync>(message.envelope);
      if (!sync) return malformed();
      return step(SyncFromEvent{session.number, sync->from});
    }
    case MessageKind::kTileRequest: {
      auto request = schemas::decode<schemas::TileRequest>(message.envelope);
      if (!request) return malformed();
      if (session.tiles.size() >= limits::kTilesWaitingMax) return reject(session, code::busy);
      return session.tiles.push_back(*request);
    }
    case MessageKind::kCosign: return cosign(session, message.envelope);
    default: return reject(session, code::unknown_kind);
  }
}

void Loop::hello(Session& session, ByteView envelope) {
  const auto hello = schemas::decode<schemas::Hello>(envelope);
  if (!hello || session.phase != SessionPhase::kConnected) return count_drop(session, "bad-hello");
  if (const ErrorCode why = judge_hello(session, *hello); why != 0) {
    reject(session, why);
    return begin_close(session, why);
  }
  sessions_.bring_up(session, hello->provides);
  session.greeted = parts_.router.monitor().greeted(session.peer);
  session.seen_live = session.seen_live || session.greeted;
  session.software = escaped(hello->software);
  counters_.sessions_opened += 1;
  spdlog::info("session up session={} member={} provides={} software={}", session.number.value, session.member.text,
               session.provides.size(), quoted(hello->software));
  const exchange::Registry& registry = parts_.pipeline.registry();
  schemas::Welcome welcome;
  welcome.boot = boot_;
  welcome.origin = registry.origin();
  welcome.network = registry.network();
  welcome.epoch = registry.epoch();
  welcome.clock = parts_.clock.wall();
  welcome.checkpoint = to_bytes(as_bytes(parts_.checkpoint));
  send_control(session, MessageKind::kWelcome, welcome);
  send_control(session, MessageKind::kCredit, session.inbound.renew());
  step(SessionUpEvent{session.number, session.member, session.provides, hello->next_statement});
}

// 0: welcome.
ErrorCode Loop::judge_hello(const Session& session, const schemas::Hello& hello) {
  const auto& versions = hello.versions;
  if (std::find(versions.begin(), versions.end(), schemas::kEnvelopeVersion) == versions.end())
    return code::version_unknown;
  if (!INVARIANT_HOLDS(author_is_session, hello.member == session.member)) return code::author_not_session;
  if (!may_still(session)) return code::unknown_key;
  const std::vector<Session*> others = sessions_.up_of(session.member);
  for (Session* other : others)  // a peer that comes back finds its place free, not held by its own past
    if (other->lost(parts_.router.monitor().is_live(other->peer), now().monotonic)) end(*other, "disconnected");
  if (sessions_.up_of(session.member).size() >= limits::kSessionsPerMemberMax) return code::too_many_sessions;
  for (const DatasetId& dataset : hello.provides) {
    if (owner_of(dataset) != session.member) return code::author_not_session;
    if (sessions_.provider(dataset) != nullptr) return code::dataset_taken;
  }
  return 0;
}

void Loop::cosign(Session& session, ByteView envelope) {
  auto cosigned = schemas::decode<schemas::Cosign>(envelope);
  if (!cosigned) return count_drop(session, "malformed-control");
  const exchange::MemberRecord* member = parts_.pipeline.registry().member(session.member);
  const exchange::RegisteredKey* key = member == nullptr ? nullptr : member->current(schemas::KeyUse::kCosign);
  if (key == nullptr || key->verifying == nullptr) return reject(session, code::unknown_key);
  if (!parts_.cosignatures.offer(session.member, key->verifying, std::move(cosigned->note)))
    reject(session, code::busy);
}

// One request of each session in turn, so that none waits for another's proofs.
void Loop::serve_tiles() {
  std::size_t served = 0;
  for (bool any = true; any && served < limits::kTilesPerRound;) {
    any = false;
    for (Session* session : sessions_.all()) {
      if (session->phase != SessionPhase::kUp || session->tiles.empty() || served >= limits::kTilesPerRound) continue;
      if (session->outbox.control_bytes() > limits::kControlQueueBytesMax / 2) continue;  // as fast as it reads
      any = true;
      ++served;
      const schemas::TileRequest asked = session->tiles.front();
      session->tiles.pop_front();
      if (asked.width > crypto::tile_width(asked.level, asked.index, parts_.store.size())) {
        reject(*session, code::malformed);
        continue;
      }
      const std::vector<Digest>* known = tiles_.find(asked);
      auto hashes = known != nullptr ? *known : parts_.store.tile(asked.level, asked.index, asked.width);
      if (!hashes) {
        spdlog::error("tile unreadable why={}", quoted(hashes.error().what));
        reject(*session, code::unavailable);
        continue;
      }
      const schemas::Tile tile{asked.level, asked.index, asked.width, std::move(*hashes)};
      if (known == nullptr) tiles_.keep(tile);
      counters_.tiles += 1;
      send_control(*session, MessageKind::kTile, tile);
    }
  }
  blocked_ = blocked_ || served == limits::kTilesPerRound;
}

void Loop::publish(std::string note) {
  counters_.checkpoints += 1;
  parts_.checkpoint = std::move(note);
  const auto signed_note = crypto::parse_note(parts_.checkpoint);
  const auto covers = signed_note ? crypto::parse_checkpoint(signed_note->text) : Result<crypto::Checkpoint>{};
  unsigned_since_.reset();
  if (covers && covers->size < committed_size_) unsigned_since_ = now().monotonic;
  const schemas::Checkpoint checkpoint{to_bytes(as_bytes(parts_.checkpoint))};
  for (Session* session : sessions_.all())
    if (session->phase == SessionPhase::kUp) send_control(*session, MessageKind::kCheckpoint, checkpoint);
}

void Loop::reject_busy(Session& session, const exchange::Frame& frame) {
  const crypto::Suite& suite = parts_.pipeline.registry().suite();
  for (const auto& message : frame.messages) {
    if (session.phase == SessionPhase::kDead) return;
    reject(session, code::busy, exchange::message_digest(suite, message.kind, message.envelope, message.payload),
           id_of(message), kBusyDelayMs);
  }
}

void Loop::reject(Session& session, ErrorCode why, const Digest& rejected, const ExchangeId& id,
                  std::uint32_t delay_ms) {
  counters_.rejected.add(why);
  counters_.rejected_of.add(std::pair(why, session.member));
  schemas::Rejection rejection;
  rejection.head.kind = MessageKind::kRejection;
  rejection.head.origin = parts_.signer.origin;
  rejection.head.author = MemberId(parts_.signer.origin);
  rejection.head.key = parts_.signer.key->id();
  rejection.head.recipient = session.member;
  rejection.head.id = id;
  rejection.head.expires = parts_.clock.wall() + limits::kLifeMax;
  rejection.rejected = rejected;
  rejection.code = why;
  rejection.delay_ms = delay_ms;
  exchange::OutMessage message;
  message.kind = MessageKind::kRejection;
  message.envelope = std::make_shared<const Bytes>(schemas::encode(rejection));
  if (!session.outbox.push({std::move(message)})) end(session, "queue-full");
}

void Loop::count_drop(Session& session, const char* why) {
  counters_.dropped.add(std::string_view(why));
  counters_.dropped_of.add(std::pair(std::string(why), session.member));
  if (++session.drops >= limits::kDropsBeforeDisconnect) end(session, why);
}

void Loop::begin_close(Session& session, ErrorCode why) {
  if (session.phase == SessionPhase::kClosing || session.phase == SessionPhase::kDead) return;
  spdlog::info("session closing session={} member={} why={}", session.number.value, session.member.text,
               schemas::slug_of(why));
  const bool was_up = session.phase == SessionPhase::kUp;
  sessions_.take_down(session, SessionPhase::kClosing);
  session.tiles.clear();
  backlog_.drop(session.number);
  session.ends = now().monotonic + limits::kCloseAfter;
  if (!was_up) return;
  counters_.sessions_closed.add(schemas::slug_of(why));
  step(SessionDownEvent{session.number});
}

void Loop::end(Session& session, const char* why) {
  if (session.phase == SessionPhase::kDead) return;
  const bool was_up = session.phase == SessionPhase::kUp;
  spdlog::info("session ended session={} member={} why=\"{}\"", session.number.value, session.member.text, why);
  sessions_.take_down(session, SessionPhase::kDead);
  session.ends = now().monotonic + kRememberDead;
  session.outbox.clear();
  session.tiles.clear();
  backlog_.drop(session.number);
  parts_.router.drop(session.peer);
  if (!was_up) return;
  counters_.sessions_closed.add(std::string_view(why));
  step(SessionDownEvent{session.number});
}

}  // namespace steelyard::broker
