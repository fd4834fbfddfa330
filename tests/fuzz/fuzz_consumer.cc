// A broker that signs whatever it likes, over a real session: its user takes the owner's answer, or nothing.
#include <gtest/gtest.h>

#include "core/client/node_fixture.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using client::OutMessage;
using fuzz::Input;
using schemas::MessageKind;

namespace {

class Desk final : public client::NodeTest {
 public:
  Desk() {
    ::testing::GTEST_FLAG(break_on_failure) = true;  // what the honest half of the broker expects is no guess
    open_node(false);
    consumer = std::make_unique<client::Consumer>(*node, nullptr,
                                                  client::ConsumerOptions{.keep_receipts = false, .prove = false});
    CHECK(until([this] { return node->up(); }));
  }
  void TestBody() override {}

  void ask(Input& input) {
    const auto how = input.number<std::uint8_t>();
    broker.refuse = how % 4 == 0 ? schemas::code::no_agreement : ErrorCode{0};
    broker.records_later = how % 4 == 1;
    broker.surplus = how % 16 == 2;
    broker.wrong_request = how % 16 == 3;
    broker.later.clear();
    outcomes.clear();
    std::vector<OutMessage> before;
    const bool lied = broker.surplus || broker.wrong_request;
    broker.lie = [&](OutMessage& message) {
      const OutMessage honest = message;
      bend(input, message, before);
      before.push_back(honest);
    };
    client::Query query = this->query();
    query.life = milliseconds(300);  // who takes nothing lets go of it then
    const auto id = consumer->ask(query);
    CHECK(id.has_value());
    settle();
    for (const auto& message : std::exchange(broker.later, {})) broker.send({message});
    settle();
    broker.lie = {};
    CHECK(!failed.has_value());
    for (const auto& outcome : std::exchange(outcomes, {}))
      if (outcome.id == *id) judge(outcome, query, lied);
    alarms.clear();
  }

 private:
  // What the broker sent has come: it is answered behind it.
  void settle() {
    const int before = broker.seen[MessageKind::kPong];
    turn();
    broker.control(MessageKind::kPing, schemas::Ping{});
    until([&] { return broker.seen[MessageKind::kPong] > before; }, seconds(2));
  }

  static void bend(Input& input, OutMessage& message, const std::vector<OutMessage>& before) {
    const auto how = input.below(16);
    const std::size_t at = input.number<std::uint16_t>();
    const auto octet = input.number<std::uint8_t>();
    const auto bent = [&](const std::shared_ptr<const Bytes>& was) {
      Bytes octets = was ? *was : Bytes{};
      if (!octets.empty()) octets[at % octets.size()] ^= octet;
      return std::make_shared<const Bytes>(std::move(octets));
    };
    if (how < 5) message.envelope = bent(message.envelope);
    if (how == 5) message.payload = bent(message.payload);
    if (how == 6 && !before.empty()) message = before[at % before.size()];
    if (how == 7 && message.proof) message.proof->signature[at % message.proof->signature.size()] ^= octet;
    if (how == 8 && message.proof) message.proof->author = MemberId("tax");
  }

  void judge(const client::Outcome& outcome, const client::Query& query, bool lied) const {
    if (outcome.kind == client::OutcomeKind::kRefused) CHECK(broker.refuse != 0);
    if (outcome.kind != client::OutcomeKind::kAnswered) return;
    CHECK(broker.refuse == 0 && !lied);
    CHECK(outcome.answer.has_value() && outcome.answer->fields == query.fields && outcome.rows.count == 1);
    CHECK(outcome.rows.columns.size() == query.fields.size());
    for (const auto& column : outcome.rows.columns)
      CHECK(column.values.size() == 1 && column.values[0] == schemas::Value(std::string("x")));
  }
};

}  // namespace

FUZZ(input) {
  static Desk desk;
  desk.ask(input);
}
