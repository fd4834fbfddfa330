// What one member may load on the broker.
#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

class LoadTest : public LoopTest {
 protected:
  // The most statements that a frame holds; they take more than half of a full bucket.
  Bytes frame_of_rubbish() const {
    exchange::OutMessage rubbish;
    rubbish.kind = MessageKind::kStatement;
    rubbish.envelope = std::make_shared<const Bytes>(Bytes(16, 1));
    rubbish.payload = std::make_shared<const Bytes>();
    const std::vector<exchange::OutMessage> many(limits::kFrameMessagesMax, rubbish);
    return exchange::sign_member_frame(world.suite(), World::kOrigin, kTax, world.keys(kTax).message, many);
  }
  // Whether the broker says `busy` about it, before as many messages as two frames hold are answered otherwise.
  static bool busy(Peer& peer, ByteView frame) {
    peer.dealer().send(frame);
    for (std::size_t answered = 0; answered < 2 * limits::kFrameMessagesMax;) {
      const auto seen = peer.next(MessageKind::kRejection, 5000);
      if (!seen) return false;
      for (const auto& message : seen->frame.messages) {
        if (message.kind != MessageKind::kRejection) continue;
        if (schemas::decode<schemas::Rejection>(message.envelope)->code == code::busy) return true;
        answered += 1;
      }
    }
    return false;
  }
};

TEST_F(LoadTest, StatementsAndHandOversTakeOfTheBucketLikeRequests) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const Bytes frame = frame_of_rubbish();
  tax.dealer().send(frame);
  EXPECT_TRUE(busy(tax, frame));
}

class SlowRateTest : public LoadTest {
 protected:
  void shape(Config& made) override { made.requests_per_second = 1; }
};

TEST_F(SlowRateTest, ABucketFillsAsFastAsTheConfigurationSays) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const Bytes frame = frame_of_rubbish();
  tax.dealer().send(frame);
  EXPECT_TRUE(busy(tax, frame));
  // Room for the rejections of a third frame.
  tax.control(MessageKind::kCredit, schemas::Credit{10 * limits::kCreditMessages, 10 * limits::kCreditBytes});
  // By the usual rate it would be full again.
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_TRUE(busy(tax, frame));
}

}  // namespace
}  // namespace steelyard::broker
