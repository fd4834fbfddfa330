#include "cli/pending.h"

#include <gtest/gtest.h>

#include "core/base/test_dir.h"
#include "core/exchange/testing/world.h"

namespace steelyard::cli {
namespace {

using exchange::testing::World;
using schemas::AgreementChange;
using schemas::Role;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot;
const AgreementId kAgreement("tax-household");

class PendingTest : public ::testing::Test {
 protected:
  std::vector<Waits> waits() const { return all_waits(world_.registry(), world_.now(), days_); }
  const exchange::AgreementRecord& record() const { return *world_.registry().agreement(kAgreement); }
  void propose_next() {
    auto next = *record().terms();
    next.terms = exchange::testing::text("a further version");
    ASSERT_TRUE(world_.try_propose(next));
  }
  Result<exchange::RegistryChange> state(AgreementChange change, Role role, const MemberId& by) {
    schemas::AgreementState body{kAgreement, change, ReasonId("changed")};
    if (change != AgreementChange::kSuspend) body.statement = record().proposed_digest;
    if (change == AgreementChange::kEscalate) body.silent = Role::kOwner;
    if (change == AgreementChange::kReturn) body.points = exchange::testing::text("mend it");
    return world_.try_state(kAgreement.text + "/state", body, {{role, by}});
  }

  World world_ = World::city();
  const TestDir folder_;
  const WorkingDays days_ = *WorkingDays::read(folder_.path());
};

TEST_F(PendingTest, WhileConditionsAreUnchangedNothingWaits) {
  EXPECT_TRUE(waits().empty());
  world_.pass(minutes(60 * 24 * 400));
  EXPECT_TRUE(waits().empty());
}

TEST_F(PendingTest, AVersionWaitsForThoseWhoHaveNotApproved) {
  propose_next();
  ASSERT_TRUE(world_.try_approve(kAgreement, Role::kUser));
  auto all = waits();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].what, "approval");
  EXPECT_EQ(all[0].member, kOwner);
  EXPECT_EQ(all[1].member, kRoot);
  EXPECT_EQ(all[0].overdue, 0);
  world_.pass(minutes(60 * 24 * 14));  // ten working days
  ASSERT_TRUE(state(AgreementChange::kEscalate, Role::kUser, kUser));
  all = waits();
  EXPECT_EQ(all[0].waited, 10);
  EXPECT_EQ(all[0].overdue, 5);
  ASSERT_TRUE(all[0].escalated);
  EXPECT_FALSE(all[1].escalated);
}

TEST_F(PendingTest, AReturnedVersionWaitsForWhoProposedIt) {
  propose_next();
  ASSERT_TRUE(state(AgreementChange::kReturn, Role::kOwner, kOwner));
  const auto all = waits();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].what, "next-version");
  EXPECT_EQ(all[0].member, kUser);
}

TEST_F(PendingTest, ASuspensionWaitsForItsOwner) {
  ASSERT_TRUE(state(AgreementChange::kSuspend, Role::kManager, kRoot));
  auto all = waits();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].what, "resumption");
  EXPECT_EQ(all[0].member, kOwner);
  ASSERT_TRUE(world_.try_pass_duty(DutyId("tax-deduction"), kOwner));
  all = waits();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].what, "ground");
}

TEST_F(PendingTest, ABasisThatEndedByTimeIsSeenWithoutAStatement) {
  const Instant end = world_.now() + minutes(60);
  ASSERT_TRUE(
      world_.try_term(schemas::VocabularyKind::kBasis, "tax-law", [end](auto& term) { term.valid_until = end; }));
  EXPECT_TRUE(waits().empty());
  world_.pass(minutes(60 * 24 * 7));
  const auto all = waits();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].what, "ground");
  EXPECT_EQ(all[0].since, end);
  EXPECT_EQ(all[0].waited, 5);
}

TEST_F(PendingTest, WhoseAgreementEndsSoonIsReminded) {
  auto next = *record().terms();
  next.valid_until = world_.now() + minutes(60 * 24 * 60);
  world_.add_agreement(next);
  EXPECT_TRUE(waits().empty());
  world_.pass(minutes(60 * 24 * 40));
  const auto all = waits();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].what, "renewal");
  EXPECT_EQ(all[0].member, kUser);
  EXPECT_EQ(all[0].due, days_.day_of(*next.valid_until));
  world_.pass(minutes(60 * 24 * 60));  // it has ended: whoever wanted more has been told
  EXPECT_TRUE(waits().empty());
}

}  // namespace
}  // namespace steelyard::cli
