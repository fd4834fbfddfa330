#include "core/exchange/conditions.h"

#include <gtest/gtest.h>

#include "core/exchange/testing/expect_refused.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::Role;
using schemas::SharingClass;
using schemas::VocabularyKind;
using testing::expect_refused;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot, kSuccessor("revenue");
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");
const DutyId kUserDuty("tax-deduction"), kOwnerDuty("residents");

class Conditions : public ::testing::Test {
 protected:
  const AgreementRecord& record() const { return *world_.registry().agreement(kAgreement); }
  Result<RegistryChange> end_basis(Instant at) {
    return world_.try_term(VocabularyKind::kBasis, "tax-law", [at](auto& term) { term.valid_until = at; });
  }
  Result<RegistryChange> carry(const std::vector<std::string>& bases) {
    return world_.try_term(VocabularyKind::kPurpose, "deduction", [&](auto& term) {
      term.bases.clear();
      for (const std::string& basis : bases) term.bases.emplace_back(basis);
    });
  }
  Result<RegistryChange> publish(const std::function<void(schemas::Catalogue&)>& change) {
    auto body = world_.registry().dataset(kHousehold)->statement;
    change(body);
    return world_.try_state(kHousehold.text, body, {{Role::kOwner, kOwner}, {Role::kManager, kRoot}});
  }
  Result<RegistryChange> resume() {
    return world_.try_change(kAgreement, AgreementChange::kResume, {{Role::kOwner, kOwner}});
  }
  // It has stopped, the change says so, and it resumes no sooner than `mend` has worked.
  void expect_fallen(const Result<RegistryChange>& change, const std::string& why,
                     const std::function<Result<RegistryChange>()>& mend) {
    ASSERT_TRUE(change) << change.error().what;
    EXPECT_EQ(change->agreements, std::vector{kAgreement});
    EXPECT_EQ(change->rows.size(), 2u);
    ASSERT_EQ(record().phase, AgreementPhase::kSuspended);
    EXPECT_EQ(record().reason.text, kConditionsChanged);
    EXPECT_TRUE(record().stopped_by_fold);
    EXPECT_EQ(record().changed, world_.registry().epoch());
    expect_refused(world_, why, [&] { return resume(); });
    const auto mended = mend();
    ASSERT_TRUE(mended) << mended.error().what;
    EXPECT_EQ(record().phase, AgreementPhase::kSuspended) << "resumed by itself";
    const auto resumed = resume();
    ASSERT_TRUE(resumed) << resumed.error().what;
    EXPECT_EQ(record().phase, AgreementPhase::kActive);
    EXPECT_FALSE(record().stopped_by_fold);
  }

  World world_ = World::city();
};

TEST_F(Conditions, ARepealedBasisStopsWhatStoodOnIt) {
  expect_fallen(end_basis(world_.now()), "no legal basis `tax-law` in force", [&] {
    return world_.try_term(VocabularyKind::kBasis, "tax-law", [](auto& term) { term.valid_until.reset(); });
  });
}

TEST_F(Conditions, ABasisThatBeginsLaterIsNotInForce) {
  expect_fallen(world_.try_term(VocabularyKind::kBasis, "tax-law",
                                [&](auto& term) { term.valid_from = world_.now() + minutes(60); }),
                "no legal basis `tax-law` in force", [&] {
                  return world_.try_term(VocabularyKind::kBasis, "tax-law",
                                         [](auto& term) { term.valid_from = World::kStart; });
                });
}

TEST_F(Conditions, ADatasetsOwnBasisCarriesItsAgreements) {
  ASSERT_TRUE(world_.try_term(VocabularyKind::kBasis, "registers-law", [](auto&) {}));
  ASSERT_TRUE(publish([](auto& body) { body.legal_basis = BasisId("registers-law"); }));
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
  expect_fallen(
      world_.try_term(VocabularyKind::kBasis, "registers-law", [&](auto& term) { term.valid_until = world_.now(); }),
      "no legal basis `registers-law` in force",
      [&] { return publish([](auto& body) { body.legal_basis = BasisId(); }); });
}

