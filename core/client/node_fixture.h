// What tests of Node and Consumer share: one member's node and consumer against a TestBroker, turned by hand. Test
// programs only.
#pragma once

#include <memory>
#include <vector>

#include "core/base/test_patience.h"
#include "core/client/consumer.h"
#include "core/client/node.h"
#include "core/client/test_broker.h"

namespace steelyard::client {

class NodeTest : public ::testing::Test {
 protected:
  explicit NodeTest(crypto::SuiteId suite = crypto::SuiteId::kStandard) : world(World::city(suite)) {}
  void SetUp() override { open_node(); }

  void open_node(bool keep_state = true) {
    consumer.reset();
    node.reset();
    auto opened =
        Node::open(*broker.context, identity_of(world, MemberId("tax"), broker.router->endpoint(), dir / "state"),
                   {.provides = {}, .software = "test", .keep_state = keep_state}, clock);
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    node = std::move(*opened);
    consumer = std::make_unique<Consumer>(*node, receipts.get(), ConsumerOptions{});
  }
  virtual void turn() {
    broker.serve();
    auto messages = node->step(milliseconds(2));
    if (!messages) {
      failed = messages.error();
      return;
    }
    for (const auto& message : *messages) {
      consumer->handle(message);
      if (message.kind == MessageKind::kAnswer) answer_frames.push_back(message.octets);
    }
    consumer->tick();
    for (auto& outcome : consumer->take_outcomes()) outcomes.push_back(std::move(outcome));
    for (auto& alarm : node->take_alarms()) alarms.push_back(std::move(alarm));
  }
  template <class Condition>
  bool until(Condition condition, Duration timeout = seconds(8)) {
    const auto end = clock.monotonic() + Duration{timeout.us * kPatience};
    while (!condition() && clock.monotonic() < end) turn();
    return condition();
  }
  Query query() const {
    Query made;
    made.application = ApplicationId("tax-relief");
    made.dataset = DatasetId("civil-affairs/household");
    made.purpose = PurposeId("deduction");
    made.fields = {FieldName("name"), FieldName("address")};
    made.parameters = {{FieldName("id_number"), schemas::Compare::kEq, {std::string("secret-value")}}};
    made.operator_id = "officer-7";
    return made;
  }
  Outcome ask_one() {
    EXPECT_TRUE(until([&] { return node->up(); }));
    const auto id = consumer->ask(query());
    EXPECT_TRUE(id.has_value()) << id.error().what;
    EXPECT_TRUE(until([&] { return !outcomes.empty(); }));
    if (outcomes.empty()) return {};
    EXPECT_EQ(outcomes[0].id, *id);
    return outcomes[0];
  }

  World world;
  TestDir dir;
  WorldClock clock{world.now()};
  TestBroker broker{world};
  std::unique_ptr<ReceiptStore> receipts = std::move(*ReceiptStore::open(dir / "receipts"));
  std::unique_ptr<Node> node;
  std::unique_ptr<Consumer> consumer;
  std::vector<Outcome> outcomes;
  std::vector<Alarm> alarms;
  std::vector<std::weak_ptr<const void>> answer_frames;  // that answers came in
  std::optional<Error> failed;
};

}  // namespace steelyard::client
