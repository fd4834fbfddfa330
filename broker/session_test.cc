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

class SessionTableTest : public ::testing::Test {
 protected:
  Session& add(std::uint8_t connection, std::uint8_t key = 1) {
    net::Arrival arrival;
    arrival.session.token.octets[0] = connection;
    arrival.key.octets[0] = key;
    return table.add(arrival, MemberId(key == 1 ? "tax" : "health"), seconds(1));
  }

  SessionTable table;
};

TEST_F(SessionTableTest, AProviderIsFoundWhileItIsUp) {
  const DatasetId income("tax/income"), invoices("tax/invoices");
  Session& first = add(1);
  Session& second = add(2);
  EXPECT_EQ(table.provider(income), nullptr);
  table.bring_up(first, {income});
  table.bring_up(second, {invoices});
  EXPECT_EQ(table.provider(income), &first);
  EXPECT_EQ(table.provider(invoices), &second);
  EXPECT_EQ(table.up(), 2u);
  EXPECT_EQ(table.up_of(MemberId("tax")).size(), 2u);
  table.take_down(first, SessionPhase::kClosing);
  table.take_down(first, SessionPhase::kDead);
  EXPECT_EQ(table.provider(income), nullptr);
  EXPECT_EQ(table.provider(invoices), &second);
  EXPECT_EQ(table.up(), 1u);
  EXPECT_EQ(table.up_of(MemberId("tax")), std::vector<Session*>{&second});
  table.take_down(second, SessionPhase::kDead);
  EXPECT_TRUE(table.up_of(MemberId("tax")).empty());
}

TEST_F(SessionTableTest, ConnectionsThatAreNoSessionsYetAreCountedByKey) {
  Session& first = add(1);
  Session& second = add(2);
  add(3, 2);
  EXPECT_EQ(table.greeting_with(first.key), 2u);
  table.bring_up(first, {});
  EXPECT_EQ(table.greeting_with(first.key), 1u);
  table.take_down(first, SessionPhase::kDead);
  table.take_down(second, SessionPhase::kDead);
  EXPECT_EQ(table.greeting_with(first.key), 0u);
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
