// Attacks before and below any message: handshakes, connections, parts, sizes.
#include <zmq.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "core/crypto/random.h"
#include "tests/hostile/sockets.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

constexpr Duration kHandshakeEnds = seconds(6);  // limits::kHandshakeWithin, and a loaded machine
constexpr Duration kSilenceEnds = seconds(9);    // limits::kPongWithin, a sweep a second, and a loaded machine
constexpr int kZmqMetadata = 95;                 // of the draft part of zmq.h

void pause(Duration time) { std::this_thread::sleep_for(std::chrono::microseconds(time.us)); }

client::Identity with_transport(Stage& stage, crypto::CurveKey key) {
  auto read = client::read_identity_file(stage.world() + "/city/m001/identity.toml");
  client::Identity made = std::move(*read);
  made.transport_key = std::move(key);
  return made;
}

// What every attack on a handshake says and sees: octets, and then the end of the connection.
Status greet_badly(Stage& stage, Seen& seen, const Bytes& octets) {
  Tcp tcp(stage.port());
  tcp.send(octets);
  ++seen.done;
  if (eventually([&] { return tcp.ended(); }, kHandshakeEnds)) ++seen.closed;
  return {};
}

Status unknown_key(Stage& stage, Seen& seen) {
  const client::Identity stranger = with_transport(stage, crypto::CurveKey::generate());
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stranger));
  ++seen.done;
  if (peer->state() != net::LinkState::kUp) ++seen.closed;
  return {};
}

Status wrong_server_key(Stage& stage, Seen& seen) {
  client::Identity lost = with_transport(stage, crypto::CurveKey::generate());
  lost.broker_key = crypto::CurveKey::generate().public_key().octets;
  Raw raw(stage, &lost);
  ++seen.done;
  if (!raw.up(kHandshakeEnds)) ++seen.closed;
  return {};
}

Status null_mechanism(Stage& stage, Seen& seen) {
  Bytes octets = zmtp_greeting("NULL");
  const std::string ready = std::string(
      "\x05READY\x0bSocket-Type\0\0\0\x06"
      "DEALER",
      28);
  octets.push_back(4);
  octets.push_back(static_cast<std::uint8_t>(ready.size()));
  append(octets, as_bytes(ready));
  return greet_badly(stage, seen, octets);
}

Status plain_mechanism(Stage& stage, Seen& seen) {
  Raw raw(stage, nullptr, [](void* socket) {
    zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "m000", 4);
    zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "secret", 6);
  });
  ++seen.done;
  if (!raw.up(kHandshakeEnds)) ++seen.closed;
  return {};
}

Status forged_user_id(Stage& stage, Seen& seen) {
  // The name is changed under the seal of the handshake: libzmq lets nobody choose one without "X-".
  const std::string claim = "X-er-Id:" + std::string(160, 'a');
  const std::size_t before = tamper_handshakes("\x07X-er-Id", "\x07User-Id");
  Raw raw(stage, &stage.identity(kAttacker), [&](void* socket) {
    if (zmq_setsockopt(socket, kZmqMetadata, claim.data(), claim.size()) != 0) std::exit(3);
  });
  TRY(raw.greet(stage.hello(stage.identity(kBystander))));
  if (tamper_handshakes("", "") == before) return fail(ErrorKind::kFix, "no User-Id could be forged");
  ++seen.done;
  const Duration until = stage.clock().monotonic() + seconds(3);
  while (stage.clock().monotonic() < until && !raw.ended()) {
    const Bytes octets = raw.receive(milliseconds(100));
    const auto frame = exchange::parse_frame(octets);
    if (!frame) continue;
    for (const auto& message : frame->messages)
      if (const std::string what = words_of(message.kind, message.envelope); !what.empty()) seen.tell(what);
  }
  if (raw.ended()) ++seen.closed;
  return {};
}

Status zap_stuck(Stage& stage, Seen& seen) {
  std::vector<std::unique_ptr<Raw>> peers;
  for (int i = 0; i < 8; ++i) peers.push_back(std::make_unique<Raw>(stage, &stage.identity(kAttacker)));
  seen.done = peers.size();
  for (auto& peer : peers)
    if (!peer->up(kHandshakeEnds)) ++seen.closed;
  return {};
}

Status zap_slow(Stage& stage, Seen& seen) {
  for (int i = 0; i < 8; ++i) {
    TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(i % 2 == 0 ? kAttacker : kBystander)));
    ++seen.done;
    seen.tell("welcomed");
  }
  return {};
}

