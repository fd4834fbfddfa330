#include "broker/outbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

#include "core/exchange/testing/world.h"
#include "core/net/context.h"
#include "core/net/dealer.h"
#include "core/net/zap.h"

namespace steelyard::broker {
namespace {

class OutboxTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto broker = net::CurveKeyPair::generate(), member = net::CurveKeyPair::generate();
    auto opened = net::Context::open();
    ASSERT_TRUE(broker && member && opened);
    context = std::move(*opened);
    auto handler = net::ZapHandler::start(*context, {{member->public_key, "tax"}});
    ASSERT_TRUE(handler.has_value());
    zap = std::move(*handler);
    auto bound = net::Router::open(*context, *zap, {.endpoint = "tcp://127.0.0.1:*", .keys = *broker});
    ASSERT_TRUE(bound.has_value());
    router = std::move(*bound);
    auto connected = net::Dealer::open(
        *context, {.endpoint = router->endpoint(), .server_key = broker->public_key, .keys = *member});
    ASSERT_TRUE(connected.has_value());
    peer = std::move(*connected);
    ASSERT_EQ(peer->wait_up(seconds(5)), net::LinkState::kUp);
    ASSERT_EQ(peer->send(as_bytes("hello")), net::SendResult::kSent);
    ASSERT_TRUE(eventually([&] {
      const auto event = router->receive();
      if (event) routing_id = std::get<net::Arrival>(*event).session.routing_id;
      return event.has_value();
    }));
  }
  static bool eventually(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  // Until the socket takes nothing more: the peer reads nothing.
  bool fill() {
    return eventually([&] {
      for (int i = 0; i < 8; ++i)
        if (!outbox.push_control(Bytes(128 * 1024, 1))) return false;
      const Flushed flushed = outbox.flush(*router, routing_id, signer, at);
      return flushed.blocked && flushed.frames == 0;
    });
  }

  std::unique_ptr<net::Context> context;
  std::unique_ptr<net::ZapHandler> zap;
  std::unique_ptr<net::Router> router;
  std::unique_ptr<net::Dealer> peer;
  Bytes routing_id;
  QueueBudget budget;
  Outbox outbox{budget};
  const FrameSigner signer{};  // control frames bear no signature
  Duration at = seconds(100);
};

TEST_F(OutboxTest, ASocketThatTakesNothingForASecondBelongsToADeadPeer) {
  ASSERT_TRUE(fill());
  EXPECT_FALSE(outbox.stuck(at));
  EXPECT_TRUE(outbox.stuck(at + limits::kUnwritableMax));
}

TEST_F(OutboxTest, ARecordedAloneWaitsForCompanyButNotForLong) {
  const auto of_kind = [](schemas::MessageKind kind) {
    exchange::OutMessage message;
    message.kind = kind;
    message.envelope = std::make_shared<const Bytes>(16, 1);
    std::vector<exchange::OutMessage> messages;
    messages.push_back(std::move(message));
    return messages;
  };
  EXPECT_FALSE(outbox.due(at));
  ASSERT_TRUE(outbox.push(of_kind(schemas::MessageKind::kRecorded)));
  EXPECT_FALSE(outbox.due(at));
  EXPECT_FALSE(outbox.due(at + Outbox::kRecordedMayWait - milliseconds(1)));
  EXPECT_TRUE(outbox.due(at + Outbox::kRecordedMayWait));
  outbox.clear();
  ASSERT_TRUE(outbox.push(of_kind(schemas::MessageKind::kRecorded)));
  EXPECT_FALSE(outbox.due(at + seconds(1)));  // its time is its own
  ASSERT_TRUE(outbox.push(of_kind(schemas::MessageKind::kAnswer)));
  EXPECT_TRUE(outbox.due(at + seconds(1)));
}

TEST_F(OutboxTest, APeerThatIsMerelySlowIsNotDead) {
  ASSERT_TRUE(fill());
  at = at + limits::kUnwritableMax - milliseconds(1);
  ASSERT_TRUE(eventually([&] {
    while (peer->receive()) continue;
    return outbox.flush(*router, routing_id, signer, at).frames > 0;
  }));
  EXPECT_FALSE(outbox.stuck(at + milliseconds(2)));
}

class OutboxTurnsTest : public OutboxTest {
 protected:
  // One forwarded message, as `count` pushes of it.
  void push(const char* author, std::size_t count = 1, schemas::MessageKind kind = schemas::MessageKind::kRequest) {
    for (std::size_t i = 0; i < count; ++i) {
      exchange::OutMessage message;
      message.kind = kind;
      message.envelope = message.payload = std::make_shared<const Bytes>(Bytes(8, 1));
      message.proof = exchange::Proof{MemberId(author), {}, 0, 1, {}, {}};
      ASSERT_TRUE(outbox.push({std::move(message)}));
    }
  }
  // The first letters of the authors of all that left, in their order.
  std::string order_sent() {
    EXPECT_FALSE(outbox.flush(*router, routing_id, by_broker, at).blocked);
    EXPECT_TRUE(outbox.empty());
    std::string order;
    EXPECT_TRUE(eventually([&] {
      while (const auto arrival = peer->receive()) {
        const auto frame = exchange::parse_frame(arrival->view());
        for (const auto& message : frame->messages) order += message.proof->author.text.front();
      }
      return order.size() >= expected;
    })) << order.size();
    return order;
  }

  const exchange::testing::World world = exchange::testing::World::city();
  const FrameSigner by_broker{&world.suite(), exchange::testing::World::kOrigin, &world.broker().bundle};
  std::size_t expected = 0;
};

TEST_F(OutboxTurnsTest, BeyondOneFrameAuthorsTakeTurns) {
  push("flood", limits::kFrameMessagesMax + 3);
  push("tax", 2);
  expected = limits::kFrameMessagesMax + 5;
  EXPECT_EQ(order_sent().substr(limits::kFrameMessagesMax), "ftftf");
  EXPECT_EQ(outbox.bytes(), 0U);
  EXPECT_EQ(budget.bytes, 0U);
}

TEST_F(OutboxTurnsTest, WhatFitsOneFrameKeepsTheOrderItCameIn) {
  push("flood", 3);
  push("tax", 2);
  push("flood");
  expected = 6;
  EXPECT_EQ(order_sent(), "fffttf");
}

TEST_F(OutboxTurnsTest, NothingOvertakesAStatementNorIsOvertakenByOne) {
  push("flood", limits::kFrameMessagesMax + 2);
  push("root", 1, schemas::MessageKind::kStatement);
  push("flood");
  push("tax", 2);
  expected = limits::kFrameMessagesMax + 6;
  EXPECT_EQ(order_sent().substr(limits::kFrameMessagesMax), "ffrftt");
}

}  // namespace
}  // namespace steelyard::broker
