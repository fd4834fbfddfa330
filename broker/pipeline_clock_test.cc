// What a wall clock that jumps may not do: enter the log, end what is open, let in what is stale.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

class ClockTest : public ::testing::Test {
 protected:
  void SetUp() override {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
    forwarded = ask();
    ASSERT_EQ(forwarded.size(), 2U);
  }
  std::vector<OutMessage> ask() {
    request = rig.request();
    rig.arrive(user, {rig.out(request)});
    rig.commit();
    return rig.take(owner);
  }
  void jump(Duration by) {
    rig.wrong_by = by;
    rig.step(TickEvent{});
    rig.commit();
  }

  Rig rig;
  SessionNumber owner, user;
  schemas::Request request;
  std::vector<OutMessage> forwarded;
};

TEST_F(ClockTest, AfterAJumpAheadEverythingIsRejectedAndNothingOpenIsClosed) {
  const std::size_t entries = rig.log.entries.size();
  jump(minutes(60 * 24));
  EXPECT_TRUE(rig.pipeline->clock_wrong());
  EXPECT_EQ(rig.pipeline->open_exchanges(), 1U);
  EXPECT_TRUE(ask().empty());
  EXPECT_EQ(rejected_with(rig.take(user)), code::clock_wrong);
  EXPECT_EQ(rig.log.entries.size(), entries);
  EXPECT_EQ(rig.pipeline->log_time({rig.now.wall + rig.wrong_by, rig.now.monotonic}), rig.now.wall);
  EXPECT_EQ(rig.pipeline->counters().clock_jumps, 1U);
}

TEST_F(ClockTest, AfterAJumpBackEverythingIsRejected) {
  rig.pass(minutes(30));  // far enough from the last entry for that alone to find nothing wrong
  jump(Duration{-minutes(10).us});
  EXPECT_EQ(kinds(rig.take(user)), std::vector{MessageKind::kRefusal});  // of what ran out in that half hour
  ask();
  EXPECT_EQ(rejected_with(rig.take(user)), code::clock_wrong);
}

TEST_F(ClockTest, OpenExchangesRunOutByTheMonotonicClockMeanwhile) {
  jump(minutes(60 * 24));
  rig.pass(seconds(60) + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  rig.commit();
  EXPECT_EQ(rig.pipeline->open_exchanges(), 0U);
  EXPECT_EQ(rig.log.entries.back().body.verdict, code::unanswered);
  EXPECT_EQ(rig.log.entries.back().body.time, rig.now.wall);
}

TEST_F(ClockTest, AClockSetRightIsBelievedAgain) {
  jump(minutes(60));
  jump({});
  EXPECT_FALSE(rig.pipeline->clock_wrong());
  EXPECT_EQ(ask().size(), 2U);
}

TEST_F(ClockTest, AnOperatorMayConfirmTheNewTime) {
  jump(minutes(60));
  rig.step(ConfirmClockEvent{});
  EXPECT_FALSE(rig.pipeline->clock_wrong());
  rig.now.wall = rig.now.wall + rig.wrong_by;  // the operator was right
  rig.wrong_by = {};
  EXPECT_EQ(ask().size(), 2U);
  EXPECT_EQ(rig.log.entries.back().body.time, rig.now.wall);
}

TEST_F(ClockTest, DriftIsNoJumpAndSmallStepsAddUpToOne) {
  for (int hour = 0; hour < 48; ++hour) {
    rig.pass(minutes(61));
    jump(rig.wrong_by + seconds(5));
    ASSERT_FALSE(rig.pipeline->clock_wrong()) << hour;
  }
  for (int minute = 0; minute < 5; ++minute) {
    rig.pass(minutes(1));
    jump(rig.wrong_by + seconds(10));
  }
  EXPECT_TRUE(rig.pipeline->clock_wrong());
}

}  // namespace
}  // namespace steelyard::broker::testing