TEST_F(Conditions, ABasisNoLongerCarriesThePurpose) {
  ASSERT_TRUE(world_.try_term(VocabularyKind::kBasis, "other-law", [](auto&) {}));
  expect_fallen(carry({"other-law"}), "`tax-law` does not carry purpose `deduction`", [&] {
    return carry({"other-law", "tax-law"});
  });
}

TEST_F(Conditions, ADatasetIsNoLongerShared) {
  expect_fallen(publish([](auto& body) { body.sharing_class = SharingClass::kNotShared; }), "is not shared",
                [&] { return publish([](auto& body) { body.sharing_class = SharingClass::kConditional; }); });
}

TEST_F(Conditions, AFieldIsDropped) {
  const auto before = world_.registry().dataset(kHousehold)->statement.fields;
  expect_fallen(publish([](auto& body) { body.fields.erase(body.fields.begin() + 2); }), "has no field `address`",
                [&] { return publish([&](auto& body) { body.fields = before; }); });
  EXPECT_TRUE(publish([](auto& body) { body.fields.pop_back(); }));  // nobody has agreed on that one
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
}

TEST_F(Conditions, AUsersDutyMovesAway) {
  world_.add_member(kSuccessor);
  expect_fallen(world_.try_pass_duty(kUserDuty, kSuccessor), "duty `tax-deduction` is not held by `tax`",
                [&] { return world_.try_pass_duty(kUserDuty, kUser); });
}

TEST_F(Conditions, AnOwnersDutyMovesAway) {
  world_.add_member(kSuccessor);
  expect_fallen(world_.try_pass_duty(kOwnerDuty, kSuccessor), "duty `residents` is not held by `civil-affairs`",
                [&] { return world_.try_pass_duty(kOwnerDuty, kOwner); });
}

TEST_F(Conditions, WhatChangesNoGroundStopsNothing) {
  const auto retitle = [](schemas::Vocabulary& term) { term.title = testing::text("another title"); };
  ASSERT_TRUE(world_.try_term(VocabularyKind::kBasis, "tax-law", retitle));
  ASSERT_TRUE(world_.try_term(VocabularyKind::kPurpose, "deduction", retitle));
  ASSERT_TRUE(carry({}));  // any basis carries it
  // Its author's clock may be ahead.
  ASSERT_TRUE(world_.try_term(VocabularyKind::kBasis, "tax-law",
                              [&](auto& term) { term.valid_from = world_.now() + seconds(5); }));
  ASSERT_TRUE(end_basis(world_.now() + minutes(60)));
  ASSERT_TRUE(publish([](auto& body) { body.sharing_class = SharingClass::kUnconditional; }));
  schemas::Duty duty = world_.registry().duty(kUserDuty)->statement;
  duty.names = testing::text("another name");
  ASSERT_TRUE(world_.try_state(kUserDuty.text, duty, {{Role::kRootManager, kRoot}}));
  // A department's head changes: no person is named anywhere, so at most its name does.
  schemas::Member member = world_.registry().member(kUser)->statement;
  member.names = testing::text("another name");
  ASSERT_TRUE(world_.try_state(kUser.text, member, {{Role::kRootManager, kRoot}, {Role::kMember, kUser}}));
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
}

TEST_F(Conditions, ABasisThatLapsedInBetweenStopsThemAllTheSame) {
  ASSERT_TRUE(end_basis(world_.now() + minutes(60)));
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
  world_.pass(minutes(120));
  EXPECT_EQ(fallen_of(world_.registry(), *record().terms(), world_.now()).size(), 1u);
  const auto revived = world_.try_term(VocabularyKind::kBasis, "tax-law", [](auto& term) { term.valid_until.reset(); });
  ASSERT_TRUE(revived);
  EXPECT_EQ(record().phase, AgreementPhase::kSuspended);
  EXPECT_TRUE(resume());
}

