// What the tests of this folder share: a broker of a few lines over a World, with a log in memory. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/base/test_dir.h"
#include "core/client/consumer.h"
#include "core/client/node.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/merkle.h"
#include "core/crypto/random.h"
#include "core/crypto/tiles.h"
#include "core/exchange/bundle.h"
#include "core/exchange/digest.h"
#include "core/exchange/seal.h"
#include "core/exchange/testing/world.h"
#include "core/net/router.h"
#include "core/net/zap.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {

using exchange::OutMessage;
using exchange::testing::World;
using schemas::MessageKind;

inline OutMessage out_message(MessageKind kind, Bytes envelope, Bytes payload = {},
                              std::optional<exchange::Proof> proof = {}) {
  return {kind, std::make_shared<const Bytes>(std::move(envelope)), std::make_shared<const Bytes>(std::move(payload)),
          std::move(proof)};
}

// The wall clock of a world; monotonic time is real.
class WorldClock final : public Clock {
 public:
  explicit WorldClock(Instant start) : start_(start), began_(real_.monotonic()) {}
  Instant wall() const override { return start_ + ahead + Duration{real_.monotonic().us - began_.us}; }
  Duration monotonic() const override { return real_.monotonic(); }
  Duration ahead{};  // of its wall

 private:
  SystemClock real_;
  Instant start_;
  Duration began_;
};

// Proofs of messages that `author` signed together, as the broker forwards them.
inline std::vector<OutMessage> forwarded(const crypto::Suite& suite, const MemberId& author,
                                         const crypto::SigningKey& key, std::vector<OutMessage> messages) {
  const Bytes octets = exchange::sign_member_frame(suite, World::kOrigin, author, key, messages);
  const auto frame = exchange::parse_frame(octets);
  const auto verifying = crypto::VerifyingKey::decode(key.public_key());
  const auto bundle = exchange::open_bundle(suite, World::kOrigin, author, *verifying, *frame);
  EXPECT_TRUE(bundle.has_value());
  for (std::size_t i = 0; i < messages.size(); ++i) messages[i].proof = bundle->proof_of(i);
  return messages;
}

// A log whose tiles are made by hand.
struct TestLog {
  explicit TestLog(const crypto::Suite& used) : suite(used) {}

  const crypto::Suite& suite;
  std::vector<Digest> leaves;  // commitments

  std::uint64_t size() const { return leaves.size(); }
  exchange::Promise add(const exchange::EntryBody& body) {
    exchange::Promise promise{LogIndex{size()}, crypto::random<Salt>(), {}, Instant{}};
    const auto octets = exchange::encode(body);
    promise.body.assign(octets.begin(), octets.end());
    const auto commitment = exchange::entry_commitment(suite, promise.salt, promise.body);
    leaves.push_back(*Digest::from(commitment.view()));
    return promise;
  }
  std::string checkpoint(const crypto::SigningKey& key) const { return checkpoint(key, size()); }
  std::string checkpoint(const crypto::SigningKey& key, std::uint64_t at) const {
    const std::vector<Digest> first(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(at));
    return crypto::sign_checkpoint({World::kOrigin, at, crypto::tree_root(suite, first), {}}, key);
  }
  std::vector<Digest> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) const {
    const std::uint64_t span = std::uint64_t{1} << (8 * level);
    std::vector<Digest> hashes;
    for (std::uint64_t i = 0; i < width; ++i) {
      const auto from = static_cast<std::ptrdiff_t>((index * 256 + i) * span);
      const auto to = from + static_cast<std::ptrdiff_t>(span);
      EXPECT_LE(static_cast<std::uint64_t>(to), size());
      const std::vector<Digest> part(leaves.begin() + from, leaves.begin() + to);
      hashes.push_back(level == 0 ? crypto::leaf_hash(suite, part[0].view()) : crypto::tree_root(suite, part));
    }
    return hashes;
  }
};

inline Identity identity_of(const World& world, const MemberId& member, const std::string& endpoint,
                            const std::string& state_dir) {
  auto keys = exchange::testing::member_keys(world.suite(), member.text);
  return {member,
          endpoint,
          world.broker().transport.public_key().octets,
          world.registry().network(),
          std::move(keys.message),
          std::move(keys.transport),
          std::move(keys.seal),
          std::move(keys.cosign),
          state_dir};
}

