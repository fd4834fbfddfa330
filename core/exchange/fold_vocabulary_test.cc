#include <functional>

#include <gtest/gtest.h>

#include "core/exchange/testing/expect_refused.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::Role;
using schemas::VocabularyKind;
using testing::expect_refused;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot;
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

Result<RegistryChange> try_term(World& world, VocabularyKind kind, const std::string& id,
                                const std::function<void(schemas::Vocabulary&)>& change) {
  schemas::Vocabulary body;
  if (const auto* known = world.registry().term(kind, id))
    body = known->statement;
  else
    body.valid_from = World::kStart;
  body.kind = kind;
  body.id = id;
  change(body);
  return world.try_state(std::string(name_of(kind)) + "/" + id, body, {{Role::kRootManager, kRoot}});
}
auto ends_in(const World& world, Duration time) {
  return [until = world.now() + time](schemas::Vocabulary& term) { term.valid_until = until; };
}
Result<RegistryChange> end_basis_in(World& world, Duration time) {
  return try_term(world, VocabularyKind::kBasis, "tax-law", ends_in(world, time));
}

TEST(Vocabulary, ABasisDoesNotEndUnderAnAgreement) {
  World world = World::city();
  const std::string why = "agreement `tax-household` would be left without legal basis `tax-law`";
  expect_refused(world, why, [&] { return end_basis_in(world, minutes(60)); });
  expect_refused(world, "not built yet", [&] { return end_basis_in(world, minutes(-60)); });
  expect_refused(world, why, [&] {
    return try_term(world, VocabularyKind::kBasis, "tax-law",
                    [&](schemas::Vocabulary& term) { term.valid_from = world.now() + minutes(60); });
  });
  // Nor under a suspended one, which may be resumed.
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  expect_refused(world, why, [&] { return end_basis_in(world, minutes(60)); });
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kEnd, {{Role::kOwner, kOwner}, {Role::kManager, kRoot}}));
  EXPECT_TRUE(end_basis_in(world, minutes(60)));
}

TEST(Vocabulary, ABasisMayEndWhenWhatStandsOnItHas) {
  World world = World::city();
  auto terms = world.registry().agreement(kAgreement)->in_force->statement;
  terms.valid_until = world.now() + minutes(120);
  world.add_agreement(terms);
  expect_refused(world, "would be left", [&] { return end_basis_in(world, minutes(60)); });
  EXPECT_TRUE(end_basis_in(world, minutes(180)));
}

TEST(Vocabulary, AnExpiredAgreementStandsOnNothing) {
  World world = World::city();
  auto terms = world.registry().agreement(kAgreement)->in_force->statement;
  terms.valid_until = world.now() + seconds(20);
  world.add_agreement(terms);
  for (int i = 0; i < 20; ++i) world.add_duty(DutyId("d" + std::to_string(i)), kUser);  // a second each
  EXPECT_TRUE(end_basis_in(world, minutes(60)));
}

TEST(Vocabulary, AnAgreementDoesNotOutliveItsBasis) {
  World world = World::city();
  ASSERT_TRUE(try_term(world, VocabularyKind::kBasis, "tax-trial", ends_in(world, minutes(120))));
  auto terms = world.agreement(AgreementId("trial"), kUser, kHousehold, {"name"}, DutyId("tax-deduction"));
  terms.purposes = {PurposeId("statistics")};  // any basis carries it
  terms.legal_basis = BasisId("tax-trial");
  expect_refused(world, "let it end by then", [&] { return world.try_propose(terms); });
  terms.valid_until = world.now() + minutes(180);
  expect_refused(world, "agreement `trial` would be left", [&] { return world.try_propose(terms); });
  terms.valid_until = world.now() + minutes(60);
  EXPECT_TRUE(world.try_propose(terms));
}

TEST(Vocabulary, ADatasetStandsOnItsBasisToo) {
  World world = World::city();
  ASSERT_TRUE(try_term(world, VocabularyKind::kBasis, "registers-law", [](auto&) {}));
  auto catalogue = world.registry().dataset(kHousehold)->statement;
  catalogue.legal_basis = BasisId("registers-law");
  world.add_dataset(catalogue);
  const auto end = [&](const char* basis) {
    return try_term(world, VocabularyKind::kBasis, basis, ends_in(world, minutes(60)));
  };
  expect_refused(world, "dataset `civil-affairs/household` would be left without legal basis `registers-law`",
                 [&] { return end("registers-law"); });
  catalogue.legal_basis = {};
  world.add_dataset(catalogue);
  ASSERT_TRUE(end("registers-law"));
  catalogue.legal_basis = BasisId("registers-law");
  expect_refused(world, "dataset `civil-affairs/household` would be left", [&] {
    return world.try_state(kHousehold.text, catalogue, {{Role::kOwner, kOwner}, {Role::kManager, kRoot}});
  });
}

TEST(Vocabulary, APurposeKeepsTheBasesOfItsAgreements) {
  World world = World::city();
  ASSERT_TRUE(try_term(world, VocabularyKind::kBasis, "other-law", [](auto&) {}));
  const auto carry = [&](std::vector<BasisId> bases) {
    return try_term(world, VocabularyKind::kPurpose, "deduction",
                    [&](schemas::Vocabulary& term) { term.bases = bases; });
  };
  expect_refused(world, "purpose `deduction` of agreement `tax-household` would be left without legal basis `tax-law`",
                 [&] { return carry({BasisId("other-law")}); });
  EXPECT_TRUE(carry({BasisId("other-law"), BasisId("tax-law")}));
  EXPECT_TRUE(carry({}));  // any carries it
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kEnd, {{Role::kUser, kUser}}));
  EXPECT_TRUE(carry({BasisId("other-law")}));
}

TEST(Vocabulary, WhatChangesNoGroundIsTaken) {
  World world = World::city();
  const auto retitle = [](schemas::Vocabulary& term) { term.title = testing::text("another title"); };
  EXPECT_TRUE(try_term(world, VocabularyKind::kBasis, "tax-law", retitle));
  EXPECT_TRUE(try_term(world, VocabularyKind::kPurpose, "deduction", retitle));
  // Its author's clock may be ahead.
  EXPECT_TRUE(try_term(world, VocabularyKind::kBasis, "tax-law",
                       [&](schemas::Vocabulary& term) { term.valid_from = world.now() + seconds(5); }));
}

}  // namespace
}  // namespace steelyard::exchange