// What libzmq gives a nameless peer: a zero octet, then a number that goes up by one, from rand().
Status predictable_routing_ids(Stage& stage, Seen& seen) {
  std::srand(1);
  const auto first = static_cast<std::uint32_t>(std::rand());
  std::vector<std::unique_ptr<Raw>> peers;
  for (std::uint32_t i = 0; i < 64; ++i) {
    Bytes name{0};
    put_be(name, i < 32 ? first + i : i - 32);  // unseeded, and counted from nothing
    const std::string own = "peer" + std::string(1, static_cast<char>('A' + i % 26));
    tamper_handshakes(own, std::string(as_text(name)));
    peers.push_back(std::make_unique<Raw>(stage, &stage.identity(kAttacker), [&](void* socket) {
      zmq_setsockopt(socket, ZMQ_ROUTING_ID, own.data(), 5);
    }));
    if (!peers.back()->up()) return fail(ErrorKind::kLater, "a handshake was not taken");
    ++seen.done;
  }
  if (tamper_handshakes("", "") < 64) return fail(ErrorKind::kFix, "no routing id could be claimed");
  peers.clear();
  TRY_ASSIGN(const auto after, Peer::join(stage, stage.identity(kAttacker)));
  seen.tell("welcomed");
  return {};
}

Status duplicate_routing_ids(Stage& stage, Seen& seen) {
  const auto named = [](void* socket) { zmq_setsockopt(socket, ZMQ_ROUTING_ID, "the-same", 8); };
  TRY_ASSIGN(const auto speaks, Peer::connect(stage, stage.identity(kAttacker)));
  const Bytes hello = exchange::control_frame(MessageKind::kHello, schemas::encode(stage.hello(speaks->who())));
  std::vector<std::unique_ptr<Raw>> peers;
  for (int i = 0; i < 4; ++i) {
    peers.push_back(std::make_unique<Raw>(stage, &stage.identity(kAttacker), named));
    if (!peers.back()->up()) return fail(ErrorKind::kLater, "a handshake was not taken");
    peers.back()->send(hello);
    if (i == 0 && peers[0]->receive(seconds(3)).empty()) return fail(ErrorKind::kLater, "the first was not heard");
  }
  TRY(speaks->up());
  seen.done = 3;
  const Bytes ping = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{1, {}}));
  eventually(
      [&] {
        peers[0]->send(ping);
        speaks->read(milliseconds(100));
        speaks->send(ping);
        return peers[1]->ended() && peers[2]->ended() && peers[3]->ended();
      },
      kSilenceEnds);
  for (int i = 1; i < 4; ++i) {
    if (peers[i]->ended()) ++seen.closed;
    if (!peers[i]->receive(milliseconds(1)).empty()) seen.tell("heard");
  }
  if (peers[0]->ended()) seen.note = "the first one was cut, too";
  return {};
}

Status unfinished_multipart(Stage& stage, Seen& seen) {
  Relay relay(stage.port(), 12 * 1024 * 1024);
  Raw raw(stage, &stage.identity(kAttacker), {}, relay.port());
  const Bytes part(64 * 1024, 9);
  for (int i = 0; i < 320; ++i) raw.send(part, true);
  raw.send(as_bytes("end"));  // kept back by the relay: 20 MiB of which 12 arrive
  if (!eventually([&] { return relay.exhausted(); }, seconds(10)))
    return fail(ErrorKind::kLater, "the broker did not take 12 MiB");
  ++seen.done;
  if (eventually([&] { return relay.cut_by_broker(); }, seconds(6))) ++seen.closed;
  return {};
}

Status many_parts(Stage& stage, Seen& seen, std::size_t parts, ByteView part) {
  Raw raw(stage, &stage.identity(kAttacker));
  if (!raw.up()) return fail(ErrorKind::kLater, "the handshake was not taken");
  for (std::size_t i = 1; i < parts; ++i) raw.send(part, true);
  raw.send(part);
  ++seen.done;
  if (eventually([&] { return raw.ended(); }, seconds(6))) ++seen.closed;
  return {};
}

Status multipart_two(Stage& stage, Seen& seen) {
  const Bytes hello =
      exchange::control_frame(MessageKind::kHello, schemas::encode(stage.hello(stage.identity(kAttacker))));
  return many_parts(stage, seen, 2, hello);
}

Status empty_part(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  peer->send({});
  ++seen.done;
  peer->listen(seen, 0);
  return {};
}

