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

TEST_F(BoundsTest, AnswersThatTakeLongToWeighAreToldToWaitAndTheirRepeatIsDelivered) {
  struct Open {
    OutMessage request, answer;
  };
  std::map<ExchangeId, Open> open;
  for (std::size_t i = 0; i < 100; ++i) {
    const schemas::Request request = rig.request();
    rig.arrive(user, {rig.out(request)});
    rig.commit();
    const auto forwarded = rig.take(owner);
    ASSERT_EQ(forwarded.size(), 2U);
    open[request.head.id] = {rig.out(request), rig.out(rig.answer(request, read<schemas::Grant>(forwarded[0])))};
  }
  state_costly(700);  // still permitted, and weighed anew with each answer
  rig.commit();
  rig.take(owner);
  const auto deliver = [&] {  // how many answers of this round were, and the owner is told of the others
    std::vector<OutMessage> answers;
    for (const auto& [id, one] : open) answers.push_back(one.answer);
    rig.arrive(owner, answers);
    const auto rejections = rig.take(owner);
    for (const OutMessage& message : rejections) EXPECT_EQ(rejected_with({message}), code::busy);
    rig.commit();
    std::size_t delivered = 0;
    for (const OutMessage& message : rig.take(user)) {
      EXPECT_NE(message.kind, MessageKind::kRefusal);
      EXPECT_NE(message.kind, MessageKind::kRejection);
      if (message.kind == MessageKind::kAnswer) delivered += open.erase(read<schemas::Answer>(message).head.id);
    }
    EXPECT_EQ(rejections.size(), open.size());
    return delivered;
  };
  const std::size_t at_once = deliver();
  EXPECT_GT(at_once, 10U);
  ASSERT_LT(at_once, 60U);
  EXPECT_EQ(rig.pipeline->open_exchanges(), open.size());
  // Asked again, in the user's own turn, the owner sends the same once more.
  const auto again = open.begin();
  rig.arrive(user, {again->second.request});
  ASSERT_EQ(rig.take(owner).size(), 2U);
  rig.arrive(owner, {again->second.answer});
  rig.commit();
  EXPECT_EQ(kinds(rig.take(user)), (std::vector{MessageKind::kGrant, MessageKind::kAnswer, MessageKind::kRecorded}));
  open.erase(again);
  // So do repeats of the owner's own accord, a round's share at a time.
  std::size_t rounds = 0;
  for (; !open.empty() && rounds < 10; ++rounds) EXPECT_GT(deliver(), 0U);
  EXPECT_TRUE(open.empty());
  EXPECT_GT(rounds, 1U);
  EXPECT_EQ(rig.log.of_kind(EntryKind::kAnswer).size(), 100U);
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
  while (rig.pipeline->more() && steps < 1'000) {  // until one commit is under way and the next has its share
    rig.step(GoOnEvent{});
    ++steps;
  }
  EXPECT_LT(steps, 5U);
  for (; !rig.log.once.empty() && steps < 1'000; ++steps) {
    if (rig.in_flight) {
      EXPECT_LE(rig.in_flight->once_ended.size(), limits::kEndsPerCommit);
    }
    rig.commit();
    EXPECT_LE(kept - rig.log.once.size(), 2 * limits::kEndsPerCommit);
    kept = rig.log.once.size();
    rig.step(GoOnEvent{});
  }
  EXPECT_TRUE(rig.log.once.empty());
  EXPECT_GE(steps, kFrames * limits::kFrameMessagesMax / (2 * limits::kEndsPerCommit));
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
