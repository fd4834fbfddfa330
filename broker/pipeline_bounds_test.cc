// What nobody can make one step do: evaluate for long, weigh everything anew at once, end everything at once.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

class BoundsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
  }
  // A policy of the owner's that forbids nothing, and sorts so many elements for each field to find that out.
  void state_costly(std::size_t elements) {
    std::string text = "forbid (principal, action, resource in Dataset::\"civil-affairs/household\") when { [resource";
    for (std::size_t i = 1; i < elements; ++i) text += ",resource";
    rig.arrive(owner, {rig.statement(schemas::StatementKind::kPolicySet, kOwner.text,
                                     schemas::PolicySet{text + "].isEmpty() };", World::kStart, {}},
                                     schemas::Role::kOwner, kOwner)});
  }
  std::vector<OutMessage> requests(std::size_t count) {
    std::vector<OutMessage> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(rig.out(rig.request()));
    return made;
  }
  std::map<ErrorCode, std::size_t> told() {  // to the user
    std::map<ErrorCode, std::size_t> times;
    for (const OutMessage& message : rig.take(user)) {
      if (message.kind == MessageKind::kRejection) ++times[read<schemas::Rejection>(message).code];
      if (message.kind != MessageKind::kRefusal) continue;
      ++times[exchange::decode_entry(read<schemas::Refusal>(message).body)->verdict];
    }
    return times;
  }

  Rig rig;
  SessionNumber owner, user;
};

TEST_F(BoundsTest, RequestsThatTakeLongAreToldToWaitForTheNextRound) {
  constexpr std::size_t kAtOnce = limits::kWeighingStepsPerRound / limits::kWeighingStepsMax;
  state_costly(6'000);
  rig.commit();
  for (int round = 0; round < 2; ++round) {
    rig.arrive(user, requests(100));
    rig.commit();
    const auto times = told();
    EXPECT_GE(times.at(code::policy_error), kAtOnce);
    EXPECT_LE(times.at(code::policy_error), 2 * kAtOnce);
    EXPECT_EQ(times.at(code::policy_error) + times.at(code::busy), 100U);
  }
}

TEST_F(BoundsTest, WhatIsWeighedAnewBeforeItGoesOnIsGivenOutInParts) {
  rig.arrive(user, requests(100));
  state_costly(700);  // still permitted
  ASSERT_TRUE(rig.commit_one());
  const std::size_t at_once = rig.take(owner).size() / 2;
  EXPECT_GT(at_once, 10U);
  EXPECT_LT(at_once, 60U);
  ASSERT_TRUE(rig.pipeline->more());
  std::size_t in_all = at_once, steps = 0;
  for (; rig.pipeline->more() && steps < 100; ++steps) {
    rig.step(GoOnEvent{});
    for (const OutMessage& message : rig.take(owner)) in_all += message.kind == MessageKind::kRequest ? 1 : 0;
  }
  EXPECT_EQ(in_all, 100U);
  EXPECT_LT(steps, 10U);
}

TEST_F(BoundsTest, TensOfThousandsThatExpireAtOnceAreEndedAFewAtATime) {
  constexpr std::size_t kFrames = 40;
  const Instant expires = rig.now.wall + seconds(60);
  for (std::size_t frame = 0; frame < kFrames; ++frame) {
    std::vector<OutMessage> messages;
    for (std::size_t i = 0; i < limits::kFrameMessagesMax; ++i) {
      schemas::Request request = rig.request();
      request.purpose = PurposeId("no-such-purpose");
      request.head.expires = expires;
      messages.push_back(rig.out(request));
    }
    rig.arrive(user, messages);
    rig.commit();
    rig.take(user);
  }
  ASSERT_EQ(rig.log.once.size(), kFrames * limits::kFrameMessagesMax);
  rig.pass(seconds(60) + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  std::size_t steps = 1, kept = rig.log.once.size();
  while (rig.pipeline->more() && steps < 1'000) {  // until the log is behind
    rig.step(GoOnEvent{});
    ++steps;
  }
  EXPECT_LT(steps, 20U);
  for (; !rig.log.once.empty() && steps < 1'000; ++steps) {
    if (rig.in_flight) {
      EXPECT_LE(rig.in_flight->records(), limits::kCommitRecordsMax);
    }
    rig.commit();
    EXPECT_LE(kept - rig.log.once.size(), 20 * limits::kExpiredPerStep);
    kept = rig.log.once.size();
    rig.step(GoOnEvent{});
  }
  EXPECT_TRUE(rig.log.once.empty());
  EXPECT_GE(steps, kFrames * limits::kFrameMessagesMax / limits::kExpiredPerStep);
  EXPECT_FALSE(rig.pipeline->more());
}

TEST_F(BoundsTest, WhatExpiresOpenIsClosedAndEndedInOneBatch) {
  rig.arrive(user, requests(limits::kFrameMessagesMax));
  rig.commit();
  ASSERT_EQ(rig.pipeline->open_exchanges(), limits::kFrameMessagesMax);
  rig.pass(seconds(60) + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  EXPECT_EQ(rig.pipeline->open_exchanges(), limits::kFrameMessagesMax - limits::kExpiredPerStep);
  for (int i = 0; i < 10 && rig.in_flight; ++i) {
    std::size_t closes = 0;
    for (const auto& entry : rig.in_flight->entries) closes += entry.body.verdict == code::unanswered ? 1 : 0;
    EXPECT_EQ(closes, rig.in_flight->once_ended.size());
    rig.commit_one();
    rig.step(GoOnEvent{});
  }
  EXPECT_EQ(rig.pipeline->open_exchanges(), 0U);
  EXPECT_TRUE(rig.log.once.empty());
}

}  // namespace
}  // namespace steelyard::broker::testing
