// Attacks by frames that cost their sender nothing: control frames without end, and places held without being a
// session, or by asking for a page without ever having asked.
#include <zmq.h>

#include <algorithm>
#include <list>

#include "core/base/limits.h"
#include "tests/hostile/sockets.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

constexpr Duration kGreetingEnds = seconds(9);  // limits::kHelloWithin, and a loaded machine
constexpr Duration kPageEnds = seconds(15);     // limits::kHttpWithin twice: some wait for a place first

Bytes ping_frame() { return exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{1, {}})); }

// A session that sends one control frame as fast as it can, until it is cut off.
Status flood(Stage& stage, Seen& seen, const Bytes& frame, std::size_t times) {
  Raw raw(stage, &stage.identity(kAttacker));
  TRY(raw.greet(stage.hello(stage.identity(kAttacker))));
  if (raw.receive(seconds(3)).empty()) return fail(ErrorKind::kLater, "no Welcome");
  ++seen.done;
  for (std::size_t i = 0; i < times && !raw.ended(); ++i) {
    if (!raw.send(frame)) break;
    while (!raw.receive({}).empty()) continue;  // reads all that it makes the broker say
  }
  const auto ended = [&] {
    raw.receive(milliseconds(1));
    return raw.ended();
  };
  if (eventually(ended, seconds(6))) ++seen.closed;
  return {};
}

// Connections with a good key that keep talking and never say Hello.
Status never_greeting(Stage& stage, Seen& seen) {
  const Bytes ping = ping_frame();
  std::vector<std::unique_ptr<Raw>> talkers;
  for (int i = 0; i < 32; ++i) {
    talkers.push_back(std::make_unique<Raw>(stage, &stage.identity(kAttacker)));
    if (!talkers.back()->up()) return fail(ErrorKind::kLater, "a handshake was not taken");
    talkers.back()->send(ping);
  }
  seen.done = talkers.size();
  Duration said = stage.clock().monotonic();
  eventually(
      [&] {
        const bool again = stage.clock().monotonic() >= said + seconds(1);
        if (again) said = stage.clock().monotonic();
        bool all = true;
        for (auto& one : talkers) {
          if (one->ended()) continue;
          all = false;
          one->receive({});
          if (again) one->send(ping);
        }
        return all;
      },
      kGreetingEnds);
  seen.closed = static_cast<std::size_t>(
      std::count_if(talkers.begin(), talkers.end(), [](const auto& one) { return one->ended(); }));
  return {};
}

// As many as the session's bucket holds at once, each answered.
Status pings(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  const Bytes ping = ping_frame();
  for (int i = 0; i < 5'000; ++i) peer->send(ping);
  seen.done = 5'000;
  std::size_t pongs = 0;
  const Duration until = stage.clock().monotonic() + seconds(10);
  while (pongs < seen.done && stage.clock().monotonic() < until && peer->state() == net::LinkState::kUp)
    for (const Heard& heard : peer->read(milliseconds(5))) pongs += heard.kind == MessageKind::kPong ? 1 : 0;
  if (peer->state() == net::LinkState::kUp) seen.tell(pongs == seen.done ? "served" : "fewer pongs than pings");
  return {};
}

// More in one go than a bucket holds and refills meanwhile. Nothing holds up what they make the broker say.
Status ping_flood(Stage& stage, Seen& seen) {
  Raw raw(stage, &stage.identity(kAttacker), [](void* socket) {
    const int all = 0;
    zmq_setsockopt(socket, ZMQ_RCVHWM, &all, sizeof(all));
  });
  TRY(raw.greet(stage.hello(stage.identity(kAttacker))));
  if (raw.receive(seconds(3)).empty()) return fail(ErrorKind::kLater, "no Welcome");
  seen.done = 1;
  const Bytes ping = ping_frame();
  for (double sent = 0; sent < 4 * limits::kControlBurst && !raw.ended(); ++sent) raw.send(ping);
  if (eventually([&] { return raw.ended(); }, seconds(6))) ++seen.closed;
  return {};
}

// All places at the operators' pages, each asking on, an octet a second.
Status pages_dribble(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const int port, stage.operators_port());
  std::list<Tcp> slow;
  for (std::size_t i = 0; i < limits::kHttpConnectionsMax; ++i) {
    slow.emplace_back(port);
    slow.back().send(as_bytes("GET /metrics HTTP/1.1\r\nX: "));
  }
  seen.done = slow.size();
  const Duration until = stage.clock().monotonic() + kPageEnds;
  for (Duration said = stage.clock().monotonic(); !slow.empty() && stage.clock().monotonic() < until;) {
    eventually([&] { return stage.clock().monotonic() >= said + seconds(1); }, seconds(2));
    said = stage.clock().monotonic();
    seen.closed += std::erase_if(slow, [](Tcp& one) { return one.ended() || !one.send(as_bytes("x")); });
  }
  return {};
}

Status bad_cosigns(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  TRY_ASSIGN(const Heard head, peer->wait_for(MessageKind::kCheckpoint));
  TRY_ASSIGN(const auto checkpoint, schemas::decode<schemas::Checkpoint>(head.envelope));
  for (int i = 0; i < 10; ++i) peer->control(MessageKind::kCosign, schemas::Cosign{checkpoint.note});  // not cosigned
  seen.done = 10;
  peer->listen(seen, 0);
  return {};
}

}  // namespace

void add_floods(Attacks& to) {
  to["sync-flood"] = [](Stage& stage, Seen& seen) {
    return flood(stage, seen, exchange::control_frame(MessageKind::kSync, schemas::encode(schemas::Sync{LogIndex(0)})),
                 4'000);
  };
  to["cosign-flood"] = [](Stage& stage, Seen& seen) {
    return flood(stage, seen,
                 exchange::control_frame(MessageKind::kCosign, schemas::encode(schemas::Cosign{Bytes(1'000, 'x')})),
                 4'000);
  };
  to["pings"] = pings;
  to["ping-flood"] = ping_flood;
  to["never-greeting"] = never_greeting;
  to["pages-dribble"] = pages_dribble;
  to["cosign-bad"] = bad_cosigns;
}

}  // namespace steelyard::hostile
