// Admission: a request is taken in while the owner's queue has room for it, and told to wait otherwise.
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

}  // namespace
}  // namespace steelyard::broker::testing
