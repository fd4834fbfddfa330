// Invariants that the pipeline keeps. With STEELYARD_TEST_DISABLE_INVARIANT each of these tests fails.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/fail_point.h"

namespace steelyard::broker::testing {
namespace {

using schemas::AgreementChange;

class Connected {
 public:
  Connected() : owner(rig.up(kOwner, {kHousehold})), user(rig.up(kUser)) {}
  Rig rig;
  SessionNumber owner, user;
};

TEST(Invariant, RecordBeforeForwardNothingLeavesBeforeItsEntryIsSynced) {
  Connected net;
  schemas::Request refused = net.rig.request();
  refused.purpose = PurposeId("statistics");
  const schemas::Request request = net.rig.request();
  net.rig.arrive(net.user, {net.rig.out(request), net.rig.out(refused)});
  EXPECT_TRUE(net.rig.take(net.owner).empty());
  EXPECT_TRUE(net.rig.take(net.user).empty());
  net.rig.commit();
  const auto forwarded = net.rig.take(net.owner);
  ASSERT_EQ(forwarded.size(), 2U);
  EXPECT_EQ(net.rig.take(net.user).size(), 1U);
  net.rig.arrive(net.owner, {net.rig.out(net.rig.answer(request, read<schemas::Grant>(forwarded[0])))});
  EXPECT_TRUE(net.rig.take(net.user).empty());
  net.rig.commit();
  EXPECT_EQ(net.rig.take(net.user).size(), 3U);
}

TEST(Invariant, RecordBeforeForwardNoStatementLeavesBeforeItsEntryIsSynced) {
  Connected net;
  net.rig.arrive(net.owner, {net.rig.state_of(AgreementId("tax-household"), AgreementChange::kSuspend, kOwner)});
  const LogIndex next(net.rig.world.statements().size());
  ASSERT_TRUE(net.rig.in_flight);
  // Neither to one who comes, nor to one who asks for what is new.
  const SessionNumber late = net.rig.up(World::kRoot, {}, next);
  net.rig.step(SyncFromEvent{net.user, next});
  EXPECT_TRUE(net.rig.take(late).empty());
  EXPECT_TRUE(net.rig.take(net.user).empty());
  net.rig.commit();
  const std::vector both{MessageKind::kStatement, MessageKind::kRecorded};
  EXPECT_EQ(kinds(net.rig.take(late)), both);
  EXPECT_EQ(kinds(net.rig.take(net.user)), both);
}

#ifdef STEELYARD_TEST_HOOKS

// The registry folds nothing that the gate cannot follow, so that this takes a fault of the gate's own.
TEST(Invariant, DenyOnErrorAGateThatCouldNotFollowAChangeRefusesEverything) {
  Connected net;
  const auto refused_with = [&] {
    const auto told = net.rig.take(net.user);
    if (kinds(told) != std::vector{MessageKind::kRefusal}) return ErrorCode{0};
    return exchange::decode_entry(read<schemas::Refusal>(told[0]).body)->verdict;
  };
  const schemas::Request before = net.rig.request();
  net.rig.arrive(net.user, {net.rig.out(before)});
  net.rig.commit();
  const auto forwarded = net.rig.take(net.owner);
  ASSERT_EQ(forwarded.size(), 2U);
  {
    const FailPointHere fault("gate-policies", AtFailPoint::kFaulty);
    net.rig.arrive(net.owner, {net.rig.statement(schemas::StatementKind::kPolicySet, kOwner.text,
                                                 schemas::PolicySet{"forbid (principal, action, resource in "
                                                                    "Dataset::\"civil-affairs/household\");",
                                                                    World::kStart,
                                                                    {}},
                                                 schemas::Role::kOwner, kOwner)});
    net.rig.commit();
    EXPECT_EQ(kinds(net.rig.take(net.owner)), std::vector{MessageKind::kRecorded});
  }
  // Neither is what was permitted before it answered, nor is anything permitted now.
  net.rig.arrive(net.owner, {net.rig.out(net.rig.answer(before, read<schemas::Grant>(forwarded[0])))});
  EXPECT_EQ(rejected_with(net.rig.take(net.owner)), code::verdict_changed);
  net.rig.commit();
  EXPECT_EQ(refused_with(), code::policy_error);
  net.rig.arrive(net.user, {net.rig.out(net.rig.request())});
  net.rig.commit();
  EXPECT_EQ(refused_with(), code::policy_error);
  // With the next change it is built anew, and knows what the owner forbade meanwhile.
  net.rig.arrive(net.owner, {net.rig.state_of(AgreementId("tax-household"), AgreementChange::kSuspend, kOwner)});
  net.rig.arrive(net.owner, {net.rig.state_of(AgreementId("tax-household"), AgreementChange::kResume, kOwner)});
  net.rig.commit();
  net.rig.arrive(net.user, {net.rig.out(net.rig.request())});
  net.rig.commit();
  EXPECT_EQ(refused_with(), code::condition_not_granted);
}

#endif

TEST(Invariant, AuthorIsSessionAMessageInTheNameOfAnotherIsRejected) {
  Connected net;
  // The root manager's session, its own signature, the user's name in the head.
  const SessionNumber root = net.rig.up(World::kRoot);
  schemas::Request forged = net.rig.request();
  forged.head.key = net.rig.world.keys(World::kRoot).message.id();
  net.rig.arrive(root, {net.rig.out(forged)});
  EXPECT_EQ(rejected_with(net.rig.take(root)), code::author_not_session);
  EXPECT_FALSE(net.rig.in_flight);
  // A bundle of one member on the session of another.
  auto frame =
      verify_frame(net.rig.pipeline->registry(), root, kUser, net.rig.frame(kUser, {net.rig.out(net.rig.request())}));
  ASSERT_TRUE(frame);
  BatchEvent batch;
  batch.frames.push_back(std::move(*frame));
  net.rig.step(std::move(batch));
  EXPECT_EQ(rejected_with(net.rig.take(root)), code::author_not_session);
}

TEST(Invariant, OnceAUsedIdMakesNoSecondExchange) {
  Connected net;
  const schemas::Request request = net.rig.request();
  net.rig.arrive(net.user, {net.rig.out(request)});
  net.rig.commit();
  const auto size = net.rig.log.entries.size();
  net.rig.arrive(net.user, {net.rig.out(request)});
  schemas::Request other = request;
  other.fields = {FieldName("name")};
  net.rig.arrive(net.user, {net.rig.out(other)});
  EXPECT_EQ(rejected_with(net.rig.take(net.user)), code::id_reused);
  net.rig.commit();
  EXPECT_EQ(net.rig.log.entries.size(), size);
  // Nor after a restart.
  net.rig.crash();
  const SessionNumber user = net.rig.up(kUser);
  net.rig.arrive(user, {net.rig.out(other)});
  EXPECT_EQ(rejected_with(net.rig.take(user)), code::id_reused);
}

TEST(Invariant, StoppedMeansStoppedAnswersAfterASuspensionAreRefused) {
  Connected net;
  const AgreementId agreement("tax-household");
  const schemas::Request request = net.rig.request();
  net.rig.arrive(net.user, {net.rig.out(request)});
  net.rig.commit();
  const auto forwarded = net.rig.take(net.owner);
  net.rig.arrive(net.owner, {net.rig.state_of(agreement, AgreementChange::kSuspend, kOwner)});
  net.rig.commit();
  net.rig.take(net.owner);
  net.rig.arrive(net.owner, {net.rig.out(net.rig.answer(request, read<schemas::Grant>(forwarded.at(0))))});
  EXPECT_EQ(rejected_with(net.rig.take(net.owner)), code::verdict_changed);
  net.rig.commit();
  const auto told = net.rig.take(net.user);
  ASSERT_EQ(kinds(told), std::vector{MessageKind::kRefusal});
  const auto body = exchange::decode_entry(read<schemas::Refusal>(told[0]).body);
  EXPECT_EQ(body->verdict, code::agreement_suspended);
  EXPECT_EQ(net.rig.log.entries.at(body->related.value).body.digest, body->digest);
  EXPECT_TRUE(net.rig.log.of_kind(EntryKind::kAnswer).empty());
}

TEST(Invariant, StoppedMeansStoppedWhatWaitsForItsCommitDoesNotGo) {
  Connected net;
  const AgreementId agreement("tax-household");
  // A request, recorded but not yet forwarded when the suspension is folded.
  const schemas::Request request = net.rig.request();
  net.rig.arrive(net.user, {net.rig.out(request)});
  net.rig.arrive(net.owner, {net.rig.state_of(agreement, AgreementChange::kSuspend, kOwner)});
  net.rig.commit();
  EXPECT_EQ(kinds(net.rig.take(net.owner)), std::vector{MessageKind::kRecorded});
  EXPECT_EQ(kinds(net.rig.take(net.user)), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(net.rig.pipeline->open_exchanges(), 0U);
  // An answer, recorded but not yet delivered.
  net.rig.arrive(net.owner, {net.rig.state_of(agreement, AgreementChange::kResume, kOwner)});
  const schemas::Request second = net.rig.request();
  net.rig.arrive(net.user, {net.rig.out(second)});
  net.rig.commit();
  const auto forwarded = net.rig.take(net.owner);
  ASSERT_EQ(forwarded.size(), 3U);
  net.rig.arrive(net.owner, {net.rig.out(net.rig.answer(second, read<schemas::Grant>(forwarded[1])))});
  net.rig.arrive(net.owner, {net.rig.state_of(agreement, AgreementChange::kSuspend, kOwner)});
  net.rig.commit();
  EXPECT_EQ(rejected_with(net.rig.take(net.user)), code::verdict_changed);
}

}  // namespace
}  // namespace steelyard::broker::testing
