// Attacks that ask for what is not there, or is not theirs; and for too much at once.
#include <zmq.h>

#include <chrono>
#include <thread>

#include "core/crypto/random.h"
#include "tests/hostile/sockets.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;
using Change = std::function<void(Stage&, schemas::Request&)>;

Status ask(Stage& stage, Seen& seen, const std::vector<Change>& changes, const MemberId& who = kAttacker,
           const DatasetId& dataset = kHonestData) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(who)));
  for (const Change& change : changes) {
    schemas::Request request = stage.request(who, dataset);
    change(stage, request);
    peer->bundle({stage.message(request)});
    ++seen.done;
  }
  peer->listen(seen, seen.done);
  return {};
}

Attack asking(Change change) {
  return [change = std::move(change)](Stage& stage, Seen& seen) { return ask(stage, seen, {change}); };
}

Change dataset(const char* name) {
  return [name](Stage&, schemas::Request& request) {
    request.dataset = DatasetId(name);
    request.head.recipient = owner_of(request.dataset);
  };
}

Status actions_not_built(Stage& stage, Seen& seen) {
  std::vector<Change> changes;
  for (const auto action : {schemas::Action::kMatch, schemas::Action::kTransfer})
    changes.push_back([action](Stage&, schemas::Request& request) { request.action = action; });
  return ask(stage, seen, changes);
}

std::vector<Bytes> flood_frames(Stage& stage, const Peer& peer, std::size_t frames) {
  std::vector<Bytes> ready;
  schemas::Request request = stage.request();
  request.purpose = PurposeId("no-such-purpose");
  for (std::size_t i = 0; i < frames; ++i) {
    std::vector<exchange::OutMessage> messages;
    for (std::size_t n = 0; n < limits::kFrameMessagesMax; ++n) {
      request.head.id = crypto::make_exchange_id(stage.clock().wall());
      messages.push_back(stage.message(request, Bytes(16, 1)));
    }
    ready.push_back(peer.frame_of(std::move(messages)));
  }
  return ready;
}

// Keeps to its credit, and always has as much under way as that allows.
Status flood(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  std::vector<Bytes> ready = flood_frames(stage, *peer, stage.long_form() ? 120 : 30);
  seen.done = ready.size() * limits::kFrameMessagesMax;
  seen.note = std::to_string(stage.clock().monotonic().us);  // from here on neighbours are watched
  const Duration until = stage.clock().monotonic() + seconds(60);
  schemas::Credit used;
  std::size_t told = 0;
  for (Bytes& frame : ready) {
    used.messages += limits::kFrameMessagesMax;
    used.bytes += frame.size();
    while (used.messages > peer->granted().messages || used.bytes > peer->granted().bytes) {
      if (stage.clock().monotonic() >= until || peer->state() != net::LinkState::kUp)
        return fail(ErrorKind::kLater, "no credit came");
      for (const Heard& heard : peer->read(milliseconds(1)))
        if (const std::string what = words_of(heard.kind, heard.envelope); !what.empty()) {
          seen.tell(what);
          ++told;
        }
    }
    peer->send(std::move(frame));
  }
  peer->listen(seen, seen.done - told, seconds(60));
  return {};
}

Status flood_beyond_credit(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  std::vector<Bytes> ready = flood_frames(stage, *peer, 60);
  seen.done = 1;  // connection
  const std::size_t messages = ready.size() * limits::kFrameMessagesMax;
  for (Bytes& frame : ready) peer->send(std::move(frame));
  peer->listen(seen, messages);
  return {};
}

// m004 takes requests and reads none: who asks it is told to wait, and nobody else feels it.
Status owner_reads_nothing(Stage& stage, Seen& seen) {
  Raw owner(stage, &stage.identity(kOwnerPlayed), hold_little);
  TRY(owner.greet(stage.hello(stage.identity(kOwnerPlayed), {kPlayedData})));
  if (owner.receive(seconds(3)).empty()) return fail(ErrorKind::kLater, "no Welcome");
  const Bytes ping = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{1, {}}));
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (int i = 0; i < 100; ++i) {
    peer->bundle({stage.message(stage.request(kAttacker, kPlayedData), Bytes(200'000, 1))});
    ++seen.done;
    if (i % 10 == 9) {
      owner.send(ping);
      peer->read(milliseconds(10), [&](const auto& heard) {
        if (!heard.empty())
          if (const std::string what = words_of(heard.back().kind, heard.back().envelope); !what.empty())
            seen.tell(what);
        return false;
      });
    }
  }
  peer->listen(seen, 1);
  return {};
}

}  // namespace

void add_catalogue(Attacks& to) {
  to["unknown-dataset"] = asking(dataset("m003/no-such"));
  to["unknown-owner"] = asking(dataset("nobody/d000"));
  to["unknown-field"] = asking([](Stage&, schemas::Request& r) { r.fields.push_back(FieldName("f99")); });
  to["unknown-purpose"] = asking([](Stage&, schemas::Request& r) { r.purpose = PurposeId("no-such-purpose"); });
  to["unknown-action"] = asking([](Stage&, schemas::Request& r) { r.action = schemas::Action{99}; });
  to["action-not-built"] = actions_not_built;
  to["unknown-application"] = [](Stage& stage, Seen& seen) {
    return ask(stage, seen,
               {[](Stage&, schemas::Request& r) { r.application = ApplicationId("app-nobody"); },
                [](Stage&, schemas::Request& r) { r.application = ApplicationId("app-m002"); }});
  };
  to["unknown-agreement"] = asking([](Stage&, schemas::Request& r) { r.agreement = AgreementId("no-such"); });
  to["no-agreement"] = [](Stage& stage, Seen& seen) {
    return ask(stage, seen, {[](Stage&, schemas::Request&) {}}, kOwnerPlayed);
  };
  to["anothers-agreement"] =
      asking([](Stage& stage, schemas::Request& r) { r.agreement = stage.agreement_of(kBystander, kHonestData); });
  to["condition-not-granted"] = asking([](Stage&, schemas::Request& r) { r.conditions = {FieldName("f6")}; });
  to["field-withheld"] = asking([](Stage&, schemas::Request& r) {
    r.fields.push_back(FieldName("f6"));
    r.strict = true;
  });
  to["owner-away"] = [](Stage& stage, Seen& seen) {
    return ask(stage, seen, {[](Stage&, schemas::Request&) {}}, kAttacker, kPlayedData);
  };
  to["flood"] = flood;
  to["flood-beyond-credit"] = flood_beyond_credit;
  to["owner-reads-nothing"] = owner_reads_nothing;
}

}  // namespace steelyard::hostile