TEST_F(Conditions, WhatIsSuspendedEndedOrExpiredStaysSo) {
  auto brief = world_.agreement(AgreementId("brief"), kUser, kHousehold, {"name"}, kUserDuty);
  brief.valid_until = world_.now() + seconds(30);
  world_.add_agreement(brief);
  ASSERT_TRUE(world_.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  world_.pass(minutes(10));
  const auto change = end_basis(world_.now());
  ASSERT_TRUE(change);
  EXPECT_TRUE(change->agreements.empty());
  EXPECT_EQ(record().reason, ReasonId("changed"));
  EXPECT_EQ(world_.registry().agreement(brief.agreement)->phase, AgreementPhase::kActive);
  expect_refused(world_, "no legal basis", [&] { return resume(); });
}

TEST_F(Conditions, AVersionThatStandsOnWhatHoldsLiftsWhatTheFoldSuspended) {
  ASSERT_TRUE(world_.try_term(VocabularyKind::kBasis, "new-law", [](auto&) {}));
  ASSERT_TRUE(carry({"tax-law", "new-law"}));
  ASSERT_TRUE(end_basis(world_.now()));
  ASSERT_EQ(record().phase, AgreementPhase::kSuspended);
  auto next = *record().terms();
  expect_refused(world_, "no legal basis", [&] { return world_.try_propose(next); });
  next.legal_basis = BasisId("new-law");
  world_.add_agreement(next);
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
  EXPECT_TRUE(record().reason.empty());
}

TEST_F(Conditions, ATwiceFallenOneNeedsBothMended) {
  world_.add_member(kSuccessor);
  ASSERT_TRUE(world_.try_pass_duty(kUserDuty, kSuccessor));
  ASSERT_TRUE(end_basis(world_.now()));
  EXPECT_EQ(fallen_of(world_.registry(), *record().terms(), world_.now()).size(), 2u);
  ASSERT_TRUE(world_.try_pass_duty(kUserDuty, kUser));
  expect_refused(world_, "no legal basis", [&] { return resume(); });
}

TEST_F(Conditions, AnAgreementFollowsTheDutyOfItsUser) {
  world_.add_member(kSuccessor);
  auto next = *record().terms();
  next.user = kSuccessor;
  expect_refused(world_, "do not change, unless their duty", [&] { return world_.try_propose(next); });
  ASSERT_TRUE(world_.try_pass_duty(kUserDuty, kSuccessor));
  world_.add_agreement(next);
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
  EXPECT_EQ(world_.registry().agreements_of(kSuccessor, kHousehold), std::vector{&record()});
  EXPECT_TRUE(world_.registry().agreements_of(kUser, kHousehold).empty());
  next.user = kUser;  // it has no duty to come back with
  expect_refused(world_, "do not change", [&] { return world_.try_propose(next); });
}

TEST_F(Conditions, AnAgreementFollowsTheDutyOfItsDataset) {
  world_.add_member(kSuccessor);
  ASSERT_TRUE(world_.try_pass_duty(kOwnerDuty, kSuccessor));
  const DatasetId moved("revenue/household");
  auto next = *record().terms();
  next.owner = kSuccessor;
  next.dataset = moved;
  expect_refused(world_, "do not change", [&] { return world_.try_propose(next); });
  world_.add_dataset(World::catalogue(moved, kOwnerDuty, {"name", "id_number", "address"}));
  world_.add_agreement(next);
  EXPECT_EQ(record().phase, AgreementPhase::kActive);
  EXPECT_EQ(world_.registry().agreements_of(kUser, moved), std::vector{&record()});
  EXPECT_TRUE(world_.registry().agreements_of(kUser, kHousehold).empty());
  // The old owner no longer publishes under that duty.
  expect_refused(world_, "is not held by", [&] { return publish([](auto&) {}); });
}

TEST_F(Conditions, TheReasonOfTheFoldIsNobodyElses) {
  ASSERT_TRUE(world_.try_term(VocabularyKind::kReason, std::string(kConditionsChanged), [](auto&) {}));
  const schemas::AgreementState state{kAgreement, AgreementChange::kSuspend, ReasonId(std::string(kConditionsChanged))};
  expect_refused(world_, "is given by what changed", [&] {
    return world_.try_state(kAgreement.text + "/state", state, {{Role::kOwner, kOwner}});
  });
}

}  // namespace
}  // namespace steelyard::exchange
