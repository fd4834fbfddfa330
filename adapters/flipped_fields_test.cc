// One flipped bit in what a broker hands an owner's adapter: in every octet of the frame, proof included; in every
// field that the schema gives a Request, signed by nobody or by its author; in every field of a Grant, signed by the
// broker. Nothing of it is answered but what is named here. (What a broker sends to a consumer: core/client.)
#include <set>

#include "adapters/provider_desk.h"
#include "core/client/intake.h"
#include "core/client/test_broker.h"
#include "schemas/testing/field_places.h"

namespace steelyard::adapters {
namespace {

using client::out_message;
using exchange::OutMessage;
using schemas::MessageKind;
using schemas::testing::FieldPlace;

class FlippedForOwner : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = client::Replica::open("", world().registry().network());
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    replica = std::move(*opened);
    for (const auto& statement : world().statements()) {
      exchange::EntryBody entry;
      entry.kind = schemas::EntryKind::kStatement;
      entry.digest =
          exchange::message_digest(suite(), MessageKind::kStatement, statement.document, statement.signatures);
      entry.related = replica->registry().epoch();
      entry.time = exchange::testing::World::kStart + seconds(static_cast<std::int64_t>(index));
      const auto taken = replica->take(
          statement, {LogIndex(index++), crypto::random<Salt>(), to_bytes(exchange::encode(entry)), Instant{}}, entry);
      ASSERT_TRUE(taken.has_value()) << taken.error().what;
    }
    intake.emplace(identity, *replica, alarms, desk.clock, counters);
  }

  const exchange::testing::World& world() const { return desk.world; }
  const crypto::Suite& suite() const { return world().suite(); }
  static std::vector<FieldPlace> places(const std::string& table, ByteView octets,
                                        const std::set<std::string>& left_out = {}) {
    static const auto schema = schemas::testing::Schema::read();
    EXPECT_TRUE(schema.has_value());
    const auto found = schema->places(table, octets, left_out);
    EXPECT_TRUE(found.has_value()) << found.error().what;
    return found.value_or(std::vector<FieldPlace>{});
  }
  static Bytes flipped(Bytes octets, const FieldPlace& place) {
    octets.at(place.at) ^= 1;
    return octets;
  }

  // It holds every field, none with the value that FlatBuffers leaves out.
  Asked ask_for_all() {
    schemas::Request request = desk.request();
    schemas::RequestPayload payload = desk.payload();
    request.strict = request.case_present = true;
    payload.behalf.case_number = "case-1";
    return desk.ask(std::move(request), std::move(payload));
  }
  OutMessage grant_of(const Asked& asked) const {
    return out_message(MessageKind::kGrant, schemas::encode(asked.grant));
  }
  // As its author signs it, in the middle of three, so that its proof has a path.
  OutMessage request_of(const Asked& asked) const {
    const auto other = [](std::uint8_t octet) { return out_message(MessageKind::kRequest, Bytes(40, octet)); };
    return client::forwarded(suite(), desk.user, world().keys(desk.user).message,
                             {other(1), out_message(MessageKind::kRequest, asked.envelope, asked.sealed), other(2)})[1];
  }
  // The request has these octets instead, and the broker has recorded and granted that.
  void bend(Asked& asked, Bytes envelope) const {
    asked.envelope = std::move(envelope);
    asked.digest = exchange::message_digest(suite(), MessageKind::kRequest, asked.envelope, asked.sealed);
    asked.entry.digest = asked.digest;
    desk.grant_anew(asked);
  }
  Bytes frame_of(const OutMessage& grant, const OutMessage& request) const {
    return exchange::sign_broker_frame(suite(), exchange::testing::World::kOrigin, world().broker().bundle,
                                       std::vector{grant, request});
  }

  // Hands the adapter a frame: whether it answers. What it says instead is in desk.bus.sent.
  bool answers(Bytes octets) {
    desk.bus.sent.clear();
    const auto held = std::make_shared<const Bytes>(std::move(octets));
    auto frame = exchange::parse_frame(*held);
    if (!frame) return false;
    std::vector<client::Incoming> incoming;
    EXPECT_TRUE(intake->take(*frame, held, incoming).has_value());
    EXPECT_TRUE(desk.provider->serve(incoming, desk.bus).has_value());
    return std::any_of(desk.bus.sent.begin(), desk.bus.sent.end(),
                       [](const OutMessage& message) { return message.kind == MessageKind::kAnswer; });
  }
  bool answers(const Asked& asked) { return answers(frame_of(grant_of(asked), request_of(asked))); }

