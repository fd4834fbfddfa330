// Rig: a pipeline with a network in memory around it: sessions, frames signed by members, a clock, a log.
//
// Batches are committed when the test says so; what the pipeline sends is kept by session. crash() forgets the
// pipeline and starts another from what was committed.
// Threads: one.
#pragma once

#include <deque>
#include <random>

#include "broker/testing/memory_log.h"
#include "broker/verify_frame.h"
#include "core/crypto/random.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::broker::testing {

using exchange::OutMessage;
using exchange::testing::World;
using schemas::EntryKind;
using schemas::MessageKind;
namespace code = schemas::code;

inline const MemberId kUser{"tax"};
inline const MemberId kOwner{"civil-affairs"};
inline const DatasetId kHousehold{"civil-affairs/household"};

struct Delivered {
  SessionNumber session;
  std::vector<OutMessage> messages;
};

class Rig {
 public:
  explicit Rig(World made = World::city(), std::uint64_t seed = 1) : world(std::move(made)), log(world), random(seed) {
    now.wall = world.now() + seconds(60);
    start();
  }

  void start() {
    PipelineStart from = log.recover();
    from.bundle_key = world.broker().bundle.id();
    from.hand_overs_of_member_max = hand_overs_of_member_max;
    from.random = [this](std::span<std::uint8_t> to) {
      for (auto& octet : to) octet = static_cast<std::uint8_t>(random());
    };
    pipeline = std::make_unique<Pipeline>(std::move(from));
  }
  void crash() {
    in_flight.reset();
    sent.clear();
    members.clear();
    wrong_by = {};
    start();
  }

  SessionNumber up(const MemberId& member, std::vector<DatasetId> provides = {}, LogIndex next = kNoIndex) {
    const SessionNumber session(++last_session);
    members[session] = member;
    step(SessionUpEvent{session, member, std::move(provides), next});
    return session;
  }
  void down(SessionNumber session) {
    members.erase(session);
    step(SessionDownEvent{session});
  }

  void step(Event event) {
    for (Action& action : pipeline->step(std::move(event), {now.wall + wrong_by, now.monotonic})) {
      if (auto* append = std::get_if<AppendAction>(&action)) {
        ASSERT_FALSE(in_flight) << "two appends in flight";
        in_flight = std::move(*append->batch);
      } else if (auto* send = std::get_if<SendAction>(&action)) {
        if (watch) watch(*send);
        sent.push_back({send->session, std::move(send->messages)});
      } else if (auto* ack = std::get_if<AckAction>(&action)) {
        acks[ack->session] = std::move(ack->ack);
      } else {
        closed.push_back(std::get<CloseAction>(action));
      }
    }
  }
  bool commit_one() {
    if (!in_flight) return false;
    const provenance::Batch batch = std::move(*in_flight);
    in_flight.reset();
    log.commit(batch);
    step(CommittedEvent{batch.number, batch.first});
    return true;
  }
  void commit() {
    while (commit_one()) {
    }
  }
  void pass(Duration time) {
    now.wall = now.wall + time;
    now.monotonic = now.monotonic + time;
  }

  // All messages that went to the session since the last call.
  std::vector<OutMessage> take(SessionNumber session) {
    std::vector<OutMessage> taken;
    std::erase_if(sent, [&](Delivered& one) {
      if (one.session != session) return false;
      for (OutMessage& message : one.messages) taken.push_back(std::move(message));
      return true;
    });
    return taken;
  }

