// A store that is all but full: what is left of it is for what is open, and for what stops others.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

class SpaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
    request = rig.request();
    rig.arrive(user, {rig.out(request)});
    rig.commit();
    forwarded = rig.take(owner);
    ASSERT_EQ(forwarded.size(), 2U);
    rig.step(SpaceEvent{true});
  }

  Rig rig;
  SessionNumber owner, user;
  schemas::Request request;
  std::vector<OutMessage> forwarded;
};

TEST_F(SpaceTest, ANewRequestIsUnavailableUntilThereIsSpaceAgain) {
  const std::size_t entries = rig.log.entries.size();
  const OutMessage asked = rig.out(rig.request());
  rig.arrive(user, {asked});
  rig.commit();
  EXPECT_EQ(rejected_with(rig.take(user)), code::unavailable);
  rig.pass(minutes(2));  // nor is the sum of rejections recorded
  rig.step(TickEvent{});
  rig.commit();
  EXPECT_LE(rig.log.entries.size(), entries + 1);  // the close of what was open
  rig.step(SpaceEvent{false});
  rig.arrive(user, {rig.out(rig.request())});
  rig.commit();
  EXPECT_EQ(kinds(rig.take(owner)), (std::vector{MessageKind::kGrant, MessageKind::kRequest}));
}

TEST_F(SpaceTest, WhatIsOpenIsAnsweredAndClosed) {
  rig.arrive(owner, {rig.out(rig.answer(request, read<schemas::Grant>(forwarded[0])), "rows")});
  rig.commit();
  EXPECT_EQ(kinds(rig.take(user)), (std::vector{MessageKind::kGrant, MessageKind::kAnswer, MessageKind::kRecorded}));
  EXPECT_EQ(rig.log.entries.back().body.kind, EntryKind::kAnswer);
}

TEST_F(SpaceTest, WhatIsNotAnsweredInTimeIsClosed) {
  rig.pass(seconds(60) + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  rig.commit();
  EXPECT_EQ(rig.log.entries.back().body.verdict, code::unanswered);
}

TEST_F(SpaceTest, AnOwnerMayStillSuspend) {
  rig.arrive(owner, {rig.state_of(AgreementId("tax-household"), schemas::AgreementChange::kSuspend, kOwner)});
  rig.commit();
  EXPECT_EQ(rig.pipeline->registry().agreement(AgreementId("tax-household"))->phase,
            exchange::AgreementPhase::kSuspended);
}

TEST_F(SpaceTest, AStatementThatStopsNothingWaits) {
  const schemas::Application application{kUser, {"另一个", "Another"}};
  const OutMessage stated =
      rig.statement(schemas::StatementKind::kApplication, "another", application, schemas::Role::kMember, kUser);
  rig.arrive(user, {stated});
  rig.commit();
  EXPECT_EQ(rejected_with(rig.take(user)), code::unavailable);
  EXPECT_EQ(rig.pipeline->registry().application(ApplicationId("another")), nullptr);
  rig.step(SpaceEvent{false});
  rig.arrive(user, {stated});
  rig.commit();
  EXPECT_NE(rig.pipeline->registry().application(ApplicationId("another")), nullptr);
}

TEST_F(SpaceTest, AHandOverWaits) {
  rig.step(SpaceEvent{false});
  const OutMessage handed = rig.out(rig.received(kUser, {rig.complete(user, owner)}));
  rig.step(SpaceEvent{true});
  rig.arrive(user, {handed});
  EXPECT_EQ(rejected_with(rig.take(user)), code::unavailable);
  rig.step(SpaceEvent{false});
  rig.arrive(user, {handed});
  rig.commit();
  EXPECT_EQ(kinds(rig.take(user)), std::vector{MessageKind::kRecorded});
}

}  // namespace
}  // namespace steelyard::broker::testing