  ProviderDesk desk;
  const client::Identity identity = client::identity_of(world(), desk.owner, "", "");
  client::Node::Counters counters;
  client::Alarms alarms{"", desk.clock};
  std::unique_ptr<client::Replica> replica;
  std::optional<client::Intake> intake;
  std::uint64_t index = 0;
};

TEST_F(FlippedForOwner, NoOctetOfTheFrameIsWithoutASignature) {
  ASSERT_TRUE(answers(ask_for_all()));
  const int reads = desk.reads;
  for (std::size_t at = 0, size = 1; at < size; ++at) {
    const Asked asked = ask_for_all();
    Bytes frame = frame_of(grant_of(asked), request_of(asked));
    size = frame.size();
    frame[at] ^= static_cast<std::uint8_t>(1 << at % 8);
    EXPECT_FALSE(answers(std::move(frame))) << "octet " << at << " of " << size;
  }
  EXPECT_EQ(desk.reads, reads);
  EXPECT_TRUE(answers(ask_for_all()));
}

TEST_F(FlippedForOwner, OfARequestThatItsAuthorDidNotSignNothingIsEvenSeen) {
  const auto all = places("Request", ask_for_all().envelope);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Asked asked = ask_for_all();
    const OutMessage honest = request_of(asked);
    bend(asked, flipped(asked.envelope, places("Request", asked.envelope).at(i)));
    const auto rejected = counters.rejected_frames;
    EXPECT_FALSE(answers(
        frame_of(grant_of(asked), out_message(MessageKind::kRequest, asked.envelope, asked.sealed, honest.proof))))
        << all[i].path;
    EXPECT_TRUE(desk.bus.sent.empty()) << all[i].path;
    EXPECT_EQ(counters.rejected_frames, rejected + 1) << all[i].path;
  }
  EXPECT_EQ(desk.reads, 0);
  EXPECT_TRUE(answers(ask_for_all()));
}

// The seal holds its envelope's exact octets.
TEST_F(FlippedForOwner, OfARequestThatItsAuthorSignedAgainNothingIsAnswered) {
  const auto all = places("Request", ask_for_all().envelope);
  for (std::size_t i = 0; i < all.size(); ++i) {
    Asked asked = ask_for_all();
    bend(asked, flipped(asked.envelope, places("Request", asked.envelope).at(i)));
    const auto rejected = counters.rejected_frames;
    EXPECT_FALSE(answers(asked)) << all[i].path;
    EXPECT_EQ(counters.rejected_frames, rejected) << all[i].path;
  }
  EXPECT_EQ(desk.reads, 0);
  EXPECT_TRUE(answers(ask_for_all()));
}

TEST_F(FlippedForOwner, OfAGrantTheBrokersWordIsHeldToTheRequestAndTheAgreement) {
  const auto ask = [&] {
    schemas::Request request = desk.request();
    request.fields.push_back(FieldName("head"));
    Asked asked = desk.ask(std::move(request), desk.payload());
    asked.grant.fields.pop_back();
    asked.grant.withheld = {FieldName("head")};
    desk.seal(asked);
    return asked;
  };
  // The origin's name is not written. Masks and a row filter are refused whatever they say: none is built yet.
  const std::set<std::string> left_out{"head.author", "mask_fields", "mask_names", "row_filter"};
  std::set<std::string> answered;
  for (std::size_t i = 0, count = 1; i < count; ++i) {
    const Asked asked = ask();
    const Bytes envelope = schemas::encode(asked.grant);
    const auto all = places("Grant", envelope, left_out);
    count = all.size();
    desk.bus.held.clear();
    if (!answers(frame_of(out_message(MessageKind::kGrant, flipped(envelope, all[i])), request_of(asked)))) continue;
    answered.insert(all[i].path);
    const schemas::Answer answer = desk.answer(0);
    EXPECT_EQ(answer.fields, asked.grant.fields) << all[i].path;
    EXPECT_EQ(answer.rows, 1u) << all[i].path;
    // The answer names the entry as the broker gave it, and the owner holds the broker to that.
    ASSERT_EQ(desk.bus.held.size(), 1u);
    const bool entry_is_honest =
        answer.request_entry == exchange::entry_commitment(suite(), asked.grant.salt, asked.grant.body);
    EXPECT_EQ(entry_is_honest, all[i].path != "salt");
    EXPECT_EQ(desk.bus.held[0].index == asked.grant.index, all[i].path != "index");
  }
  // Nothing here rests on key and recipient, which the frame's own signature stands for, nor on what was withheld; of
  // index and salt the log has the last word, by the promise that is held.
  EXPECT_EQ(answered, (std::set<std::string>{"head.key", "head.recipient", "index", "salt", "withheld[0]"}));
}

}  // namespace
}  // namespace steelyard::adapters
