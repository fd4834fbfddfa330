#include "core/exchange/registry.h"

#include <gtest/gtest.h>

#include "core/exchange/digest.h"
#include "core/exchange/testing/expect_refused.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::KeyUse;
using schemas::Role;
using schemas::SharingClass;
using schemas::StatementKind;
using testing::expect_refused;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot;
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

schemas::Agreement new_agreement(const World& world, const std::string& id = "second") {
  return world.agreement(AgreementId(id), kUser, kHousehold, {"name"}, DutyId("tax-deduction"));
}

class RegistryOfSuite : public ::testing::TestWithParam<crypto::SuiteId> {};

TEST_P(RegistryOfSuite, AskingWhetherAStatementStandsSaysWhatApplyWouldAndChangesNothing) {
  World world = World::city(GetParam());
  const auto sign = [&](const MemberId& manager) {
    schemas::Agreement body = new_agreement(world);
    body.manager = manager;
    return world.sign(world.draw("second", body, kUser, Role::kUser), {{Role::kUser, kUser}});
  };
  const StatementBytes good = sign(kRoot), bad = sign(kUser);
  const auto rows = world.registry().rows();
  EXPECT_TRUE(world.registry().would_take(good, world.now()));
  const Status asked = world.registry().would_take(bad, world.now());
  EXPECT_EQ(world.registry().rows(), rows);
  const auto applied = world.try_add(bad);
  ASSERT_FALSE(asked);
  ASSERT_FALSE(applied);
  EXPECT_EQ(asked.error().what, applied.error().what);
  EXPECT_TRUE(world.try_add(good));
}

TEST_P(RegistryOfSuite, FoldsAWholeNetwork) {
  const World world = World::city(GetParam());
  const Registry& registry = world.registry();
  EXPECT_EQ(registry.statements(), world.statements().size());
  EXPECT_EQ(registry.epoch(), LogIndex(world.statements().size() - 1));
  EXPECT_EQ(registry.origin(), World::kOrigin);
  EXPECT_EQ(registry.network(), statement_digest(world.suite(), world.statements()[0].document));
  ASSERT_NE(registry.member(kOwner), nullptr);
  EXPECT_TRUE(registry.member_valid(kOwner, world.now()));
  EXPECT_FALSE(registry.member_valid(kOwner, World::kStart - seconds(1)));
  EXPECT_EQ(registry.member_with_transport(world.keys(kUser).transport.public_key().octets)->id, kUser);
  EXPECT_EQ(registry.broker_key(KeyUse::kLog)->key, world.broker().log.public_key());
  const AgreementRecord* record = registry.agreement(kAgreement);
  ASSERT_NE(record, nullptr);
  EXPECT_EQ(record->phase, AgreementPhase::kActive);
  EXPECT_EQ(record->approvals_in_force.size(), 3u);
  EXPECT_EQ(registry.agreements_of(kUser, kHousehold), std::vector{record});
  EXPECT_EQ(registry.subject_at(record->in_force->number)->subject, kAgreement.text);
  EXPECT_EQ(registry.fields_at(registry.dataset(kHousehold)->number)->at(1), FieldName("id_number"));
}

