// What a peer can make of frames that cost it nothing, and what comes to one that has to be given much.
#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

class FloodTest : public LoopTest {
 protected:
  // Of a member that sends without waiting; true: the broker cut it off.
  template <class Message>
  static bool cut_off_by(Peer& peer, MessageKind kind, const Message& message, std::size_t times) {
    const Bytes frame = exchange::control_frame(kind, schemas::encode(message));
    for (std::size_t i = 0; i < times;) {
      if (peer.dealer().state() != net::LinkState::kUp) return true;
      const bool sent = peer.dealer().send(ByteView(frame)) == net::SendResult::kSent;
      i += sent ? 1 : 0;
      while (peer.dealer().receive()) continue;
      if (!sent) peer.dealer().wait(milliseconds(1));
    }
    return peer.cut_off();
  }
};

TEST_F(FloodTest, SyncsBeyondTheBucketEndTheirConnection) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  EXPECT_TRUE(cut_off_by(tax, MessageKind::kSync, schemas::Sync{LogIndex(0)}, 200));
}

TEST_F(FloodTest, CosignsBeyondTheBucketEndTheirConnectionAndNoOther) {
  Peer owner = connect(kOwner);
  ASSERT_TRUE(owner.up());
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  EXPECT_TRUE(cut_off_by(tax, MessageKind::kCosign, schemas::Cosign{Bytes(100, 'x')}, 1'000));
  owner.control(MessageKind::kPing, schemas::Ping{2, {}});
  EXPECT_TRUE(owner.next(MessageKind::kPong));
}

TEST_F(FloodTest, AConnectionThatIsNoSessionIsCutAfterItsTimeWhateverItSends) {
  Peer tax = connect(kTax);
  ASSERT_EQ(tax.link(), net::LinkState::kUp);
  const Duration began = clock.monotonic();
  while (tax.dealer().state() == net::LinkState::kUp && clock.monotonic() < began + seconds(20)) {
    tax.control(MessageKind::kPing, schemas::Ping{1, {}});  // too few for limits::kDropsBeforeDisconnect
    tax.next(MessageKind::kWelcome, 500);
  }
  const Duration took{clock.monotonic().us - began.us};
  EXPECT_NE(tax.dealer().state(), net::LinkState::kUp);
  EXPECT_GE(took, limits::kHelloWithin - milliseconds(500));
}

TEST_F(FloodTest, OfOneKeyFewConnectionsWaitForTheirHello) {
  std::vector<Peer> waiting;
  for (std::size_t i = 0; i < limits::kGreetingPerKeyMax; ++i) {
    waiting.push_back(connect(kTax));
    ASSERT_EQ(waiting.back().link(), net::LinkState::kUp);
    waiting.back().control(MessageKind::kPing, schemas::Ping{1, {}});
    ASSERT_EQ(waiting.back().rejected(), code::no_hello);
  }
  Peer beyond = connect(kTax);
  ASSERT_EQ(beyond.link(), net::LinkState::kUp);
  beyond.hello();
  EXPECT_TRUE(beyond.cut_off());
  EXPECT_TRUE(connect(kOwner).up());  // another's key
  waiting[0].hello();
  EXPECT_TRUE(waiting[0].next(MessageKind::kWelcome));  // and makes room
  EXPECT_TRUE(connect(kTax).up());
}

// More than its queue is given at once: the loop goes on as that drains.
TEST_F(FloodTest, AFreshSessionGetsAllStatementsAsItReads) {
  constexpr std::size_t kBundle = limits::kStatementsAheadMax + 30, kCount = 2 * kBundle;
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  tax.control(MessageKind::kCredit, schemas::Credit{100 * limits::kCreditMessages, 100 * limits::kCreditBytes});
  for (std::size_t bundle = 0; bundle < kCount / kBundle; ++bundle) {
    std::vector<exchange::OutMessage> many;
    for (std::size_t i = 0; i < kBundle; ++i) many.push_back(application(bundle * kBundle + i));
    const Bytes frame =
        exchange::sign_member_frame(world.suite(), World::kOrigin, kTax, world.keys(kTax).message, many);
    ASSERT_TRUE(tax.sent(frame));
    for (std::size_t recorded = 0; recorded < kBundle;) {
      const auto seen = tax.next(MessageKind::kRecorded, 10'000);
      ASSERT_TRUE(seen) << recorded;
      for (const auto& message : seen->frame.messages) recorded += message.kind == MessageKind::kRecorded ? 1 : 0;
    }
  }
  Peer fresh = connect(kOwner);
  ASSERT_TRUE(fresh.up());
  fresh.control(MessageKind::kCredit, schemas::Credit{100 * limits::kCreditMessages, 100 * limits::kCreditBytes});
  std::size_t statements = 0;
  std::uint64_t next = world.statements().size();
  while (statements < kCount) {
    const auto seen = fresh.next(MessageKind::kRecorded, 10'000);
    ASSERT_TRUE(seen) << statements;
    for (const auto& message : seen->frame.messages) {
      statements += message.kind == MessageKind::kStatement ? 1 : 0;
      if (message.kind != MessageKind::kRecorded) continue;
      EXPECT_EQ(schemas::decode<schemas::Recorded>(message.envelope)->index.value, next++);
    }
  }
  EXPECT_EQ(statements, kCount);
}

}  // namespace
}  // namespace steelyard::broker
