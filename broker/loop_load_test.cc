// What one member may load on the broker.
#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

TEST_F(LoopTest, StatementsAndHandOversTakeOfTheBucketLikeRequests) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  exchange::OutMessage rubbish;
  rubbish.kind = MessageKind::kStatement;
  rubbish.envelope = std::make_shared<const Bytes>(Bytes(16, 1));
  rubbish.payload = std::make_shared<const Bytes>();
  const std::vector<exchange::OutMessage> many(limits::kFrameMessagesMax, rubbish);
  const Bytes frame = exchange::sign_member_frame(world.suite(), World::kOrigin, kTax, world.keys(kTax).message, many);
  tax.dealer().send(frame);
  tax.dealer().send(frame);
  bool busy = false;
  for (int i = 0; i < 50 && !busy; ++i) {
    const auto seen = tax.next(MessageKind::kRejection, 2000);
    ASSERT_TRUE(seen);
    for (const auto& message : seen->frame.messages)
      if (message.kind == MessageKind::kRejection)
        busy = busy || schemas::decode<schemas::Rejection>(message.envelope)->code == code::busy;
  }
  EXPECT_TRUE(busy);
}

}  // namespace
}  // namespace steelyard::broker
