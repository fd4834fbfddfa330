// Admission: a request is taken in while the owner's queue has room for it, a hand-over while few of its author's are
// kept; both are told to wait otherwise.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

constexpr std::size_t kMost = limits::kSessionQueueBytesMax / limits::kQueueShareOfRequests;

class RoomTest : public ::testing::Test {
 protected:
  void SetUp() override {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
  }
  // As the loop would hand it on while so much waits for these sessions.
  void arrive(const OutMessage& message, std::map<SessionNumber, std::size_t> queued, std::size_t in_all = 0) {
    auto verified = verify_frame(rig.pipeline->registry(), user, kUser, rig.frame(kUser, {message}));
    ASSERT_TRUE(verified);
    BatchEvent batch;
    batch.frames.push_back(std::move(*verified));
    batch.queued = std::move(queued);
    batch.queued_in_all = in_all;
    rig.step(std::move(batch));
  }

  Rig rig;
  SessionNumber owner, user;
};

TEST_F(RoomTest, ARequestWaitsWhileTheOwnersQueueIsFull) {
  const std::size_t entries = rig.log.entries.size();
  arrive(rig.out(rig.request()), {{owner, kMost}});
  rig.commit();
  EXPECT_EQ(rejected_with(rig.take(user)), code::busy);
  EXPECT_EQ(rig.log.entries.size(), entries);
  arrive(rig.out(rig.request()), {});
  rig.commit();
  EXPECT_EQ(rig.take(owner).size(), 2U);
}

TEST_F(RoomTest, WhatWaitsToBeRecordedTakesRoomToo) {
  const std::string payload(900 * 1024, 'x');
  std::size_t admitted = 0;
  for (int i = 0; i < 20; ++i) {
    arrive(rig.out(rig.request(), payload), {});
    if (rejected_with(rig.take(user)) == 0) ++admitted;
  }
  EXPECT_EQ(admitted, kMost / payload.size());
  rig.commit();
  EXPECT_EQ(rig.take(owner).size(), 2 * admitted);
  arrive(rig.out(rig.request(), payload), {});  // all that was reserved is free again
  rig.commit();
  EXPECT_EQ(rig.take(owner).size(), 2U);
}

TEST_F(RoomTest, ARepeatTakesRoomLikeAnyOther) {
  const OutMessage asked = rig.out(rig.request());
  arrive(asked, {});
  rig.commit();
  EXPECT_EQ(rig.take(owner).size(), 2U);
  arrive(asked, {{owner, kMost}});
  EXPECT_EQ(rejected_with(rig.take(user)), code::busy);
  EXPECT_TRUE(rig.take(owner).empty());
}

TEST_F(RoomTest, AUserThatDoesNotReadItsAnswersAsksInVain) {
  arrive(rig.out(rig.request()), {{user, kMost + 1}});
  EXPECT_EQ(rejected_with(rig.take(user)), code::busy);
  arrive(rig.out(rig.request()), {}, limits::kQueueBytesMax);
  EXPECT_EQ(rejected_with(rig.take(user)), code::busy);
}

TEST_F(RoomTest, AnOwnerThatFallsBehindIsAskedNoMoreThanItAnswersInTwoSeconds) {
  std::deque<schemas::Request> asked;
  std::deque<schemas::Grant> granted;
  const auto ask = [&] {
    const schemas::Request request = rig.request();
    arrive(rig.out(request), {});
    rig.commit();
    const auto to_owner = rig.take(owner);
    if (to_owner.size() == 2) {
      asked.push_back(request);
      granted.push_back(*schemas::decode<schemas::Grant>(*to_owner.front().envelope));
    }
    return rejected_with(rig.take(user));
  };
  const auto answer = [&] {
    rig.arrive(owner, {rig.out(rig.answer(asked.front(), granted.front()))});
    asked.pop_front();
    granted.pop_front();
    rig.commit();
    rig.take(user);
  };
  for (std::size_t i = 0; i < 2 * limits::kUnansweredMin; ++i) ASSERT_EQ(ask(), 0);
  const auto stand = [&] {  // nothing is answered
    for (int i = 0; i < 20; ++i) {
      rig.pass(milliseconds(100));
      rig.step(TickEvent{});
    }
  };
  stand();
  const std::size_t entries = rig.log.entries.size();
  EXPECT_EQ(ask(), code::busy);
  EXPECT_EQ(rig.log.entries.size(), entries);
  while (asked.size() > 1) answer();
  rig.step(TickEvent{});  // it has caught up
  EXPECT_EQ(ask(), 0);
}

TEST_F(RoomTest, WhatAnotherSessionOfTheOwnerWasAskedIsNotHeldAgainstThisOne) {
  for (std::size_t i = 0; i < 2 * limits::kUnansweredMin; ++i) arrive(rig.out(rig.request()), {});
  rig.commit();
  for (int i = 0; i < 20; ++i) {
    rig.pass(milliseconds(100));
    rig.step(TickEvent{});
  }
  rig.take(user);
  arrive(rig.out(rig.request()), {});
  EXPECT_EQ(rejected_with(rig.take(user)), code::busy);
  rig.down(owner);
  owner = rig.up(kOwner, {kHousehold});
  arrive(rig.out(rig.request()), {});
  rig.commit();
  EXPECT_EQ(rig.take(owner).size(), 2U);
}

TEST_F(RoomTest, BeyondSoManyHandOversOfOneMemberThatAreKeptItIsToldToWait) {
  constexpr std::size_t kMax = 3;
  rig.hand_overs_of_member_max = kMax;
  const auto restart = [&] {
    rig.crash();
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
  };
  restart();
  const Digest answer = rig.complete(user, owner);
  const auto hand_over = [&](const schemas::Received& received) {
    rig.arrive(user, {rig.out(received)});
    rig.commit();
    return rig.take(user);
  };
  const std::vector recorded{MessageKind::kRecorded};
  const schemas::Received first = rig.received(kUser, {answer});
  EXPECT_EQ(kinds(hand_over(first)), recorded);
  while (rig.log.handovers.size() < kMax) EXPECT_EQ(kinds(hand_over(rig.received(kUser, {answer}))), recorded);
  const std::size_t entries = rig.log.entries.size();
  EXPECT_EQ(rejected_with(hand_over(rig.received(kUser, {answer}))), code::busy);
  EXPECT_EQ(kinds(hand_over(first)), recorded);  // a repeat takes no room
  restart();
  EXPECT_EQ(rejected_with(hand_over(rig.received(kUser, {answer}))), code::busy);
  EXPECT_EQ(rig.log.entries.size(), entries);
  // Once they are stale there is room again; a restart has forgotten when they expire, and takes the latest instant.
  rig.pass(limits::kLifeMax + limits::kSkew + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  rig.commit();
  const Digest later = rig.complete(user, owner);
  EXPECT_EQ(kinds(hand_over(rig.received(kUser, {later}))), recorded);
}

}  // namespace
}  // namespace steelyard::broker::testing
