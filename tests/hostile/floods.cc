// Attacks by frames that cost their sender nothing: control frames without end, and places held without being a
// session.
#include <algorithm>

#include "tests/hostile/sockets.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

constexpr Duration kGreetingEnds = seconds(9);  // limits::kHelloWithin, and a loaded machine

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
  const Bytes ping = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{1, {}}));
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
  to["never-greeting"] = never_greeting;
  to["cosign-bad"] = bad_cosigns;
}

}  // namespace steelyard::hostile
