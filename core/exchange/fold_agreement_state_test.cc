// Every change, in every state of an agreement, by every signer: who is taken, what follows, and with what words the
// rest are refused.
#include <gtest/gtest.h>

#include "core/exchange/testing/expect_refused.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::Decision;
using schemas::Role;
using testing::expect_refused;
using testing::Signature;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kRoot = World::kRoot, kStranger("health");
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

Digest waiting(const World& world) { return world.registry().agreement(kAgreement)->proposed_digest; }

// A well-formed change of that kind as things are: about the version that waits, where one does.
schemas::AgreementState drawn(const World& world, AgreementChange change) {
  schemas::AgreementState body{kAgreement, change, ReasonId("changed")};
  const bool called = change == AgreementChange::kEscalate || change == AgreementChange::kDecide;
  const bool of_version =
      change == AgreementChange::kReturn || change == AgreementChange::kRefuse || change == AgreementChange::kWithdraw;
  if (called || of_version) body.statement = waiting(world);
  if (of_version && body.statement.is_zero()) body.statement.octets[0] = 1;
  if (called) body.silent = Role::kOwner;
  if (change == AgreementChange::kDecide) body.decision = Decision::kFor;
  if (change == AgreementChange::kReturn) body.points = testing::text("leave out the address");
  return body;
}

Result<RegistryChange> state(World& world, AgreementChange change, const std::vector<Signature>& by) {
  return world.try_state(kAgreement.text + "/state", drawn(world, change), by);
}
void must(const Result<RegistryChange>& done) { ASSERT_TRUE(done) << done.error().what; }

World fresh() {
  World world = World::city();
  world.add_member(kStranger);
  must(world.try_term(schemas::VocabularyKind::kReason, "silence", [](auto&) {}));
  return world;
}
// Of one that was never in force: the city's own is ended, and one of the same id cannot be. So it has another network.
World before_force() {
  World world = World();
  world.add_member(kOwner);
  world.add_member(kUser);
  world.add_member(kStranger);
  world.add_application(ApplicationId("tax-relief"), kUser);
  world.add_duty(DutyId("residents"), kOwner);
  world.add_duty(DutyId("tax-deduction"), kUser);
  world.add_vocabulary();
  world.add_baseline();
  world.add_dataset(World::catalogue(kHousehold, DutyId("residents"), {"name", "id_number", "address"}));
  must(world.try_propose(world.agreement(kAgreement, kUser, kHousehold, {"name"}, DutyId("tax-deduction"))));
  return world;
}
void propose_next(World& world) {
  auto next = *world.registry().agreement(kAgreement)->terms();
  next.terms = testing::text("a further version");
  must(world.try_propose(next));
}

