// A broker may sign whatever it likes. One bit of every octet of what it says about an exchange, flipped before it was
// signed: its user takes what the honest broker would have said, or nothing, or a promise that the log contradicts.
#include <algorithm>

#include "core/client/node_fixture.h"

namespace steelyard::client {
namespace {

class ConsumerLies : public NodeTest {
 protected:
  struct Told {
    std::optional<Outcome> outcome;  // none: not taken
    Bytes honest, bent;              // what it would have said, and what it said
  };

  // None: what it says has no octet `at`.
  template <class Message>
  std::optional<Told> ask(MessageKind kind, std::size_t at) {
    Told told;
    std::optional<ExchangeId> id;
    broker.lie = [&](OutMessage& message) {
      if (message.kind != kind || schemas::decode<Message>(*message.envelope)->head.id != *id) return;
      told.honest = told.bent = *message.envelope;
      if (at >= told.bent.size()) return;
      told.bent[at] ^= static_cast<std::uint8_t>(1 << at % 8);
      message.envelope = std::make_shared<const Bytes>(told.bent);
    };
    Query asked = query();
    asked.life = milliseconds(300);  // who takes nothing lets go of it then
    const int before = broker.seen[MessageKind::kPong];
    id = *consumer->ask(asked);
    EXPECT_TRUE(until([&] { return !told.honest.empty(); }));
    broker.control(MessageKind::kPing, schemas::Ping{});  // what comes behind it has come
    EXPECT_TRUE(until([&] { return broker.seen[MessageKind::kPong] > before; }));
    broker.lie = {};
    for (auto& outcome : std::exchange(outcomes, {}))
      if (outcome.id == *id) told.outcome = std::move(outcome);
    if (at >= told.bent.size()) return {};
    return told;
  }

  template <class Message>
  void take(const Told& told) {
    const auto honest = schemas::decode<Message>(told.honest), bent = schemas::decode<Message>(told.bent);
    ASSERT_TRUE(honest && bent);
    if (honest->index == bent->index && honest->salt == bent->salt && honest->body == bent->body) return;
    lies.push_back(bent->index);
  }

  template <class Message>
  void bend_each_octet(MessageKind kind) {
    consumer = std::make_unique<Consumer>(*node, nullptr, ConsumerOptions{});
    ASSERT_TRUE(until([&] { return node->up(); }));
    std::size_t at = 0, answered = 0, refused = 0;
    for (;; ++at) {
      SCOPED_TRACE("octet " + std::to_string(at));
      const auto told = ask<Message>(kind, at);
      if (!told) break;
      if (!told->outcome || told->outcome->kind == OutcomeKind::kRejected ||
          told->outcome->kind == OutcomeKind::kTimedOut)  // by a machine that is busy
        continue;
      const Outcome& outcome = *told->outcome;
      if (outcome.kind == OutcomeKind::kAnswered) {
        ++answered;
        EXPECT_EQ(broker.refuse, 0);
        EXPECT_EQ(outcome.rows.count, 1u);
        EXPECT_EQ(outcome.answer->fields, query().fields);
      } else {
        ++refused;
        EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
        EXPECT_NE(broker.refuse, 0) << "what was answered was told as refused";
      }
      take<Message>(*told);
    }
    EXPECT_GT(answered + refused, 0u);  // padding, and what only the log can contradict
    EXPECT_LT(answered + refused, at);
    const auto raised = [&](std::string_view slug) {
      return std::count_if(alarms.begin(), alarms.end(), [&](const Alarm& alarm) { return alarm.slug == slug; });
    };
    const auto contradicted =
        std::count_if(lies.begin(), lies.end(), [&](LogIndex index) { return index.value < broker.log.size(); });
    // Beyond the log's end; on a slow machine that is found out meanwhile.
    const bool unproved = static_cast<std::size_t>(contradicted) < lies.size() && raised("promise-unproved") == 0;
    alarms.clear();
    broker.push_checkpoint();
    EXPECT_TRUE(until([&] { return raised("log-contradicts") == contradicted; }))
        << raised("log-contradicts") << " of " << contradicted;
    EXPECT_TRUE(until([&] { return !unproved || raised("promise-unproved") > 0; }));
  }

  std::vector<LogIndex> lies;  // where what was taken promises something that the log does not hold
};

TEST_F(ConsumerLies, NoBitOfAGrantGivesAnotherAnswer) { bend_each_octet<schemas::Grant>(MessageKind::kGrant); }

TEST_F(ConsumerLies, NoBitOfARecordGivesAnotherAnswer) { bend_each_octet<schemas::Recorded>(MessageKind::kRecorded); }

TEST_F(ConsumerLies, NoBitOfARefusalGivesAnAnswerOrAReasonThatTheLogDoesNotContradict) {
  broker.refuse = schemas::code::no_agreement;
  bend_each_octet<schemas::Refusal>(MessageKind::kRefusal);
}

}  // namespace
}  // namespace steelyard::client
