#include "broker/session.h"

#include <gtest/gtest.h>

namespace steelyard::broker {
namespace {

TEST(Session, AConnectionThatTheMonitorHasNotSpokenOfYetIsNotGone) {
  QueueBudget budget;
  Session session(budget);
  session.peer.generation = 7;
  session.began = seconds(100);
  EXPECT_FALSE(session.lost(false, seconds(100)));  // its first frame is here before the monitor's event
  EXPECT_FALSE(session.lost(true, seconds(101)));
  EXPECT_TRUE(session.lost(false, seconds(101)));

  Session silent(budget);
  silent.peer.generation = 8;
  silent.began = seconds(100);
  EXPECT_FALSE(silent.lost(false, seconds(101)));
  EXPECT_TRUE(silent.lost(false, seconds(100) + Session::kMonitorLate));
}

TEST(Session, WithoutADescriptorTheMonitorSaysNothing) {
  QueueBudget budget;
  Session session(budget);
  EXPECT_FALSE(session.lost(false, seconds(1'000)));
}

TEST(InboundCredit, IsRenewedByWhatIsDecidedAndNotByWhatArrived) {
  InboundCredit credit;
  ASSERT_TRUE(credit.take(limits::kCreditMessages, 100));
  EXPECT_FALSE(credit.take(1, 1));
  EXPECT_FALSE(credit.renewal_due());
  credit.decide(limits::kCreditMessages / 4, 10);
  ASSERT_TRUE(credit.renewal_due());
  EXPECT_EQ(credit.renew().messages, limits::kCreditMessages + limits::kCreditMessages / 4);
  EXPECT_FALSE(credit.renewal_due());
  EXPECT_TRUE(credit.take(limits::kCreditMessages / 4, 1));
  EXPECT_FALSE(credit.take(1, 1));
}

TEST(InboundCredit, IsRenewedOftenOnlyWhileSomethingWaits) {
  InboundCredit credit;
  ASSERT_TRUE(credit.take(limits::kCreditMessages / 4, 100));
  credit.decide(limits::kCreditMessages / 4, 100);
  EXPECT_FALSE(credit.renewal_due());
  ASSERT_TRUE(credit.take(1, 1));
  EXPECT_TRUE(credit.renewal_due());
}

TEST(InboundCredit, WhoseEveryMessageIsDecidedMayAlwaysSendTheLargestOne) {
  InboundCredit credit;
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(credit.take(1, limits::kFrameBytesMax)) << i;
    credit.decide(1, limits::kFrameBytesMax);
    if (credit.renewal_due()) credit.renew();
  }
}

}  // namespace
}  // namespace steelyard::broker
