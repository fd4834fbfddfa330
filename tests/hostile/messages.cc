// Attacks with octets that break docs/formats/frame.md, and with kinds where they do not belong.
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;

// The broker cuts a session off at its 16th drop, so each has 15.
Status send_each(Stage& stage, Seen& seen, const std::vector<Bytes>& frames, std::size_t words) {
  constexpr std::size_t kOfOne = limits::kDropsBeforeDisconnect - 1;
  for (std::size_t from = 0; from < frames.size(); from += kOfOne) {
    TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
    for (std::size_t i = from; i < std::min(frames.size(), from + kOfOne); ++i, ++seen.done) peer->send(frames[i]);
    peer->listen(seen, words);
  }
  return {};
}

Status frame_rules(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(kAttacker)));
  const Bytes good = peer->frame_of({stage.message(stage.request())});
  const Bytes ping = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{1, {}}));
  std::vector<Bytes> frames;
  const auto spoilt = [&](const Bytes& from, std::size_t at, std::uint8_t value) {
    Bytes frame = from;
    frame[at] = value;
    frames.push_back(std::move(frame));
  };
  constexpr std::size_t kMessage = 78;
  spoilt(good, 0, 2);  // version
  spoilt(good, 1, 3);  // sort
  spoilt(good, 1, 0);
  spoilt(good, 1, 0x81);
  spoilt(good, 2, 0);     // no messages
  spoilt(good, 2, 2);     // one more than there are
  spoilt(good, 3, 0xFF);  // 65,281 messages
  spoilt(good, 4, 1);     // must be zero
  spoilt(good, 5, 0x80);
  spoilt(good, kMessage, 64);      // a control kind among a member's
  spoilt(good, kMessage + 1, 2);   // unknown flag
  spoilt(good, kMessage + 2, 1);   // must be zero
  spoilt(good, kMessage + 7, 1);   // an envelope of 16 MiB
  spoilt(good, kMessage + 11, 1);  // a payload of 16 MiB
  spoilt(good, kMessage + 4, 0);   // lengths that do not add up
  spoilt(good, kMessage + 8, 1);
  Bytes more = good;
  more.push_back(0);  // trailing
  frames.push_back(more);
  spoilt(ping, 2, 1);     // a member's kind in a control frame
  spoilt(ping, 3, 1);     // must be zero
  spoilt(ping, 9, 0x10);  // a length beyond the cap
  more = ping;
  more.push_back(0);
  frames.push_back(more);
  Bytes empty = ping;  // a control message without an envelope
  empty.resize(10);
  empty[6] = empty[7] = 0;
  frames.push_back(empty);
  return send_each(stage, seen, frames, 0);
}

Status frame_truncated(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(kAttacker)));
  const Bytes good = peer->frame_of({stage.message(stage.request(), Bytes(16, 1))});
  std::vector<Bytes> frames;
  for (std::size_t size = 1; size < good.size(); size += 8) frames.emplace_back(good.begin(), good.begin() + size);
  return send_each(stage, seen, frames, 0);
}

Status frame_of_the_broker(Stage& stage, Seen& seen) {
  schemas::Recorded recorded;
  recorded.head = stage.head(MessageKind::kRecorded, kAttacker, kBystander);
  recorded.body = Bytes(100, 1);
  const exchange::OutMessage message = stage.plain(recorded);
  const Bytes frame =
      exchange::sign_broker_frame(stage.suite(), stage.origin(), stage.identity(kAttacker).message_key, {&message, 1});
  return send_each(stage, seen, {frame}, 0);
}

Status kinds_of_the_broker(Stage& stage, Seen& seen) {
  std::vector<Bytes> frames;
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(kAttacker)));
  for (std::uint8_t kind = 16; kind <= 18; ++kind) {
    Bytes frame = peer->frame_of({stage.message(stage.request())});
    frame[78] = kind;
    frames.push_back(std::move(frame));
  }
  return send_each(stage, seen, frames, 0);
}

Status unknown_kind(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::connect(stage, stage.identity(kAttacker)));
  Bytes frame = peer->frame_of({stage.message(stage.request())});
  frame[78] = 99;
  return send_each(stage, seen, {frame}, 1);
}

Status another_kind(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  exchange::OutMessage event = stage.message(stage.request());
  event.kind = MessageKind::kEvent;
  peer->bundle({event});
  ++seen.done;
  peer->listen(seen, 1);
  return {};
}

Status wrong_kind(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  schemas::Received received;
  received.head = stage.head(MessageKind::kReceived, kAttacker, MemberId(stage.origin()));
  received.answers = {crypto::random<Digest>()};
  schemas::Rejection rejection;
  rejection.head = stage.head(MessageKind::kRejection, kAttacker, kBystander);
  rejection.code = 8;
  schemas::Application application{kAttacker, {"应用", "application"}};
  const exchange::OutMessage envelopes[] = {
      stage.message(stage.request()), stage.plain(received), stage.plain(rejection),
      stage.message(stage.statement(application, "app", schemas::Role::kMember, kAttacker), {})};
  std::vector<exchange::OutMessage> messages;
  for (const exchange::OutMessage& one : envelopes)
    for (const MessageKind as : {MessageKind::kRequest, MessageKind::kAnswer, MessageKind::kReceived,
                                 MessageKind::kStatement, MessageKind::kRejection}) {
      if (as == one.kind) continue;
      messages.push_back(one);
      messages.back().kind = as;
    }
  seen.done = messages.size();
  peer->bundle(messages);
  peer->listen(seen, messages.size());
  return {};
}

Status control_malformed(Stage& stage, Seen& seen) {
  std::vector<Bytes> frames;
  for (const MessageKind kind : {MessageKind::kPing, MessageKind::kPong, MessageKind::kCredit, MessageKind::kSync,
                                 MessageKind::kTileRequest, MessageKind::kCosign}) {
    Bytes octets(40);
    crypto::random_bytes(octets);
    frames.push_back(exchange::control_frame(kind, octets));
  }
  return send_each(stage, seen, frames, 0);
}

Status tile_beyond_the_log(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  peer->control(MessageKind::kTileRequest, schemas::TileRequest{5, 0, 256});
  ++seen.done;
  peer->listen(seen, 1);
  return {};
}

}  // namespace

void add_messages(Attacks& to) {
  to["frame-rules"] = frame_rules;
  to["frame-truncated"] = frame_truncated;
  to["frame-of-the-broker"] = frame_of_the_broker;
  to["kinds-of-the-broker"] = kinds_of_the_broker;
  to["unknown-kind"] = unknown_kind;
  to["another-kind"] = another_kind;
  to["wrong-kind"] = wrong_kind;
  to["control-malformed"] = control_malformed;
  to["tile-beyond-the-log"] = tile_beyond_the_log;
}

}  // namespace steelyard::hostile
