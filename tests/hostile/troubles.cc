// What tests/operators/alarms.py needs of an attacker beside rows of cases.toml.
#include "core/exchange/frame.h"
#include "tests/hostile/sockets.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

// rejections-many: four bundles of 512 requests that expired before they were sent.
Status stale(Stage& stage, Seen& seen) {
  for (const MemberId& member : {kAttacker, kBystander}) {
    for (int session = 0; session < 2; ++session) {
      TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(member)));
      std::vector<exchange::OutMessage> bundle;
      for (std::size_t i = 0; i < limits::kFrameMessagesMax; ++i) {
        schemas::Request request = stage.request(member);
        request.head.expires = stage.clock().wall() - seconds(1);
        bundle.push_back(stage.message(request, Bytes(16, 7)));
        ++seen.done;
      }
      peer->bundle(std::move(bundle));
      peer->listen(seen, limits::kFrameMessagesMax);
    }
  }
  return {};
}

// exchange-late: m004 takes a request, lives on, and never answers it.
Status never_answers(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto owner, Peer::join(stage, stage.identity(kOwnerPlayed), {kPlayedData}));
  TRY_ASSIGN(const auto user, Peer::join(stage, stage.identity(kAttacker)));
  schemas::Request request = stage.request(kAttacker, kPlayedData);
  request.head.expires = stage.clock().wall() + seconds(240);
  user->bundle({stage.message(request)});
  ++seen.done;
  TRY(owner->wait_for(MessageKind::kRequest));
  seen.tell("granted");
  owner->read(seconds(150));
  return {};
}

// queues-filling: every owner from m004 on takes requests and reads none, and m000 asks each as long as it may.
Status full_queues(Stage& stage, Seen& seen) {
  constexpr int kOwners = 20;
  const MemberId user("m000");
  const Bytes ping = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{1, {}}));
  std::vector<std::unique_ptr<Raw>> owners;
  std::vector<DatasetId> datasets;
  for (int i = 0; i < kOwners; ++i) {
    const MemberId owner("m" + std::to_string(1'004 + i).substr(1));
    datasets.push_back(DatasetId(owner.text + "/d000"));
    owners.push_back(std::make_unique<Raw>(stage, &stage.identity(owner), hold_little));
    TRY(owners.back()->greet(stage.hello(stage.identity(owner), {datasets.back()})));
    if (owners.back()->receive(seconds(3)).empty()) return fail(ErrorKind::kLater, "no Welcome");
  }
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(user)));
  const Duration until = stage.clock().monotonic() + seconds(12);
  schemas::Credit used;
  for (std::size_t i = 0; stage.clock().monotonic() < until; ++i) {
    Bytes frame = peer->frame_of({stage.message(stage.request(user, datasets[i % kOwners]), Bytes(200'000, 1))});
    used.messages += 1;
    used.bytes += frame.size();
    while (used.messages > peer->granted().messages || used.bytes > peer->granted().bytes) {
      if (stage.clock().monotonic() >= until || peer->state() != net::LinkState::kUp) return {};
      for (const Heard& heard : peer->read(milliseconds(5)))
        if (const std::string what = words_of(heard.kind, heard.envelope); !what.empty()) seen.tell(what);
    }
    peer->send(std::move(frame));
    ++seen.done;
    if (i % kOwners == 0)
      for (const auto& owner : owners) owner->send(ping);
  }
  return {};
}

}  // namespace

void add_troubles(Attacks& to) {
  to["helper-stale"] = stale;
  to["helper-never-answers"] = never_answers;
  to["helper-full-queues"] = full_queues;
}

}  // namespace steelyard::hostile