Status oversized_before_handshake(Stage& stage, Seen& seen) {
  Bytes octets = zmtp_greeting("CURVE");
  octets.push_back(6);  // a long command
  put_be(octets, std::uint64_t{1} << 40);
  octets.resize(octets.size() + 100'000, 1);
  return greet_badly(stage, seen, octets);
}

Status oversized_after_handshake(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  peer->send(Bytes(limits::kFrameBytesMax + 4096, 1));
  ++seen.done;
  if (peer->closed_within(seconds(5))) ++seen.closed;
  return {};
}

Status idle_connections(Stage& stage, Seen& seen) {
  const std::size_t count = stage.long_form() ? 5'000 : 500;
  std::vector<Tcp> idle;
  idle.reserve(count);
  for (std::size_t i = 0; i < count; ++i) idle.emplace_back(stage.port());
  seen.done = count;
  std::vector<bool> ended(count, false);
  eventually(
      [&] {
        for (std::size_t i = 0; i < count; ++i) ended[i] = ended[i] || idle[i].ended();
        pause(milliseconds(20));
        return std::find(ended.begin(), ended.end(), false) == ended.end();
      },
      stage.long_form() ? seconds(20) : kHandshakeEnds);
  for (const bool one : ended) seen.closed += one ? 1 : 0;
  return {};
}

Status idle_authenticated(Stage& stage, Seen& seen) {
  std::vector<std::unique_ptr<Raw>> idle;
  for (int i = 0; i < 64; ++i) {
    idle.push_back(std::make_unique<Raw>(stage, &stage.identity(kAttacker)));
    if (!idle.back()->up()) return fail(ErrorKind::kLater, "a handshake was not taken");
  }
  seen.done = idle.size();
  eventually(
      [&] {
        pause(milliseconds(20));
        return std::all_of(idle.begin(), idle.end(), [](auto& one) { return one->ended(); });
      },
      kSilenceEnds);
  for (auto& one : idle) seen.closed += one->ended() ? 1 : 0;
  return {};
}

Status byte_by_byte(Stage& stage, Seen& seen) {
  constexpr std::size_t kSlow = 200;
  std::vector<Tcp> slow;
  slow.reserve(kSlow);
  for (std::size_t i = 0; i < kSlow; ++i) slow.emplace_back(stage.port());
  seen.done = kSlow;
  const Bytes greeting = zmtp_greeting("CURVE");
  std::vector<bool> ended(kSlow, false);
  const Duration until = stage.clock().monotonic() + kHandshakeEnds;
  for (std::size_t octet = 0; stage.clock().monotonic() < until; ++octet) {
    bool all = true;
    for (std::size_t i = 0; i < kSlow; ++i) {
      ended[i] = ended[i] || !slow[i].send(ByteView(greeting).subspan(octet % greeting.size(), 1)) || slow[i].ended();
      all = all && ended[i];
    }
    if (all) break;
    pause(milliseconds(100));
  }
  for (const bool one : ended) seen.closed += one ? 1 : 0;
  return {};
}

Status connection_churn(Stage& stage, Seen& seen) {
  const std::size_t count = stage.long_form() ? 20'000 : 2'000;
  const Bytes greeting = zmtp_greeting("CURVE");
  for (std::size_t i = 0; i < count; ++i) {
    Tcp one(stage.port());
    if (i % 3 == 0) one.send(greeting);
    if (i % 10 == 0) one.reset();
  }
  seen.done = seen.closed = count;  // by the attacker itself
  pause(milliseconds(300));
  return {};
}

Status session_churn(Stage& stage, Seen& seen) {
  for (int i = 0; i < 100; ++i) {
    // A place is free again once the broker knows that the last one has gone: a moment.
    const bool welcomed =
        eventually([&] { return Peer::join(stage, stage.identity(kAttacker)).has_value(); }, seconds(5));
    if (!welcomed) return fail(ErrorKind::kLater, "no session after " + std::to_string(i));
    seen.tell("welcomed");
    ++seen.done;
  }
  return {};
}

// More connections than the broker has descriptors for, beside a session that is up.
Status crowd(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.root()));
  std::vector<Tcp> many;
  for (int i = 0; i < 1'500; ++i) many.emplace_back(stage.port());
  seen.done = many.size();
  const Bytes ping = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{7, {}}));
  std::vector<bool> ended(many.size(), false);
  const Duration until = stage.clock().monotonic() + kHandshakeEnds;
  while (stage.clock().monotonic() < until && std::find(ended.begin(), ended.end(), false) != ended.end()) {
    peer->send(ping);
    if (!peer->wait_for(MessageKind::kPong, seconds(1))) seen.tell("the session that was up is not answered");
    for (std::size_t i = 0; i < many.size(); ++i) ended[i] = ended[i] || many[i].ended();
    pause(milliseconds(20));
  }
  for (const bool one : ended) seen.closed += one ? 1 : 0;
  return {};
}

