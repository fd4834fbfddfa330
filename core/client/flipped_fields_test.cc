// One flipped bit in every field that the schema gives what a broker sends to a member: where the broker signs it, the
// broker signs the flipped one. What is signed is not taken for something else; what is not signed does no harm.
#include <algorithm>
#include <set>

#include "core/client/node_fixture.h"
#include "schemas/testing/field_places.h"

namespace steelyard::client {
namespace {

using schemas::testing::FieldPlace;
using schemas::testing::Schema;

class FlippedFields : public NodeTest {
 protected:
  std::vector<FieldPlace> places(const std::string& table, ByteView octets,
                                 const std::set<std::string>& left_out = {}) {
    static const auto schema = Schema::read();
    EXPECT_TRUE(schema.has_value());
    const auto found = schema->places(table, octets, left_out);
    EXPECT_TRUE(found.has_value()) << found.error().what;
    return found.value_or(std::vector<FieldPlace>{});
  }
  static void flip(Bytes& octets, const FieldPlace& place) { octets.at(place.at) ^= 1; }

  // Everything that the broker sent has come.
  void settle() {
    const int before = broker.seen[MessageKind::kPong];
    broker.control(MessageKind::kPing, schemas::Ping{});
    EXPECT_TRUE(until([&] { return broker.seen[MessageKind::kPong] > before; }));
  }
  bool raised(std::string_view slug) const {
    return std::any_of(alarms.begin(), alarms.end(), [&](const Alarm& alarm) { return alarm.slug == slug; });
  }