// A broker over a real ROUTER: one session, and it grants whatever is asked. Its statements came with the world.
class TestBroker {
 public:
  explicit TestBroker(World& used) : world(used), log(used.suite()), answerer(used.suite()), opener(used.suite()) {
    context = std::move(*net::Context::open());
    net::AllowedKeys allowed;
    for (const auto& id : world.registry().members())
      allowed[*net::CurvePublic::from(world.keys(id).transport.public_key().octets)] = id.text;
    zap = std::move(*net::ZapHandler::start(*context, allowed));
    open("tcp://127.0.0.1:*");
    for (const auto& statement : world.statements()) append(statement);
  }

  void open(const std::string& endpoint) {
    router.reset();
    auto keys = net::CurveKeyPair::from_secret(world.broker().transport.secret());
    auto opened = net::Router::open(*context, *zap, {.endpoint = endpoint, .keys = *keys});
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    router = std::move(*opened);
  }

  // A statement of the world as its log has it.
  void append(const exchange::StatementBytes& statement) {
    const auto decoded = schemas::decode<schemas::Statement>(statement.document);
    exchange::EntryBody body;
    body.kind = schemas::EntryKind::kStatement;
    body.digest =
        exchange::message_digest(log.suite, MessageKind::kStatement, statement.document, statement.signatures);
    body.related = log.size() == 0 ? kNoIndex : LogIndex{log.size() - 1};
    body.time = World::kStart + seconds(static_cast<std::int64_t>(log.size()));
    const MemberId author = decoded->head.author;
    auto message = forwarded(log.suite, author, world.keys(author).message,
                             {out_message(MessageKind::kStatement, statement.document, statement.signatures)});
    statements.push_back({message[0], body.digest, log.add(body)});
  }

  schemas::Head head(MessageKind kind, const ExchangeId& id, Instant expires) const {
    return {1, kind, World::kOrigin, MemberId(World::kOrigin), world.broker().bundle.id(), peer_member, id, expires};
  }
  OutMessage recorded(const ExchangeId& id, Instant expires, const Digest& digest, const exchange::Promise& promise) {
    return out_message(MessageKind::kRecorded,
                       schemas::encode(schemas::Recorded{head(MessageKind::kRecorded, id, expires), digest,
                                                         promise.index, promise.salt, promise.body}));
  }
  void send(std::vector<OutMessage> messages) {
    if (lie)
      for (auto& message : messages) lie(message);
    Bytes frame = exchange::sign_broker_frame(log.suite, World::kOrigin, world.broker().bundle, messages);
    if (lie_in_octets) lie_in_octets(frame);
    router->send(peer, std::move(frame));
  }
  template <class Control>
  void control(MessageKind kind, const Control& message) {
    Bytes envelope = schemas::encode(message);
    if (lie_in_control) lie_in_control(kind, envelope);
    router->send(peer, ByteView(exchange::control_frame(kind, envelope)));
  }
  void push_checkpoint() {
    control(MessageKind::kCheckpoint, schemas::Checkpoint{to_bytes(as_bytes(log.checkpoint(world.broker().log)))});
  }