TEST_P(RegistryOfSuite, AReplicaFoldsToTheSameRows) {
  const World world = World::city(GetParam());
  for (const bool trusted : {false, true}) {
    Registry replica;
    for (std::size_t i = 0; i < world.statements().size(); ++i)
      ASSERT_TRUE(replica.apply(world.statements()[i], LogIndex(i), World::kStart + seconds(60), trusted));
    EXPECT_EQ(replica.rows(), world.registry().rows());
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, RegistryOfSuite,
                         ::testing::Values(crypto::SuiteId::kStandard, crypto::SuiteId::kTestSecond));

TEST(Registry, ChangesNameTheRowsThatRowsHolds) {
  World source = World::city();
  Registry registry;
  std::map<Bytes, Bytes> table;
  for (std::size_t i = 0; i < source.statements().size(); ++i) {
    const auto change = registry.apply(source.statements()[i], LogIndex(i), World::kStart + seconds(60));
    ASSERT_TRUE(change) << change.error().what;
    for (const RegistryRow& row : change->rows) table[row.key] = row.value;
  }
  std::vector<RegistryRow> rows;
  for (const auto& [key, value] : table) rows.push_back({key, value});
  EXPECT_EQ(rows, registry.rows());
}

TEST(Registry, RefusesASignatureOfAMessageKey) {
  World world = World::city();
  expect_refused(world, "only office keys sign statements", [&] {
    return world.try_state("other-app", schemas::Application{kUser, testing::text("other")},
                           {{Role::kMember, kUser, &world.keys(kUser).message}});
  });
}

TEST(Registry, RefusesWhoHasNotTheRight) {
  World world = World::city();
  const schemas::Application body{kUser, testing::text("other")};
  expect_refused(world, "the signature of `tax` as member is missing", [&] {
    return world.try_state("other-app", body, {{Role::kRootManager, kRoot}});
  });
  expect_refused(world, "no such key is registered to it", [&] {
    return world.try_state("other-app", body, {{Role::kMember, kUser, &world.keys(kOwner).office}});
  });
  expect_refused(world, "is missing", [&] {
    return world.try_state("duty-2", schemas::Duty{testing::text("d"), testing::text("s"), kUser},
                           {{Role::kMember, kUser}});
  });
  expect_refused(world, "is missing", [&] {
    auto catalogue = world.registry().dataset(kHousehold)->statement;
    return world.try_state(kHousehold.text, catalogue, {{Role::kOwner, kOwner}});
  });
  expect_refused(world, "is missing", [&] {
    schemas::PolicySet set{"permit(principal, action, resource);", World::kStart, {}};
    return world.try_state("baseline", set, {{Role::kOwner, kOwner}});
  });
}

TEST(Registry, WhoMayNotStateAPolicySetIsToldSoBeforeItIsRead) {
  World world = World::city();
  const schemas::PolicySet unreadable{"permit (", World::kStart, {}};
  expect_refused(world, "is missing", [&] {
    return world.try_state(kOwner.text, unreadable, {{Role::kMember, kUser}});
  });
  expect_refused(world, "no such key is registered to it", [&] {
    return world.try_state(kOwner.text, unreadable, {{Role::kOwner, kOwner, &world.keys(kUser).message}});
  });
  expect_refused(world, "policy set", [&] {
    return world.try_state(kOwner.text, unreadable, {{Role::kOwner, kOwner}});
  });
}

TEST(Registry, ASignatureInOneRoleIsNoneInAnother) {
  World world = World::city();
  auto document = schemas::encode(
      world.draw("other-app", schemas::Application{kUser, testing::text("other")}, kUser, Role::kMember));
  auto signature = sign_statement(world.suite(), document, Role::kUser, kUser, world.keys(kUser).office);
  signature.role = Role::kMember;
  StatementBytes statement{document, schemas::encode(std::vector{signature})};
  expect_refused(world, "does not verify", [&] { return world.try_add(statement); });
}

TEST(Registry, ASurplusSignatureMustHoldToo) {
  World world = World::city();
  const auto drawn = world.draw("other-app", schemas::Application{kUser, testing::text("other")}, kUser, Role::kMember);
  const auto stranger = testing::member_keys(world.suite(), "stranger");
  expect_refused(world, "no such key", [&] {
    return world.try_add(world.sign(drawn, {{Role::kMember, kUser}, {Role::kOwner, kOwner, &stranger.office}}));
  });
  EXPECT_TRUE(world.try_add(world.sign(drawn, {{Role::kMember, kUser}, {Role::kOwner, kOwner}})));
}

TEST(Registry, RefusesWhatDoesNotExtendTheCurrentVersion) {
  World world = World::city();
  const auto good = world.draw("tax-relief", schemas::Application{kUser, testing::text("new")}, kUser, Role::kMember);
  const std::vector<testing::Signature> by = {{Role::kMember, kUser}};
  auto skipped = good, forked = good, foreign = good;
  skipped.head.version = 3;
  forked.head.previous.octets[0] ^= 1;
  foreign.head.network.octets[0] ^= 1;
  expect_refused(world, "does not follow version 1", [&] { return world.try_add(world.sign(skipped, by)); });
  expect_refused(world, "another version 1", [&] { return world.try_add(world.sign(forked, by)); });
  expect_refused(world, "another network", [&] { return world.try_add(world.sign(foreign, by)); });
  const StatementBytes once = world.sign(good, by);
  ASSERT_TRUE(world.try_add(once));
  expect_refused(world, "does not follow version 2", [&] { return world.try_add(once); });
  expect_refused(world, "there is a genesis already", [&] { return world.try_add(world.statements()[0]); });
  Registry empty;
  EXPECT_FALSE(empty.apply(world.statements()[1], LogIndex(0), World::kStart));
}

TEST(Registry, RefusesKindsThatAreNotBuiltYet) {
  World world = World::city();
  auto drawn = world.draw("x", schemas::Application{kUser, testing::text("x")}, kUser, Role::kMember);
  for (int kind = 11; kind <= 14; ++kind) {
    drawn.head.kind = static_cast<StatementKind>(kind);
    expect_refused(world, "not built yet", [&] { return world.try_add(world.sign(drawn, {{Role::kMember, kUser}})); });
  }
}

schemas::Member with_keys(const World& world, const testing::MemberKeys& keys) {
  schemas::Member body = world.registry().member(kUser)->statement;
  body.keys = keys.list();
  return body;
}

TEST(Registry, ANewOfficeKeyIsSignedByTheOldOneToo) {
  World world = World::city();
  auto next = testing::member_keys(world.suite(), "tax", 1);
  const KeyId old_id = world.keys(kUser).office.id();
  expect_refused(world, "as previous is missing", [&] {
    return world.try_state("tax", with_keys(world, next),
                           {{Role::kRootManager, kRoot}, {Role::kMember, kUser, &next.office}});
  });
  const auto change =
      world.try_state("tax", with_keys(world, next),
                      {{Role::kRootManager, kRoot}, {Role::kMember, kUser, &next.office}, {Role::kPrevious, kUser}});
  ASSERT_TRUE(change) << change.error().what;
  EXPECT_EQ(world.registry().key(kUser, old_id, KeyUse::kOffice), nullptr);
  EXPECT_NE(world.registry().key(kUser, next.office.id(), KeyUse::kOffice), nullptr);
  EXPECT_EQ(world.registry().member_with_transport(world.keys(kUser).transport.public_key().octets), nullptr);
  expect_refused(world, "the key was replaced", [&] {
    return world.try_state("other-app", schemas::Application{kUser, testing::text("x")}, {{Role::kMember, kUser}});
  });
  expect_refused(world, "was replaced", [&] {  // a key that went does not come back
    return world.try_state(
        "tax", with_keys(world, world.keys(kUser)),
        {{Role::kRootManager, kRoot}, {Role::kMember, kUser}, {Role::kPrevious, kUser, &next.office}});
  });
}

TEST(Registry, AKeyHasOneHolderAndOneUse) {
  World world = World::city();
  schemas::Member taken = world.registry().member(kUser)->statement;
  for (auto& key : taken.keys)
    if (key.use == KeyUse::kMessage) key.octets = world.keys(kOwner).message.public_key().octets;
  const std::vector<testing::Signature> by = {{Role::kRootManager, kRoot}, {Role::kMember, kUser}};
  expect_refused(world, "belongs to member `civil-affairs`", [&] { return world.try_state("tax", taken, by); });
  schemas::Member doubled = world.registry().member(kUser)->statement;
  for (auto& key : doubled.keys)
    if (key.use == KeyUse::kMessage) key.octets = world.keys(kUser).office.public_key().octets;
  expect_refused(world, "each use has a key of its own", [&] { return world.try_state("tax", doubled, by); });
}

TEST(Registry, AKeyMissingOrNotBuiltIsNamed) {
  World world = World::city();
  schemas::Member body = world.registry().member(kUser)->statement;
  const std::vector<testing::Signature> by = {{Role::kRootManager, kRoot}, {Role::kMember, kUser}};
  body.office_signatures = 2;
  expect_refused(world, "not built yet", [&] { return world.try_state("tax", body, by); });
  body.office_signatures = 1;
  body.keys.pop_back();
  expect_refused(world, "a transport key is missing", [&] { return world.try_state("tax", body, by); });
}

TEST(Registry, ACatalogueNeedsDutyBasisAndNothingUnbuilt) {
  World world = World::city();
  const std::vector<testing::Signature> by = {{Role::kOwner, kOwner}, {Role::kManager, kRoot}};
  const auto attempt = [&](auto change) {
    auto body = world.registry().dataset(kHousehold)->statement;
    change(body);
    return world.try_state(kHousehold.text, body, by);
  };
  expect_refused(world, "is not held by", [&] { return attempt([](auto& c) { c.duty = DutyId("tax-deduction"); }); });
  expect_refused(world, "no duty", [&] { return attempt([](auto& c) { c.duty = DutyId("none"); }); });
  expect_refused(world, "no legal basis", [&] { return attempt([](auto& c) { c.legal_basis = BasisId("none"); }); });
  expect_refused(world, "no mask `hide`", [&] { return attempt([](auto& c) { c.fields[0].mask = "hide"; }); });
  expect_refused(world, "does not stand on type string",
                 [&] { return attempt([](auto& c) { c.fields[0].mask = "year"; }); });
  EXPECT_TRUE(attempt([](auto& c) { c.rows_max = 5; }));
}

TEST(Registry, FieldsOfPastCataloguesStayReadable) {
  World world = World::city();
  const LogIndex before = world.registry().dataset(kHousehold)->number;
  auto body = world.registry().dataset(kHousehold)->statement;
  std::swap(body.fields[0], body.fields[1]);
  world.add_dataset(body);
  EXPECT_EQ(world.registry().fields_at(before)->front(), FieldName("name"));
  EXPECT_EQ(world.registry().fields_at(world.registry().dataset(kHousehold)->number)->front(), FieldName("id_number"));
  EXPECT_EQ(world.registry().fields_at(LogIndex(0)), nullptr);
}

TEST(Registry, AnAgreementStandsOnWhatIsRegistered) {
  World world = World::city();
  const auto attempt = [&](auto change) {
    auto body = new_agreement(world);
    change(body);
    return world.try_propose(body);
  };
  expect_refused(world, "no field", [&] { return attempt([](auto& a) { a.fields.emplace_back("income"); }); });
  expect_refused(world, "no purpose", [&] { return attempt([](auto& a) { a.purposes.emplace_back("love"); }); });
  expect_refused(world, "is not held by", [&] { return attempt([](auto& a) { a.user_duty = DutyId("residents"); }); });
  expect_refused(world, "no legal basis", [&] { return attempt([](auto& a) { a.legal_basis = BasisId("none"); }); });
  expect_refused(world, "row filter, 1:1: the dataset has no field `income`",
                 [&] { return attempt([](auto& a) { a.row_filter = "context.row.income == 1"; }); });
  expect_refused(world, "not built yet",
                 [&] { return attempt([](auto& a) { a.actions.push_back(schemas::Action::kMatch); }); });
  expect_refused(world, "is not owned by", [&] { return attempt([](auto& a) { a.owner = kRoot; }); });
  world.add_member(MemberId("health"));
  expect_refused(world, "root manager or the owner",
                 [&] { return attempt([](auto& a) { a.manager = MemberId("health"); }); });
}

// 256 fields with long names pass every other limit; printed, they would be more than a policy may have.
TEST(Registry, AnAgreementMustFitItsPolicy) {
  World world = World::city();
  std::vector<std::string> fields;
  for (int i = 0; i < 256; ++i) fields.push_back(std::string(56, 'f') + "-" + std::to_string(1000 + i));
  const MemberId owner(std::string(64, 'o'));
  world.add_member(owner);
  world.add_duty(DutyId("wide-duty"), owner);
  schemas::Catalogue catalogue =
      World::catalogue(DatasetId(owner.text + "/" + std::string(64, 'c')), DutyId("wide-duty"), fields);
  for (auto& field : catalogue.fields) field.meaning = {};
  world.add_dataset(catalogue);
  auto body = world.agreement(AgreementId("wide"), kUser, catalogue.dataset, fields, DutyId("tax-deduction"));
  for (int i = 0; i < 250; ++i) {
    schemas::Vocabulary purpose;
    purpose.id = std::string(60, 'p') + std::to_string(100 + i);
    purpose.valid_from = World::kStart;
    world.state("purpose/" + purpose.id, purpose, {{Role::kRootManager, kRoot}});
    body.purposes.emplace_back(purpose.id);
  }
  expect_refused(world, "its policy", [&] { return world.try_propose(body); });
  body.purposes.resize(1);
  EXPECT_TRUE(world.try_propose(body));
}

TEST(Registry, ABasisCarriesThePurpose) {
  World world = World::city();
  schemas::Vocabulary basis;
  basis.kind = schemas::VocabularyKind::kBasis;
  basis.id = "statistics-law";
  basis.valid_from = World::kStart;
  world.state("basis/statistics-law", basis, {{Role::kRootManager, kRoot}});
  auto body = new_agreement(world);
  body.legal_basis = BasisId("statistics-law");
  expect_refused(world, "does not carry purpose `deduction`", [&] { return world.try_propose(body); });
  body.purposes = {PurposeId("statistics")};  // names no basis: any carries it
  EXPECT_TRUE(world.try_propose(body));
}

TEST(Invariant, BrokerBlindAGenesisGivesTheBrokerNoSealingKey) {
  const World world = World::city();
  auto statement = *schemas::decode<schemas::Statement>(world.statements()[0].document);
  auto& genesis = std::get<schemas::Genesis>(statement.body);
  for (const schemas::Key& key : genesis.root_keys)
    if (key.use == schemas::KeyUse::kSeal) genesis.broker_keys.push_back(key);
  Registry empty;
  const auto folded = empty.apply({schemas::encode(statement), {}}, LogIndex(0), Instant{}, true);
  ASSERT_FALSE(folded);
  EXPECT_NE(folded.error().what.find("no key that opens payloads"), std::string::npos) << folded.error().what;
}

TEST(Invariant, UserIsNotManager) {
  World world = World::city();
  world.add_duty(DutyId("oversight"), kRoot);
  auto body = world.agreement(AgreementId("own-case"), kRoot, kHousehold, {"name"}, DutyId("oversight"));
  body.manager = kRoot;
  expect_refused(world, "user and manager", [&] { return world.try_propose(body); });
  body.manager = kOwner;  // where the root manager is the user, the owner is the manager
  world.add_agreement(body);
  EXPECT_EQ(world.registry().agreement(AgreementId("own-case"))->phase, AgreementPhase::kActive);
}

TEST(Registry, AnAgreementIsActiveWhenAllThreeApproved) {
  World world = World::city();
  ASSERT_TRUE(world.try_propose(new_agreement(world)));
  const AgreementRecord* record = world.registry().agreement(AgreementId("second"));
  for (const Role role : {Role::kManager, Role::kUser}) {
    ASSERT_TRUE(world.try_approve(record->id, role));
    EXPECT_EQ(record->phase, AgreementPhase::kProposed);
    EXPECT_FALSE(record->in_force);
  }
  expect_refused(world, "already", [&] { return world.try_approve(record->id, Role::kUser); });
  ASSERT_TRUE(world.try_approve(record->id, Role::kOwner));
  EXPECT_EQ(record->phase, AgreementPhase::kActive);
  expect_refused(world, "waits for approval", [&] { return world.try_approve(record->id, Role::kOwner); });
}

TEST(Registry, AnApprovalIsByThatRolesMemberAndOfThatVersion) {
  World world = World::city();
  ASSERT_TRUE(world.try_propose(new_agreement(world)));
  const AgreementId id("second");
  const Digest digest = world.registry().agreement(id)->proposed_digest;
  Digest other = digest;
  other.octets[5] ^= 1;
  expect_refused(world, "another version", [&] {
    return world.try_state("second/owner", schemas::Approval{id, other, Role::kOwner}, {{Role::kOwner, kOwner}});
  });
  expect_refused(world, "is missing", [&] {
    return world.try_state("second/owner", schemas::Approval{id, digest, Role::kOwner}, {{Role::kOwner, kUser}});
  });
  expect_refused(world, "as user, owner or manager", [&] {
    return world.try_state("second/member", schemas::Approval{id, digest, Role::kMember}, {{Role::kMember, kOwner}});
  });
}

TEST(Registry, AVersionStaysInForceUntilTheNextIsApproved) {
  World world = World::city();
  auto next = world.registry().agreement(kAgreement)->in_force->statement;
  next.fields = {FieldName("name")};
  ASSERT_TRUE(world.try_propose(next));
  const AgreementRecord* record = world.registry().agreement(kAgreement);
  const LogIndex first = record->in_force->first;
  EXPECT_EQ(record->terms()->fields.size(), 3u);
  for (const Role role : {Role::kUser, Role::kOwner}) ASSERT_TRUE(world.try_approve(kAgreement, role));
  EXPECT_EQ(record->terms()->fields.size(), 3u);
  ASSERT_TRUE(world.try_approve(kAgreement, Role::kManager));
  EXPECT_EQ(record->terms()->fields.size(), 1u);
  EXPECT_EQ(record->in_force->first, first);
  EXPECT_EQ(record->phase, AgreementPhase::kActive);
}

TEST(Registry, ANewProposalForgetsTheApprovalsOfTheLast) {
  World world = World::city();
  auto body = new_agreement(world);
  ASSERT_TRUE(world.try_propose(body));
  ASSERT_TRUE(world.try_approve(body.agreement, Role::kUser));
  body.fields.emplace_back("address");
  ASSERT_TRUE(world.try_propose(body));
  for (const Role role : {Role::kOwner, Role::kManager}) ASSERT_TRUE(world.try_approve(body.agreement, role));
  EXPECT_EQ(world.registry().agreement(body.agreement)->phase, AgreementPhase::kProposed);
  ASSERT_TRUE(world.try_approve(body.agreement, Role::kUser));
  EXPECT_EQ(world.registry().agreement(body.agreement)->phase, AgreementPhase::kActive);
}

TEST(Registry, TheOwnerStopsAloneAndOnlyTheOwnerResumes) {
  World world = World::city();
  const AgreementRecord* record = world.registry().agreement(kAgreement);
  expect_refused(world, "is missing", [&] {
    return world.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kUser, kUser}});
  });
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  EXPECT_EQ(record->phase, AgreementPhase::kSuspended);
  EXPECT_EQ(record->reason, ReasonId("changed"));
  expect_refused(world, "only an active one", [&] {
    return world.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}});
  });
  expect_refused(world, "is missing", [&] {
    return world.try_change(kAgreement, AgreementChange::kResume, {{Role::kManager, kRoot}});
  });
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kResume, {{Role::kOwner, kOwner}}));
  EXPECT_EQ(record->phase, AgreementPhase::kActive);
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kManager, kRoot}}));
}