  // Asks once for each field of what the broker signs about the exchange, bent; the fields with which it was answered
  // or refused as if nothing had been done. `fill` gives a message the fields that the broker left out.
  template <class Message>
  std::set<std::string> taken(MessageKind kind, const std::string& table, const std::function<void(Message&)>& fill) {
    EXPECT_TRUE(until([&] { return node->up(); }));
    std::set<std::string> fields;
    for (std::size_t at = 0, count = 1; at < count; ++at) {
      std::optional<ExchangeId> id;
      std::string field;
      broker.lie = [&](OutMessage& message) {
        auto decoded = schemas::decode<Message>(*message.envelope);
        if (message.kind != kind || decoded->head.id != *id) return;
        fill(*decoded);
        Bytes octets = schemas::encode(*decoded);
        const auto all = places(table, octets, {"head.author"});  // the origin's is not written
        count = all.size();
        field = all.at(at).path;
        flip(octets, all.at(at));
        message.envelope = std::make_shared<const Bytes>(std::move(octets));
      };
      outcomes.clear();
      Query asked = query();
      asked.life = seconds(5);
      id = *consumer->ask(asked);
      EXPECT_TRUE(until([&] { return !field.empty(); }));
      settle();
      broker.lie = {};
      for (const auto& outcome : outcomes) {
        if (outcome.id != *id || outcome.kind == OutcomeKind::kRejected) continue;
        EXPECT_EQ(outcome.kind, broker.refuse != 0 ? OutcomeKind::kRefused : OutcomeKind::kAnswered) << field;
        EXPECT_EQ(outcome.rows.count, broker.refuse != 0 ? 0u : 1u) << field;
        fields.insert(field);
      }
      open_node(false);  // which repeats nothing of it
      EXPECT_TRUE(until([&] { return node->up(); }));
    }
    EXPECT_FALSE(failed.has_value());
    return fields;
  }
};

const std::set<std::string> kNothingRestsOn{"head.key", "head.recipient", "head.expires"};

std::set<std::string> and_of(std::set<std::string> fields) {
  fields.insert(kNothingRestsOn.begin(), kNothingRestsOn.end());
  return fields;
}

TEST_F(FlippedFields, OfAGrantWhatTheAnswerStandsOnIsHeldToTheRequestAndTheLog) {
  broker.withhold = {FieldName("address")};
  const auto fields = taken<schemas::Grant>(MessageKind::kGrant, "Grant", [](schemas::Grant& grant) {
    grant.masks = {{FieldName("name"), "null"}};
    grant.row_filter = "true";
    grant.rows_max = 10;
  });
  // Masks and row filter are the owner's to apply; 11 rows for 10. What was withheld is no name any more.
  EXPECT_EQ(fields, and_of({"mask_fields[0]", "mask_names[0]", "row_filter", "rows_max"}));
}

// Index and salt: of them the log has the last word (consumer_lies_test.cc).
TEST_F(FlippedFields, OfARecordTheAnswersDigestAndItsEntryAreHeldToEachOther) {
  const auto fields = taken<schemas::Recorded>(MessageKind::kRecorded, "Recorded", [](schemas::Recorded&) {});
  EXPECT_EQ(fields, and_of({"index", "salt"}));
}

TEST_F(FlippedFields, OfARefusalTheRequestAndItsEntryAreHeldToEachOther) {
  broker.refuse = schemas::code::no_agreement;
  const auto fields = taken<schemas::Refusal>(MessageKind::kRefusal, "Refusal",
                                              [](schemas::Refusal& refusal) { refusal.fields = {FieldName("name")}; });
  EXPECT_EQ(fields, and_of({"index", "salt", "fields[0]"}));
}

TEST_F(FlippedFields, OfAWelcomeTheNetworkIsThePinnedOneAndTheCheckpointIsSigned) {
  std::set<std::string> refused;
  for (std::size_t at = 0, count = 1; at < count; ++at) {
    node.reset();
    alarms.clear();
    outcomes.clear();
    std::string field;
    bool further = false;  // than any statement that will come
    broker.lie_in_control = [&](MessageKind kind, Bytes& octets) {
      if (kind != MessageKind::kWelcome) return;
      auto welcome = *schemas::decode<schemas::Welcome>(octets);
      welcome.checkpoint = to_bytes(as_bytes(broker.log.checkpoint(world.broker().log)));
      octets = schemas::encode(welcome);
      const auto all = places("Welcome", octets);
      count = all.size();
      field = all.at(at).path;
      flip(octets, all.at(at));
      further = field == "epoch" && (welcome.epoch.value ^ 1) > welcome.epoch.value;
    };
    open_node(false);
    ASSERT_TRUE(until([&] { return !field.empty(); }));
    const bool up = until([&] { return node->up(); }, seconds(2));
    broker.lie_in_control = {};
    if (!up) refused.insert(field);
    EXPECT_TRUE(up || field != "epoch" || further);
    const bool answered = up && ask_one().kind == OutcomeKind::kAnswered;
    EXPECT_EQ(answered, up) << field;
    EXPECT_EQ(raised("wrong-network"), field == "network") << field;
    EXPECT_EQ(raised("checkpoint-unsigned"), field == "checkpoint[0]") << field;
    EXPECT_EQ(node->last_checkpoint().empty(), field == "checkpoint[0]" || (!up && !further)) << field;
    EXPECT_FALSE(failed.has_value()) << field;
  }
  refused.erase("epoch");
  EXPECT_EQ(refused, (std::set<std::string>{"network", "version"}));
}

TEST_F(FlippedFields, OfATileNoHashProvesAnythingAndNoOtherTileIsTakenForIt) {
  for (int i = 0; i < 900; ++i) {  // so many that tiles of the next level are asked for, too
    exchange::EntryBody entry;
    entry.kind = schemas::EntryKind::kRejections;
    broker.log.add(entry);
  }
  for (const auto& [field, at, size] : places("Tile", schemas::encode(schemas::Tile{1, 1, 1, {Digest{}}}))) {
    SCOPED_TRACE(field);
    open_node(false);
    ASSERT_TRUE(until([&] { return node->up(); }));
    alarms.clear();
    Bytes honest;
    broker.lie_in_control = [&, name = field](MessageKind kind, Bytes& octets) {
      if (kind != MessageKind::kTile || !honest.empty()) return;
      for (const auto& place : places("Tile", octets, {"level", "index"}))  // zero in many: not written
        if (place.path == name) {
          honest = octets;
          flip(octets, place);
        }
    };
    broker.push_checkpoint();
    ASSERT_TRUE(until([&] { return !honest.empty(); }));
    settle();
    broker.lie_in_control = {};
    EXPECT_EQ(node->proved(), 0u);
    if (field == "hashes[0]") {
      EXPECT_TRUE(until([&] { return raised("log-contradicts"); }));
      continue;
    }
    EXPECT_FALSE(raised("log-contradicts"));
    broker.control(MessageKind::kTile, *schemas::decode<schemas::Tile>(honest));  // the right one is still waited for
    EXPECT_TRUE(until([&] { return node->proved() == broker.statements.size(); }));
  }
  EXPECT_FALSE(failed.has_value());
}

TEST_F(FlippedFields, OfACheckpointTheSignatureHoldsAllOfIt) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  std::size_t flipped = 0;
  broker.lie_in_control = [&](MessageKind kind, Bytes& octets) {
    if (kind != MessageKind::kCheckpoint) return;
    for (const auto& place : places("Checkpoint", octets)) {
      ++flipped;
      flip(octets, place);
    }
  };
  broker.push_checkpoint();
  EXPECT_TRUE(until([&] { return raised("checkpoint-unsigned"); }));
  EXPECT_EQ(flipped, 1u);
  EXPECT_TRUE(node->last_checkpoint().empty());
  EXPECT_EQ(broker.seen[MessageKind::kCosign], 0);
}

TEST_F(FlippedFields, OfCreditAndPingNoneDoesHarm) {
  for (const auto& [kind, table, count] :
       {std::tuple{MessageKind::kCredit, "Credit", 2}, {MessageKind::kPing, "Ping", 2}})
    for (int at = 0; at < count; ++at) {
      SCOPED_TRACE(table + std::to_string(at));
      int flipped = 0;
      broker.lie_in_control = [&, which = kind, of = std::string(table)](MessageKind sent, Bytes& octets) {
        if (sent != which) return;
        const auto all = places(of, octets);
        ASSERT_EQ(all.size(), static_cast<std::size_t>(count));
        flip(octets, all.at(static_cast<std::size_t>(at)));
        ++flipped;
      };
      open_node(false);
      ASSERT_TRUE(until([&] { return node->up(); }));
      outcomes.clear();
      const int pongs = broker.seen[MessageKind::kPong];
      broker.control(MessageKind::kPing, schemas::Ping{6, World::kStart});
      EXPECT_TRUE(until([&] { return broker.seen[MessageKind::kPong] > pongs; }));
      EXPECT_EQ(ask_one().kind, OutcomeKind::kAnswered);
      EXPECT_GT(flipped, 0);
      broker.lie_in_control = {};
    }
  EXPECT_FALSE(failed.has_value());
}

}  // namespace
}  // namespace steelyard::client