  void serve() {
    while (auto event = router->receive()) {
      auto* arrival = std::get_if<net::Arrival>(&*event);
      if (arrival == nullptr || silent) continue;
      peer = arrival->session.routing_id;
      const auto frame = exchange::parse_frame(arrival->frame.view());
      ASSERT_TRUE(frame.has_value());
      if (frame->sort == exchange::FrameSort::kMember) {
        const auto key = crypto::VerifyingKey::decode(world.keys(peer_member).message.public_key());
        ASSERT_TRUE(exchange::open_bundle(log.suite, World::kOrigin, peer_member, *key, *frame).has_value());
        credit.messages += frame->messages.size();
        credit.bytes += arrival->frame.size();
        control(MessageKind::kCredit, credit);
      }
      for (const auto& message : frame->messages) take(message);
    }
  }
  void take(const exchange::FrameMessage& message) {
    ++seen[message.kind];
    if (message.kind == MessageKind::kHello) return welcome(*schemas::decode<schemas::Hello>(message.envelope));
    if (message.kind == MessageKind::kTileRequest) {
      const auto tile = *schemas::decode<schemas::TileRequest>(message.envelope);
      control(MessageKind::kTile,
              schemas::Tile{tile.level, tile.index, tile.width, log.tile(tile.level, tile.index, tile.width)});
    }
    if (message.kind == MessageKind::kRequest) on_request(message);
    if (message.kind == MessageKind::kReceived) {
      const auto received = *schemas::decode<schemas::Received>(message.envelope);
      if (!records_hand_overs) return;
      if (!received.subscription.is_zero()) ranges.push_back(received);
      if (!received.subscription.is_zero() && !subscription_stands)
        return reject(received, message, schemas::code::unknown_subscription);
      for (const Digest& answer : received.answers)
        if (unknown_answers.contains(answer)) return reject(received, message, schemas::code::unknown_answer);
      handed_over.insert(handed_over.end(), received.answers.begin(), received.answers.end());
      exchange::EntryBody body;
      body.kind = schemas::EntryKind::kReceived;
      body.digest = exchange::message_digest(log.suite, message.kind, message.envelope, message.payload);
      body.id = received.head.id;
      send({recorded(received.head.id, received.head.expires, body.digest, log.add(body))});
    }
  }
  void reject(const schemas::Received& received, const exchange::FrameMessage& message, ErrorCode why) {
    schemas::Rejection rejection;
    rejection.head = head(MessageKind::kRejection, received.head.id, received.head.expires);
    rejection.rejected = exchange::message_digest(log.suite, message.kind, message.envelope, message.payload);
    rejection.code = why;
    send({out_message(MessageKind::kRejection, schemas::encode(rejection))});
  }
  void welcome(const schemas::Hello& hello) {
    peer_member = hello.member;
    schemas::Welcome welcome;
    welcome.boot = crypto::make_exchange_id(World::kStart);
    welcome.origin = World::kOrigin;
    welcome.network = world.registry().network();
    welcome.epoch = LogIndex{statements.size() - 1};
    welcome.clock = World::kStart;
    control(MessageKind::kWelcome, welcome);
    credit = {limits::kCreditMessages, limits::kCreditBytes};
    control(MessageKind::kCredit, credit);
    hello_from = hello.next_statement;
    std::vector<OutMessage> all;
    for (const auto& each : statements) {
      if (each.promise.index < hello.next_statement) continue;
      auto promise = recorded(ExchangeId{}, World::kStart + seconds(60), each.digest, each.promise);
      all.push_back(recorded_first ? promise : each.message);
      all.push_back(recorded_first ? each.message : promise);
    }
    for (std::size_t from = 0; from < all.size(); from += statements_per_frame) {
      const auto to = std::min(from + statements_per_frame, all.size());
      send({all.begin() + static_cast<std::ptrdiff_t>(from), all.begin() + static_cast<std::ptrdiff_t>(to)});
    }
  }