struct Situation {
  const char* name;
  std::function<World()> made;
};
const Situation kSituations[] = {
    {"proposed", before_force},
    {"escalated",
     [] {
       World world = before_force();
       must(state(world, AgreementChange::kEscalate, {{Role::kUser, kUser}}));
       return world;
     }},
    {"returned",
     [] {
       World world = before_force();
       must(state(world, AgreementChange::kReturn, {{Role::kOwner, kOwner}}));
       return world;
     }},
    {"proposed again",
     [] {
       World world = before_force();
       must(state(world, AgreementChange::kReturn, {{Role::kOwner, kOwner}}));
       propose_next(world);
       return world;
     }},
    {"refused",
     [] {
       World world = before_force();
       must(state(world, AgreementChange::kRefuse, {{Role::kManager, kRoot}}));
       return world;
     }},
    {"withdrawn",
     [] {
       World world = before_force();
       must(state(world, AgreementChange::kWithdraw, {{Role::kUser, kUser}}));
       return world;
     }},
    {"active", fresh},
    {"active, next waits",
     [] {
       World world = fresh();
       propose_next(world);
       return world;
     }},
    {"active, next returned",
     [] {
       World world = fresh();
       propose_next(world);
       must(state(world, AgreementChange::kReturn, {{Role::kOwner, kOwner}}));
       return world;
     }},
    {"suspended",
     [] {
       World world = fresh();
       must(state(world, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
       return world;
     }},
    {"suspended, escalated",
     [] {
       World world = fresh();
       must(state(world, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
       must(state(world, AgreementChange::kEscalate, {{Role::kUser, kUser}}));
       return world;
     }},
    {"fallen",
     [] {
       World world = fresh();
       must(world.try_term(schemas::VocabularyKind::kBasis, "tax-law",
                           [&](auto& term) { term.valid_until = world.now(); }));
       return world;
     }},
    {"ended",
     [] {
       World world = fresh();
       must(state(world, AgreementChange::kEnd, {{Role::kUser, kUser}}));
       return world;
     }},
};

// Taken from: U user, O owner, M manager, B owner and manager together; S, a stranger in any of the rights, never is.
// What follows '>' is the phase then. Or, after '!', why nobody may.
struct Row {
  const char *situation, *suspend, *resume, *end, *back, *refuse, *withdraw, *escalate, *decide;
};
constexpr const char* kNoSuspend = "!only an active one can be suspended";
constexpr const char* kNoResume = "!only a suspended one can be resumed";
constexpr const char* kNoVersion = "!no version of `tax-household` waits";
constexpr const char* kNoStop = "!only a suspension can be escalated";
constexpr const char* kNoSilence = "!no silence of the owner was escalated";
constexpr const char* kEnded = "!is ended, and stays so";
const Row kTable[] = {
    {"proposed", kNoSuspend, kNoResume, "UB>ended", "OMB>returned", "OMB>refused", "U>withdrawn", "UM>proposed",
     kNoSilence},
    {"escalated", kNoSuspend, kNoResume, "UB>ended", "OMB>returned", "OMB>refused", "U>withdrawn",
     "!this silence was escalated already", "M>proposed"},
    {"returned", kNoSuspend, kNoResume, "UB>ended", "!it was returned already", "OMB>refused", "U>withdrawn",
     "!nobody's approval is awaited", kNoSilence},
    {"proposed again", kNoSuspend, kNoResume, "UB>ended", "!a proposal is returned once", "OMB>refused", "U>withdrawn",
     "UM>proposed", kNoSilence},
    {"refused", kNoSuspend, kNoResume, "UB>ended", kNoVersion, kNoVersion, kNoVersion, kNoStop, kNoSilence},
    {"withdrawn", kNoSuspend, kNoResume, "UB>ended", kNoVersion, kNoVersion, kNoVersion, kNoStop, kNoSilence},
    {"active", "OMB>suspended", kNoResume, "UB>ended", kNoVersion, kNoVersion, kNoVersion, kNoStop, kNoSilence},
    {"active, next waits", "OMB>suspended", kNoResume, "UB>ended", "OMB>active", "OMB>active", "U>active", "UM>active",
     kNoSilence},
    {"active, next returned", "OMB>suspended", kNoResume, "UB>ended", "!it was returned already", "OMB>active",
     "U>active", "!nobody's approval is awaited", kNoSilence},
    {"suspended", kNoSuspend, "OB>active", "UB>ended", kNoVersion, kNoVersion, kNoVersion, "UM>suspended", kNoSilence},
    {"suspended, escalated", kNoSuspend, "OB>active", "UB>ended", kNoVersion, kNoVersion, kNoVersion,
     "!this silence was escalated already", "M>suspended"},
    {"fallen", kNoSuspend, "!no legal basis `tax-law` in force", "UB>ended", kNoVersion, kNoVersion, kNoVersion,
     "UM>suspended", kNoSilence},
    {"ended", kEnded, kEnded, kEnded, kEnded, kEnded, kEnded, kEnded, kEnded},
};

struct Signing {
  char letter;
  std::vector<Signature> by;
};
const std::vector<Signing> kSignings = {
    {'U', {{Role::kUser, kUser}}},     {'O', {{Role::kOwner, kOwner}}},
    {'M', {{Role::kManager, kRoot}}},  {'B', {{Role::kOwner, kOwner}, {Role::kManager, kRoot}}},
    {'S', {{Role::kUser, kStranger}}}, {'S', {{Role::kOwner, kStranger}}},
    {'S', {{Role::kManager, kOwner}}}, {'S', {{Role::kRootManager, kRoot}}}};

void expect_cell(const Situation& situation, AgreementChange change, std::string cell) {
  SCOPED_TRACE(std::string(situation.name) + ", " + std::string(name_of(change)));
  World world = situation.made();
  const bool never = cell.front() == '!';
  const std::string takers = never ? "" : cell.substr(0, cell.find('>'));
  for (const Signing& signing : kSignings) {
    const auto& [role, member, key] = signing.by.front();
    const auto statement =
        world.sign(world.draw(kAgreement.text + "/state", drawn(world, change), member, role), signing.by);
    const Status taken = world.registry().would_take(statement, world.now());
    const bool expected = takers.find(signing.letter) != std::string::npos;
    EXPECT_EQ(taken.has_value(), expected) << signing.letter << (taken ? "" : ": " + taken.error().what);
    if (taken || expected) continue;
    const std::string& what = taken.error().what;
    // A wrong signer may be turned away before the rest is looked at.
    const bool words = (never && what.find(cell.substr(1)) != std::string::npos) ||
                       what.find("is missing") != std::string::npos ||
                       what.find("is none of those") != std::string::npos;
    EXPECT_TRUE(words) << signing.letter << ": " << what;
  }
  if (never) {
    EXPECT_FALSE(state(world, change, kSignings[3].by));
    return;
  }
  const auto by = std::find_if(kSignings.begin(), kSignings.end(),
                               [&](const Signing& signing) { return signing.letter == takers.front(); });
  must(state(world, change, by->by));
  EXPECT_EQ(name_of(world.registry().agreement(kAgreement)->phase), cell.substr(cell.find('>') + 1));
}

TEST(AgreementState, EveryChangeInEveryStateByEverySigner) {
  for (const Row& row : kTable) {
    const auto situation = std::find_if(std::begin(kSituations), std::end(kSituations), [&](const Situation& one) {
      return std::string_view(one.name) == row.situation;
    });
    ASSERT_NE(situation, std::end(kSituations)) << row.situation;
    const char* cells[] = {row.suspend, row.resume,   row.end,      row.back,
                           row.refuse,  row.withdraw, row.escalate, row.decide};
    constexpr AgreementChange kColumns[] = {
        AgreementChange::kSuspend, AgreementChange::kResume,   AgreementChange::kEnd,      AgreementChange::kReturn,
        AgreementChange::kRefuse,  AgreementChange::kWithdraw, AgreementChange::kEscalate, AgreementChange::kDecide};
    for (std::size_t i = 0; i < std::size(cells); ++i) expect_cell(*situation, kColumns[i], cells[i]);
  }
  EXPECT_EQ(std::size(kTable), std::size(kSituations));
}

TEST(AgreementState, AVersionIsProposedAndApprovedAsItsStateAllows) {
  for (const Situation& situation : kSituations) {
    SCOPED_TRACE(situation.name);
    const std::string_view name = situation.name;
    World world = situation.made();
    const bool waits =
        name == "proposed" || name == "escalated" || name == "proposed again" || name == "active, next waits";
    if (!waits) {
      expect_refused(world, "", [&] { return world.try_approve(kAgreement, Role::kOwner); });
    } else {
      EXPECT_TRUE(world.try_approve(kAgreement, Role::kOwner));
    }
    const auto next = *world.registry().agreement(kAgreement)->terms();
    if (name == "ended" || name == "fallen") {
      expect_refused(world, name == "ended" ? "stays ended" : "no legal basis",
                     [&] { return world.try_propose(next); });
      continue;
    }
    world.add_agreement(next);
    const bool stopped = name.starts_with("suspended");
    EXPECT_EQ(world.registry().agreement(kAgreement)->phase,
              stopped ? AgreementPhase::kSuspended : AgreementPhase::kActive);
  }
}

TEST(AgreementState, WhatAChangeDoesNotNeedItDoesNotCarry) {
  World world = before_force();
  const std::vector<Signature> owner = {{Role::kOwner, kOwner}};
  const auto attempt = [&](AgreementChange change, auto alter) {
    auto body = drawn(world, change);
    alter(body);
    return world.try_state(kAgreement.text + "/state", body, owner);
  };
  using Change = AgreementChange;
  using Body = schemas::AgreementState&;
  const Digest other = waiting(world);
  expect_refused(world, "end is about no version",
                 [&] { return attempt(Change::kEnd, [&](Body b) { b.statement = other; }); });
  expect_refused(world, "refuse names the version",
                 [&] { return attempt(Change::kRefuse, [](Body b) { b.statement = {}; }); });
  expect_refused(world, "another version",
                 [&] { return attempt(Change::kRefuse, [](Body b) { b.statement.octets[9] ^= 1; }); });
  expect_refused(world, "refuse is about nobody's",
                 [&] { return attempt(Change::kRefuse, [](Body b) { b.silent = Role::kUser; }); });
  expect_refused(world, "escalate names whose",
                 [&] { return attempt(Change::kEscalate, [](Body b) { b.silent.reset(); }); });
  expect_refused(world, "user, owner and manager, not member",
                 [&] { return attempt(Change::kEscalate, [](Body b) { b.silent = Role::kMember; }); });
  expect_refused(world, "decide says for or against",
                 [&] { return attempt(Change::kDecide, [](Body b) { b.decision.reset(); }); });
  expect_refused(world, "return decides nothing",
                 [&] { return attempt(Change::kReturn, [](Body b) { b.decision = Decision::kFor; }); });
  expect_refused(world, "return says what to mend",
                 [&] { return attempt(Change::kReturn, [](Body b) { b.points = {}; }); });
  expect_refused(world, "refuse gives a reason",
                 [&] { return attempt(Change::kRefuse, [](Body b) { b.points = testing::text("x"); }); });
  expect_refused(world, "no reason `none`",
                 [&] { return attempt(Change::kRefuse, [](Body b) { b.reason = ReasonId("none"); }); });
}

TEST(AgreementState, AReturnSaysWhatToMendAndItsAnswerIsNotReturnedAgain) {
  World world = before_force();
  ASSERT_TRUE(world.try_approve(kAgreement, Role::kUser));
  ASSERT_TRUE(state(world, AgreementChange::kReturn, {{Role::kOwner, kOwner}}));
  const AgreementRecord& record = *world.registry().agreement(kAgreement);
  EXPECT_TRUE(record.handling.returned);
  EXPECT_EQ(record.handling.points, testing::text("leave out the address"));
  EXPECT_TRUE(record.approved.empty());
  expect_refused(world, "was returned", [&] { return world.try_approve(kAgreement, Role::kManager); });
  propose_next(world);
  EXPECT_FALSE(record.handling.returned);
  // After a refusal it is another proposal.
  ASSERT_TRUE(state(world, AgreementChange::kRefuse, {{Role::kOwner, kOwner}}));
  propose_next(world);
  EXPECT_TRUE(state(world, AgreementChange::kReturn, {{Role::kOwner, kOwner}}));
}

TEST(AgreementState, ARefusedVersionLeavesTheOneInForce) {
  World world = fresh();
  const AgreementRecord& record = *world.registry().agreement(kAgreement);
  const LogIndex number = record.in_force->number;
  const auto row = world.registry().rows();
  propose_next(world);
  ASSERT_TRUE(state(world, AgreementChange::kRefuse, {{Role::kManager, kRoot}}));
  EXPECT_EQ(record.in_force->number, number);
  EXPECT_FALSE(record.proposed);
  EXPECT_TRUE(record.reason.empty());
  expect_refused(world, "waits for approval", [&] { return world.try_approve(kAgreement, Role::kOwner); });
}

TEST(AgreementState, OnlyWhoProposedWithdraws) {
  World world = fresh();
  auto next = *world.registry().agreement(kAgreement)->terms();
  ASSERT_TRUE(world.try_state(kAgreement.text, next, {{Role::kOwner, kOwner}}));
  expect_refused(world, "is missing", [&] { return state(world, AgreementChange::kWithdraw, {{Role::kUser, kUser}}); });
  EXPECT_TRUE(state(world, AgreementChange::kWithdraw, {{Role::kOwner, kOwner}}));
}

TEST(AgreementState, ADecisionSignsForNobody) {
  World world = before_force();
  ASSERT_TRUE(world.try_approve(kAgreement, Role::kUser));
  ASSERT_TRUE(world.try_approve(kAgreement, Role::kManager));
  ASSERT_TRUE(state(world, AgreementChange::kEscalate, {{Role::kUser, kUser}}));
  ASSERT_TRUE(state(world, AgreementChange::kDecide, {{Role::kManager, kRoot}}));
  const AgreementRecord& record = *world.registry().agreement(kAgreement);
  EXPECT_EQ(record.phase, AgreementPhase::kProposed);
  EXPECT_EQ(record.handling.escalated.at(Role::kOwner).decision, Decision::kFor);
  expect_refused(world, "decided already", [&] {
    return state(world, AgreementChange::kDecide, {{Role::kManager, kRoot}});
  });
  ASSERT_TRUE(world.try_approve(kAgreement, Role::kOwner));
  EXPECT_EQ(record.phase, AgreementPhase::kActive);
}

TEST(AgreementState, TheManagerDoesNotDecideOnItsOwnSilence) {
  World world = before_force();
  auto body = drawn(world, AgreementChange::kEscalate);
  body.silent = Role::kManager;
  ASSERT_TRUE(world.try_state(kAgreement.text + "/state", body, {{Role::kOwner, kOwner}}));
  body = drawn(world, AgreementChange::kDecide);
  body.silent = Role::kManager;
  expect_refused(world, "on its own silence", [&] {
    return world.try_state(kAgreement.text + "/state", body, {{Role::kManager, kRoot}});
  });
}

}  // namespace
}  // namespace steelyard::exchange