TEST(Registry, ANewVersionDoesNotLiftASuspension) {
  World world = World::city();
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  world.add_agreement(world.registry().agreement(kAgreement)->in_force->statement);
  EXPECT_EQ(world.registry().agreement(kAgreement)->phase, AgreementPhase::kSuspended);
}

TEST(Registry, EndingTakesOwnerAndManagerOrTheUserAndIsForEver) {
  World world = World::city();
  expect_refused(world, "is missing", [&] {
    return world.try_change(kAgreement, AgreementChange::kEnd, {{Role::kOwner, kOwner}});
  });
  ASSERT_TRUE(world.try_change(kAgreement, AgreementChange::kEnd, {{Role::kOwner, kOwner}, {Role::kManager, kRoot}}));
  const auto terms = world.registry().agreement(kAgreement)->in_force->statement;
  expect_refused(world, "stays ended", [&] { return world.try_propose(terms); });
  expect_refused(world, "stays so", [&] {
    return world.try_change(kAgreement, AgreementChange::kResume, {{Role::kOwner, kOwner}});
  });
  ASSERT_TRUE(world.try_propose(new_agreement(world)));
  ASSERT_TRUE(world.try_change(AgreementId("second"), AgreementChange::kEnd, {{Role::kUser, kUser}}));
}

