#include "broker/outbox.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <thread>

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

TEST_F(OutboxTest, APeerThatIsMerelySlowIsNotDead) {
  ASSERT_TRUE(fill());
  at = at + limits::kUnwritableMax - milliseconds(1);
  ASSERT_TRUE(eventually([&] {
    while (peer->receive()) continue;
    return outbox.flush(*router, routing_id, signer, at).frames > 0;
  }));
  EXPECT_FALSE(outbox.stuck(at + milliseconds(2)));
}

}  // namespace
}  // namespace steelyard::broker