  // The request, its grant, and the owner's answer: one row, or `truths`.
  void on_request(const exchange::FrameMessage& message) {
    const auto request = *schemas::decode<schemas::Request>(message.envelope);
    const Digest digest = exchange::message_digest(log.suite, message.kind, message.envelope, message.payload);
    requests.push_back(digest);
    if (lose > 0) {
      --lose;
      return;
    }
    const MemberId owner = owner_of(request.dataset);
    const auto& id = request.head.id;
    exchange::EntryBody body;
    body.kind = refuse != 0 ? schemas::EntryKind::kRefusal : schemas::EntryKind::kRequest;
    body.verdict = refuse;
    body.digest = digest;
    body.id = id;
    const auto promise = log.add(body);
    if (refuse != 0) {
      send({out_message(MessageKind::kRefusal,
                        schemas::encode(schemas::Refusal{head(MessageKind::kRefusal, id, request.head.expires),
                                                         digest,
                                                         promise.index,
                                                         promise.salt,
                                                         promise.body,
                                                         {}}))});
      return;
    }
    schemas::Grant grant{head(MessageKind::kGrant, id, request.head.expires),
                         digest,
                         promise.index,
                         promise.salt,
                         promise.body,
                         request.fields,
                         {},
                         {},
                         {},
                         10};
    for (const auto& field : withhold) {
      std::erase(grant.fields, field);
      grant.withheld.push_back(field);
    }
    const exchange::SealParties asked{World::kOrigin, peer_member, owner, request.seal_key, MessageKind::kRequest};
    const auto plaintext =
        opener.open(asked, world.keys(owner).seal, message.envelope, message.payload, request.plaintext);
    ASSERT_TRUE(plaintext.has_value()) << plaintext.error().what;
    last_payload = *schemas::decode<schemas::RequestPayload>(*plaintext);

    const bool subscribes = request.action == schemas::Action::kSubscribe;
    schemas::AnswerPayload payload;
    payload.rows.count = subscribes || busy_ms != 0 ? 0 : 1;
    for (const auto& field : grant.fields) payload.rows.columns.push_back({field, schemas::ValueType::kString, {}});
    if (payload.rows.count != 0)
      for (auto& column : payload.rows.columns) column.values.emplace_back(std::string("x"));
    if (surplus)
      payload.rows.columns.push_back({FieldName("surplus"), schemas::ValueType::kString, {std::string("y")}});
    if (request.action == schemas::Action::kVerify) payload.rows = exchange::rows_of(truths);
    payload.checkpoint = to_bytes(as_bytes(owners_checkpoint));
    const Bytes rows = schemas::encode(payload);
    schemas::Answer answer;
    answer.head = {1,  MessageKind::kAnswer, World::kOrigin, owner, world.keys(owner).message.id(), peer_member,
                   id, request.head.expires};
    answer.request = digest;
    if (wrong_request) answer.request = crypto::random<Digest>();
    answer.request_entry = exchange::entry_commitment(log.suite, promise.salt, promise.body);
    answer.fields = grant.fields;
    answer.rows = request.action == schemas::Action::kVerify ? 0 : payload.rows.count;
    if (busy_ms != 0) {
      answer.status = schemas::AnswerStatus::kNo;
      answer.reason = schemas::code::owner_busy;
      answer.delay_ms = busy_ms;
    }
    if (subscribes) answer.view = view;
    if (subscribes) subscribed = request;
    if (subscribes) subscribed_entry = promise.index;
    const crypto::PublicKey reply{log.suite.sealing, request.reply_key};
    answer.seal_key = reply.id();
    const auto salt = crypto::random<PlainSalt>();
    answer.plaintext = exchange::plaintext_commitment(log.suite, salt, rows);
    const Bytes envelope = schemas::encode(answer);
    auto sealed = answerer.seal({World::kOrigin, owner, peer_member, answer.seal_key, MessageKind::kAnswer}, reply,
                                envelope, salt, rows, Duration{0});
    ASSERT_TRUE(sealed.has_value());
    auto answers = forwarded(log.suite, owner, world.keys(forger.empty() ? owner : forger).message,
                             {out_message(MessageKind::kAnswer, envelope, *sealed)});
    exchange::EntryBody closing;
    closing.kind = schemas::EntryKind::kAnswer;
    closing.digest = exchange::message_digest(log.suite, MessageKind::kAnswer, envelope, *sealed);
    closing.id = id;
    closing.related = promise.index;
    auto closed = recorded(id, request.head.expires, closing.digest, log.add(closing));
    if (!records_later) return send({out_message(MessageKind::kGrant, schemas::encode(grant)), answers[0], closed});
    send({out_message(MessageKind::kGrant, schemas::encode(grant)), answers[0]});
    later.push_back(std::move(closed));
  }

  struct Pushed {
    OutMessage message;
    Digest digest;
    exchange::Promise promise;
  };

  World& world;
  TestLog log;
  std::unique_ptr<net::Context> context;
  std::unique_ptr<net::ZapHandler> zap;
  std::unique_ptr<net::Router> router;
  std::vector<Pushed> statements;
  Bytes peer;
  MemberId peer_member;
  LogIndex hello_from;
  schemas::Credit credit;
  std::map<MessageKind, int> seen;
  std::vector<Digest> requests;
  std::vector<Digest> handed_over;
  std::vector<schemas::Received> ranges;  // of subscriptions
  bool subscription_stands = true;        // false: it was stopped while its reader was away
  ExchangeId view = crypto::make_exchange_id(World::kStart);
  schemas::Request subscribed;  // the last that was
  LogIndex subscribed_entry;
  bool records_hand_overs = true;
  std::set<Digest> unknown_answers;  // a hand-over that names one of these is rejected
  schemas::RequestPayload last_payload;
  std::vector<OutMessage> later;
  exchange::Sealer answerer;
  exchange::Opener opener;

  // What it does wrong, or differently.
  bool recorded_first = true;
  std::size_t statements_per_frame = 7;
  bool silent = false;
  bool records_later = false;  // what answers were recorded as is left in `later`
  int lose = 0;
  ErrorCode refuse = 0;
  std::uint32_t busy_ms = 0;  // the owner's no to a query, until so long later
  bool surplus = false;
  bool wrong_request = false;
  MemberId forger;
  std::vector<FieldName> withhold;
  std::string owners_checkpoint;              // what the owner was shown; empty: nothing yet
  std::vector<exchange::Truth> truths;        // said of claims, whatever they are
  std::function<void(OutMessage&)> lie;       // what it signs in place of what it would have
  std::function<void(Bytes&)> lie_in_octets;  // of a bundle's frame, signed
  std::function<void(MessageKind, Bytes&)> lie_in_control;
};

}  // namespace steelyard::client
