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

}  // namespace
}  // namespace steelyard::broker
