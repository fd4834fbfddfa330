#include "broker/owner_pace.h"

#include <gtest/gtest.h>

namespace steelyard::broker {
namespace {

const MemberId kFlood("flood"), kTax("tax");

void ask(OwnerPace& pace, const MemberId& user, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) pace.asked(user);
}

// Ticks for so long, `answers` a second, of which each is followed by another request: it stays as full as it is.
Duration stand(OwnerPace& pace, Duration from, int tenths, int answers) {
  for (int i = 0; i < tenths; ++i) {
    from = from + milliseconds(100);
    for (int said = 0; said < answers / 10; ++said) {
      pace.closed(kTax, true);
      pace.asked(kTax);
    }
    pace.tick(from);
  }
  return from;
}

TEST(OwnerPace, AnOwnerThatKeepsUpMayBeAskedMuch) {
  OwnerPace pace;
  for (int i = 0; i < 100; ++i) {
    ask(pace, kTax, 200);
    for (int said = 0; said < 200; ++said) pace.closed(kTax, true);
    pace.tick(milliseconds(100 * i));
  }
  EXPECT_EQ(pace.most(), limits::kUnansweredMax);
}

TEST(OwnerPace, WhoIsBehindHasNoMoreWaitingThanItAnswersInTwoSeconds) {
  OwnerPace pace;
  ask(pace, kTax, 500);
  pace.tick(seconds(10));
  stand(pace, seconds(10), 100, 400);
  EXPECT_NEAR(static_cast<double>(pace.most()), 800, 40);
  EXPECT_TRUE(pace.has_room(kFlood));
}

TEST(OwnerPace, AnOwnerThatSaysNothingMayHaveAFewWaiting) {
  OwnerPace pace;
  ask(pace, kTax, limits::kUnansweredMin);
  pace.tick(seconds(10));
  stand(pace, seconds(10), 20, 0);
  EXPECT_EQ(pace.most(), limits::kUnansweredMin);
  EXPECT_FALSE(pace.has_room(kFlood));
  pace.closed(kTax, false);
  EXPECT_TRUE(pace.has_room(kFlood));
}

TEST(OwnerPace, OnceItHasCaughtUpItMayBeAskedMuchAgain) {
  OwnerPace pace;
  ask(pace, kTax, 500);
  pace.tick(seconds(10));
  const Duration now = stand(pace, seconds(10), 100, 100);
  ASSERT_LT(pace.most(), limits::kUnansweredMax);
  for (int i = 0; i < 490; ++i) pace.closed(kTax, true);
  pace.tick(now + milliseconds(100));
  EXPECT_EQ(pace.most(), limits::kUnansweredMax);
}

TEST(OwnerPace, APauseOfOurOwnIsNoSlownessOfTheOwners) {
  OwnerPace pace;
  ask(pace, kTax, 500);
  pace.tick(seconds(10));
  const Duration now = stand(pace, seconds(10), 100, 400);
  pace.tick(now + seconds(60));
  EXPECT_GT(pace.most(), 700u);
}

TEST(OwnerPace, OneThatFloodsLeavesRoomForOthers) {
  OwnerPace pace;
  std::size_t asked = 0;
  for (; pace.has_room(kFlood); ++asked) pace.asked(kFlood);
  EXPECT_EQ(asked, limits::kUnansweredMax / 2);
  EXPECT_TRUE(pace.has_room(kTax));
}

}  // namespace
}  // namespace steelyard::broker