  // Messages by members.
  ExchangeId new_id() {
    ExchangeId id;
    const auto ms = static_cast<std::uint64_t>(now.wall.us / 1000);
    for (std::size_t i = 0; i < 6; ++i) id.octets[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
    for (std::size_t i = 6; i < 16; ++i) id.octets[i] = static_cast<std::uint8_t>(random());
    id.octets[6] = static_cast<std::uint8_t>(0x70 | (id.octets[6] & 0x0f));
    id.octets[8] = static_cast<std::uint8_t>(0x80 | (id.octets[8] & 0x3f));
    return id;
  }
  schemas::Head head(MessageKind kind, const MemberId& author, const MemberId& recipient) {
    schemas::Head made;
    made.kind = kind;
    made.origin = World::kOrigin;
    made.author = author;
    made.key = world.keys(author).message.id();
    made.recipient = recipient;
    made.id = new_id();
    made.expires = now.wall + seconds(60);
    return made;
  }
  schemas::Request request(const MemberId& user = kUser, const ApplicationId& application = ApplicationId("tax-relief"),
                           const DatasetId& dataset = kHousehold) {
    schemas::Request made;
    made.head = head(MessageKind::kRequest, user, owner_of(dataset));
    made.application = application;
    made.dataset = dataset;
    made.purpose = PurposeId("deduction");
    made.fields = {FieldName("name"), FieldName("address"), FieldName("head")};
    made.conditions = {FieldName("id_number")};
    made.reply_key = Bytes(32, 9);
    return made;
  }
  schemas::Answer answer(const schemas::Request& request, const schemas::Grant& grant) {
    schemas::Answer made;
    made.head = head(MessageKind::kAnswer, request.head.recipient, request.head.author);
    made.head.id = request.head.id;
    made.head.expires = request.head.expires;
    made.request = grant.request;
    made.request_entry = exchange::entry_commitment(world.suite(), grant.salt, grant.body);
    made.fields = grant.fields;
    made.rows = 1;
    made.seal_key = crypto::PublicKey{world.suite().sealing, request.reply_key}.id();
    return made;
  }
  schemas::Received received(const MemberId& user, std::vector<Digest> answers) {
    schemas::Received made;
    made.head = head(MessageKind::kReceived, user, MemberId(World::kOrigin));
    made.answers = std::move(answers);
    return made;
  }
  // One exchange from its request to its answer, whose digest it returns.
  Digest complete(SessionNumber user, SessionNumber owner) {
    const schemas::Request asked = request(members.at(user));
    arrive(user, {out(asked)});
    commit();
    const auto forwarded = take(owner);
    EXPECT_EQ(forwarded.size(), 2U);
    if (forwarded.empty()) return {};
    const OutMessage answered = out(answer(asked, *schemas::decode<schemas::Grant>(*forwarded[0].envelope)));
    arrive(owner, {answered});
    commit();
    take(user);
    return digest_of(answered);
  }
  schemas::Rejection rejection(const schemas::Request& request, const Digest& digest, ErrorCode why) {
    schemas::Rejection made;
    made.head = head(MessageKind::kRejection, request.head.recipient, request.head.author);
    made.head.id = request.head.id;
    made.rejected = digest;
    made.code = why;
    return made;
  }
  // The next state of the agreement, as the pipeline's registry stands.
  OutMessage state_of(const AgreementId& agreement, schemas::AgreementChange change, const MemberId& by) {
    return statement(schemas::StatementKind::kAgreementState, agreement.text + "/state",
                     schemas::AgreementState{agreement, change, ReasonId("changed")}, schemas::Role::kOwner, by);
  }
  // The next version of what is stated about `subject`.
  OutMessage statement(schemas::StatementKind kind, const std::string& subject, schemas::StatementBody body,
                       schemas::Role role, const MemberId& by) {
    schemas::Statement made;
    made.head.network = pipeline->registry().network();
    made.head.kind = kind;
    made.head.subject = subject;
    const auto [version, previous] = pipeline->registry().last_version(kind, subject);
    made.head.version = version + 1;
    made.head.previous = previous;
    made.head.author = by;
    made.head.role = role;
    made.head.time = now.wall;
    made.body = std::move(body);
    return out(world.sign(made, {{role, by}}));
  }
  static OutMessage out(const exchange::StatementBytes& statement) {
    OutMessage made;
    made.kind = MessageKind::kStatement;
    made.envelope = std::make_shared<const Bytes>(statement.document);
    made.payload = std::make_shared<const Bytes>(statement.signatures);
    return made;
  }
  template <class Message>
  static OutMessage out(const Message& message, std::string_view payload = "sealed") {
    OutMessage made;
    made.kind = message.head.kind;
    made.envelope = std::make_shared<const Bytes>(schemas::encode(message));
    if (made.kind == MessageKind::kRequest || made.kind == MessageKind::kAnswer || made.kind == MessageKind::kEvent)
      made.payload = std::make_shared<const Bytes>(to_bytes(as_bytes(payload)));
    return made;
  }
  Digest digest_of(const OutMessage& message) const {
    return exchange::message_digest(world.suite(), message.kind, *message.envelope,
                                    message.payload ? ByteView(*message.payload) : ByteView());
  }
  Bytes frame(const MemberId& author, const std::vector<OutMessage>& messages) const {
    return exchange::sign_member_frame(world.suite(), World::kOrigin, author, world.keys(author).message, messages);
  }

  void arrive(SessionNumber session, const std::vector<OutMessage>& messages) {
    arrive(session, frame(members.at(session), messages));
  }
  void arrive(SessionNumber session, const Bytes& octets) {
    auto verified = verify_frame(pipeline->registry(), session, members.at(session), octets);
    ASSERT_TRUE(verified) << verified.error().what;
    BatchEvent batch;
    batch.frames.push_back(std::move(*verified));
    step(std::move(batch));
  }

  World world;
  MemoryLog log;
  std::mt19937_64 random;
  Now now;
  std::size_t hand_overs_of_member_max = limits::kHandOversOfMemberMax;  // from the next start() on
  Duration wrong_by{};  // of the broker's wall clock; `now` is the truth, and the members' clocks
  std::unique_ptr<Pipeline> pipeline;
  std::optional<provenance::Batch> in_flight;
  std::vector<Delivered> sent;
  std::vector<CloseAction> closed;
  std::map<SessionNumber, schemas::Ack> acks;  // the last one to each
  std::map<SessionNumber, MemberId> members;
  std::uint64_t last_session = 0;
  std::function<void(const SendAction&)> watch;  // sees every send as it is given out
};

template <class Message>
Message read(const OutMessage& message) {
  auto decoded = schemas::decode<Message>(*message.envelope);
  EXPECT_TRUE(decoded) << decoded.error().what;
  return decoded ? std::move(*decoded) : Message{};
}

inline std::vector<MessageKind> kinds(const std::vector<OutMessage>& messages) {
  std::vector<MessageKind> found;
  for (const OutMessage& message : messages) found.push_back(message.kind);
  return found;
}

// The code of the one rejection that went to the session; 0 where something else did.
inline ErrorCode rejected_with(const std::vector<OutMessage>& messages) {
  if (messages.size() != 1 || messages[0].kind != MessageKind::kRejection) return 0;
  return read<schemas::Rejection>(messages[0]).code;
}

}  // namespace steelyard::broker::testing
