#include "cli/agreement_terms.h"

#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"

namespace steelyard::cli {
namespace {

using exchange::testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot, kSuccessor("revenue");
const AgreementId kAgreement("tax-household");

template <class Made>
void expect_refused(const Made& made, const std::string& why) {
  ASSERT_FALSE(made) << why;
  EXPECT_NE(made.error().what.find(why), std::string::npos) << made.error().what;
}

class Terms : public ::testing::Test {
 protected:
  Terms() {
    flags_.id = "relief";
    flags_.dataset = "civil-affairs/household";
    flags_.fields = "name, address";
    flags_.purposes = "deduction";
    flags_.basis = "tax-law";
    flags_.duty = "tax-deduction";
  }
  Result<schemas::Agreement> made(const MemberId& user = kUser) {
    return agreement_of(flags_, world_.registry(), user, world_.now());
  }
  Result<schemas::Agreement> renew(const RenewFlags& flags = {}) {
    return renewed(*world_.registry().agreement(kAgreement), flags, world_.registry(), world_.now());
  }

  World world_ = World::city();
  TermFlags flags_;
};

TEST_F(Terms, WhoElseIsConcernedFollowsFromTheDataset) {
  const auto agreement = made();
  ASSERT_TRUE(agreement) << agreement.error().what;
  EXPECT_EQ(agreement->owner, kOwner);
  EXPECT_EQ(agreement->manager, kRoot);
  EXPECT_EQ(made(kRoot)->manager, kOwner);  // nobody decides about its own use
  world_.add_agreement(*agreement);
}

TEST_F(Terms, WhatIsWrongIsNamedByItsFlag) {
  const auto expect = [&](std::string TermFlags::*flag, const std::string& value, const std::string& why) {
    const std::string before = flags_.*flag;
    flags_.*flag = value;
    expect_refused(made(), why);
    flags_.*flag = before;
  };
  expect(&TermFlags::id, "", "--id");
  expect(&TermFlags::dataset, "household", "--dataset");
  expect(&TermFlags::fields, "", "--fields");
  expect(&TermFlags::purposes, "A", "--purpose");
  expect(&TermFlags::basis, "", "--basis");
  expect(&TermFlags::duty, "X", "--duty");
  expect(&TermFlags::valid_until, "soon", "--valid-until");
  expect(&TermFlags::valid_until, "2020-01-01", "--valid-until");
  flags_.rows_max = -1;
  expect_refused(made(), "--rows-max");
}

TEST_F(Terms, ARenewalRepeatsWhatIsInForce) {
  const auto same = renew();
  ASSERT_TRUE(same) << same.error().what;
  EXPECT_EQ(*same, *world_.registry().agreement(kAgreement)->terms());
  RenewFlags flags;
  flags.valid_until = "2030-01-01";
  world_.add_agreement(*renew(flags));
  expect_refused(renew(), "give the new end");
  flags = {};
  flags.until_conditions_change = true;
  EXPECT_FALSE(renew(flags)->valid_until);
  flags.valid_until = "2031-01-01";
  expect_refused(renew(flags), "not both");
}

TEST_F(Terms, ARenewalFollowsDutiesThatHaveMoved) {
  world_.add_member(kSuccessor);
  ASSERT_TRUE(world_.try_pass_duty(DutyId("tax-deduction"), kSuccessor));
  EXPECT_EQ(renew()->user, kSuccessor);
  ASSERT_TRUE(world_.try_pass_duty(DutyId("residents"), kUser));
  expect_refused(renew(), "does not publish `tax/household`");
  world_.add_dataset(
      World::catalogue(DatasetId("tax/household"), DutyId("residents"), {"name", "id_number", "address"}));
  const auto followed = renew();
  ASSERT_TRUE(followed) << followed.error().what;
  EXPECT_EQ(followed->owner, kUser);
  EXPECT_EQ(followed->dataset, DatasetId("tax/household"));
  world_.add_agreement(*followed);
  EXPECT_EQ(world_.registry().agreement(kAgreement)->phase, exchange::AgreementPhase::kActive);
}

}  // namespace
}  // namespace steelyard::cli