TEST(Registry, WhatIsNotSharedHasNoAgreements) {
  World world = World::city();
  const DatasetId secret("civil-affairs/adoption");
  world.add_dataset(World::catalogue(secret, DutyId("residents"), {"name", "id_number"}, SharingClass::kNotShared));
  expect_refused(world, "is not shared", [&] {
    return world.try_propose(
        world.agreement(AgreementId("adoption"), kUser, secret, {"name"}, DutyId("tax-deduction")));
  });
}

TEST(Registry, AnOwnersPoliciesSpeakOfItsOwnOnly) {
  World world = World::city();
  const auto attempt = [&](const std::string& text) {
    return world.try_state(kOwner.text, schemas::PolicySet{text, World::kStart, {}}, {{Role::kOwner, kOwner}});
  };
  for (const char* text : {"forbid(principal, action, resource);", "forbid(principal, action, resource is Field);",
                           "forbid(principal, action, resource in Dataset::\"tax/income\");",
                           "forbid(principal, action, resource in Dataset::\"civil-affairs-2/x\");",
                           "forbid(principal, action, resource in Member::\"civil-affairs\");"})
    expect_refused(world, "the resource must be", [&] { return attempt(text); });
  expect_refused(world, "expected", [&] { return attempt("forbid(principal, action"); });
  EXPECT_TRUE(
      attempt("forbid(principal, action, resource in System::\"civil-affairs/registry\") "
              "when { context.purpose == \"statistics\" };"));
}

}  // namespace
}  // namespace steelyard::exchange