Status heartbeat_reset_full_pipe(Stage& stage, Seen& seen) {
  for (int i = 0; i < 20; ++i) {
    Relay relay(stage.port(), 64 * 1024 * 1024);
    Raw raw(
        stage, &stage.identity(kAttacker),
        [](void* socket) {
          const int every_ms = 1;
          const int patience_ms = 60'000;
          zmq_setsockopt(socket, ZMQ_HEARTBEAT_IVL, &every_ms, sizeof(every_ms));
          zmq_setsockopt(socket, ZMQ_HEARTBEAT_TIMEOUT, &patience_ms, sizeof(patience_ms));
          const int one = 1;
          zmq_setsockopt(socket, ZMQ_RCVHWM, &one, sizeof(one));
        },
        relay.port());
    TRY(raw.greet(stage.hello(stage.identity(kAttacker))));
    const Bytes tile =
        exchange::control_frame(MessageKind::kTileRequest, schemas::encode(schemas::TileRequest{0, 0, 16}));
    for (int n = 0; n < 900; ++n) raw.send(tile);
    if (raw.receive(seconds(2)).empty()) return fail(ErrorKind::kLater, "no Welcome");
    pause(milliseconds(20));
    relay.reset();
    ++seen.done;
    ++seen.closed;
    pause(milliseconds(60));
  }
  pause(milliseconds(300));
  return {};
}

Status reads_nothing(Stage& stage, Seen& seen) {
  Raw raw(stage, &stage.identity(kAttacker), hold_little);
  TRY(raw.greet(stage.hello(stage.identity(kAttacker))));
  const Bytes tile =
      exchange::control_frame(MessageKind::kTileRequest, schemas::encode(schemas::TileRequest{0, 0, 256}));
  ++seen.done;
  eventually(
      [&] {
        for (int n = 0; n < 900 && !raw.ended(); ++n) zmq_send(raw.socket(), tile.data(), tile.size(), ZMQ_DONTWAIT);
        pause(milliseconds(50));
        return raw.ended();
      },
      seconds(4));
  // Who reads nothing does not see the end either: so it reads at last.
  const bool ended = eventually(
      [&] {
        raw.receive({});
        return raw.ended();
      },
      seconds(6));
  if (ended) ++seen.closed;
  return {};
}

}  // namespace

void add_transport(Attacks& to) {
  to["unknown-key"] = unknown_key;
  to["wrong-server-key"] = wrong_server_key;
  to["mechanism-null"] = null_mechanism;
  to["mechanism-plain"] = plain_mechanism;
  to["old-zmtp-1"] = [](Stage& stage, Seen& seen) {
    return greet_badly(stage, seen, {1, 0, 5, 0, 'h', 'e', 'l', 'o'});
  };
  to["old-zmtp-2"] = [](Stage& stage, Seen& seen) {
    return greet_badly(stage, seen, {0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 1, 5, 0, 0});
  };
  to["http-request"] = [](Stage& stage, Seen& seen) {
    return greet_badly(stage, seen, to_bytes(as_bytes("GET /metrics HTTP/1.1\r\nHost: broker\r\n\r\n")));
  };
  to["forged-user-id"] = forged_user_id;
  to["zap-stuck"] = zap_stuck;
  to["zap-slow"] = zap_slow;
  to["predictable-routing-ids"] = predictable_routing_ids;
  to["duplicate-routing-ids"] = duplicate_routing_ids;
  to["unfinished-multipart"] = unfinished_multipart;
  to["multipart-many"] = [](Stage& stage, Seen& seen) { return many_parts(stage, seen, 100'000, as_bytes("part")); };
  to["multipart-two"] = multipart_two;
  to["empty-part"] = empty_part;
  to["oversized-before-handshake"] = oversized_before_handshake;
  to["oversized-after-handshake"] = oversized_after_handshake;
  to["idle-connections"] = idle_connections;
  to["idle-authenticated"] = idle_authenticated;
  to["byte-by-byte-handshakes"] = byte_by_byte;
  to["connection-churn"] = connection_churn;
  to["session-churn"] = session_churn;
  to["helper-crowd"] = crowd;
  to["heartbeat-reset-full-pipe"] = heartbeat_reset_full_pipe;
  to["reads-nothing"] = reads_nothing;
}

}  // namespace steelyard::hostile
