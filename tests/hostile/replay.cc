// Attacks in time: the same again, other bytes under a used id, and the edges of what is fresh.
#include "core/crypto/random.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

schemas::Request refused_request(Stage& stage) {
  schemas::Request request = stage.request();
  request.purpose = PurposeId("no-such-purpose");
  return request;
}

// Sends once and takes the answer, so that it is durable; then lets `again` send.
Status twice(Stage& stage, Seen& seen, bool anew, const exchange::OutMessage& first,
             const exchange::OutMessage& second) {
  TRY_ASSIGN(auto peer, Peer::join(stage, stage.identity(kAttacker)));
  Seen before;
  peer->bundle({first});
  peer->listen(before, 1);
  if (before.told.empty()) return fail(ErrorKind::kLater, "the first one was not answered");
  if (anew) {
    peer.reset();
    TRY_ASSIGN(peer, Peer::join(stage, stage.identity(kAttacker)));
  }
  peer->bundle({second});
  ++seen.done;
  peer->listen(seen, 1);
  return {};
}

Status replay(Stage& stage, Seen& seen, bool anew) {
  const exchange::OutMessage request = stage.message(refused_request(stage));
  return twice(stage, seen, anew, request, request);
}

Status replay_answered(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const exchange::OutMessage request, stage.sealed(stage.request(), kAttacker));
  return twice(stage, seen, false, request, request);
}

schemas::Received hand_over(Stage& stage, const Digest& answer) {
  schemas::Received received;
  received.head = stage.head(MessageKind::kReceived, kAttacker, MemberId(stage.origin()));
  received.answers = {answer};
  return received;
}

Status replay_hand_over(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const exchange::OutMessage request, stage.sealed(stage.request(), kAttacker));
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  peer->bundle({request});
  TRY_ASSIGN(const Heard answer, peer->wait_for(MessageKind::kAnswer));
  const Digest digest = exchange::message_digest(stage.suite(), answer.kind, answer.envelope, answer.payload);
  const exchange::OutMessage message = stage.plain(hand_over(stage, digest));
  return twice(stage, seen, false, message, message);
}

Status hand_over_of_nothing(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  std::vector<exchange::OutMessage> messages;
  for (std::size_t i = 0; i < limits::kFrameMessagesMax; ++i) {
    schemas::Received received = hand_over(stage, crypto::random<Digest>());
    for (int n = 0; n < 40; ++n) received.answers.push_back(crypto::random<Digest>());
    messages.push_back(stage.plain(received));
  }
  seen.done = messages.size();
  peer->bundle(std::move(messages));
  peer->listen(seen, seen.done);
  return {};
}

Status id_reused(Stage& stage, Seen& seen) {
  schemas::Request request = refused_request(stage);
  const exchange::OutMessage first = stage.message(request);
  request.fields.pop_back();
  return twice(stage, seen, false, first, stage.message(request));
}

schemas::Request timed(Stage& stage, Duration created, Duration expires) {
  schemas::Request request = refused_request(stage);
  const Instant now = stage.clock().wall();
  request.head.id = crypto::make_exchange_id({now.us + created.us});
  request.head.expires = {now.us + expires.us};
  return request;
}

Status send_all(Stage& stage, Seen& seen, const std::vector<schemas::Request>& requests) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  for (const schemas::Request& request : requests) peer->bundle({stage.message(request)});
  seen.done = requests.size();
  peer->listen(seen, seen.done);
  return {};
}

Duration ago(std::int64_t s) { return {-seconds(s).us}; }

Status window_inside(Stage& stage, Seen& seen) {
  schemas::Request longest = timed(stage, {}, {});
  longest.head.expires = crypto::time_of(longest.head.id) + limits::kLifeMax;
  return send_all(stage, seen, {timed(stage, seconds(29), seconds(60)), timed(stage, ago(60), ago(29)), longest});
}

Status window_outside(Stage& stage, Seen& seen) {
  schemas::Request longest = timed(stage, {}, {});
  longest.head.expires = crypto::time_of(longest.head.id) + limits::kLifeMax + milliseconds(1);
  schemas::Request no_time = timed(stage, {}, seconds(60));
  no_time.head.id.octets[6] = static_cast<std::uint8_t>(0x40 | (no_time.head.id.octets[6] & 0x0f));  // a UUIDv4
  return send_all(stage, seen,
                  {timed(stage, seconds(31), seconds(60)), timed(stage, ago(60), ago(31)), longest,
                   timed(stage, {}, ago(1)), no_time});
}

}  // namespace

void add_replay(Attacks& to) {
  to["replay-same-connection"] = [](Stage& stage, Seen& seen) { return replay(stage, seen, false); };
  to["replay-new-connection"] = [](Stage& stage, Seen& seen) { return replay(stage, seen, true); };
  to["replay-answered"] = replay_answered;
  to["replay-hand-over"] = replay_hand_over;
  to["hand-over-of-nothing"] = hand_over_of_nothing;
  to["id-reused"] = id_reused;
  to["window-inside"] = window_inside;
  to["window-outside"] = window_outside;
}

}  // namespace steelyard::hostile
