// The pipeline's rules, one test each: no sockets, no disk, a clock that the test holds.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

using schemas::AgreementChange;

// A user and an owner, connected, and one request that the user may make.
class PipelineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
  }
  // Asked, recorded, at the owner.
  std::vector<OutMessage> ask(const schemas::Request& request) {
    rig.arrive(user, {rig.out(request)});
    rig.commit();
    return rig.take(owner);
  }
  OutMessage answer_to(const schemas::Request& request, const std::vector<OutMessage>& forwarded) {
    return rig.out(rig.answer(request, read<schemas::Grant>(forwarded.at(0))), "rows");
  }

  Rig rig;
  SessionNumber owner, user;
};

TEST_F(PipelineTest, ARequestGoesToTheOwnerBesideItsGrantOnceItIsRecorded) {
  const schemas::Request request = rig.request();
  const OutMessage message = rig.out(request);
  const auto forwarded = ask(request);
  ASSERT_EQ(kinds(forwarded), (std::vector{MessageKind::kGrant, MessageKind::kRequest}));
  const auto grant = read<schemas::Grant>(forwarded[0]);
  EXPECT_EQ(grant.head.recipient, kOwner);
  EXPECT_EQ(grant.request, rig.digest_of(message));
  EXPECT_EQ(grant.fields, (std::vector{FieldName("name"), FieldName("address")}));
  EXPECT_EQ(grant.withheld, std::vector{FieldName("head")});
  EXPECT_TRUE(rig.log.holds(grant.index, grant.salt, grant.body));
  // The author's proof travels along.
  ASSERT_TRUE(forwarded[1].proof);
  exchange::BundleVerifier verifier(rig.world.suite(), World::kOrigin);
  const auto* key = rig.pipeline->registry().key(kUser, forwarded[1].proof->key, schemas::KeyUse::kMessage);
  EXPECT_TRUE(verifier.verify(rig.digest_of(message), *forwarded[1].proof, *key->verifying));
  EXPECT_EQ(rig.pipeline->open_exchanges(), 1U);
}

TEST_F(PipelineTest, AnAnswerIsRecordedAndDeliveredWithGrantAndPromise) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  const OutMessage answer = answer_to(request, forwarded);
  rig.arrive(owner, {answer});
  EXPECT_TRUE(rig.take(user).empty());
  rig.commit();
  const auto delivered = rig.take(user);
  ASSERT_EQ(kinds(delivered), (std::vector{MessageKind::kGrant, MessageKind::kAnswer, MessageKind::kRecorded}));
  EXPECT_EQ(read<schemas::Grant>(delivered[0]).head.recipient, kUser);
  const auto recorded = read<schemas::Recorded>(delivered[2]);
  EXPECT_EQ(recorded.digest, rig.digest_of(answer));
  EXPECT_TRUE(rig.log.holds(recorded.index, recorded.salt, recorded.body));
  const auto entries = rig.log.of_kind(EntryKind::kAnswer);
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].related, read<schemas::Grant>(delivered[0]).index);
  EXPECT_EQ(entries[0].count, 1U);
  EXPECT_EQ(rig.pipeline->open_exchanges(), 0U);
}

// By the row that stands beside the entry, and that its salt commits to.
exchange::DecidedBy decided_by(const Rig& rig, LogIndex index) {
  const provenance::EntryRecord& entry = rig.log.entries.at(index.value);
  if (entry.decided_by.empty()) return {};
  EXPECT_EQ(entry.salt, exchange::salt_of(rig.world.suite(), entry.decided_by));
  return *exchange::decode_decided_by(entry.decided_by);
}

TEST_F(PipelineTest, WhichPoliciesDecidedIsRecorded) {
  const exchange::Registry& registry = rig.pipeline->registry();
  const LogIndex agreement = registry.agreement(AgreementId("tax-household"))->in_force->number;
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  const LogIndex asked = read<schemas::Grant>(forwarded.at(0)).index;
  using Policies = std::vector<exchange::DecidedBy::Policy>;
  EXPECT_EQ(decided_by(rig, asked).policies, (Policies{{agreement, 0}}));

  // A new forbid ends the exchange that waits: its close says who did.
  const std::string text = "forbid (principal, action, resource in Dataset::\"civil-affairs/household\");";
  rig.arrive(owner, {rig.statement(schemas::StatementKind::kPolicySet, kOwner.text,
                                   schemas::PolicySet{text, World::kStart, {}}, schemas::Role::kOwner, kOwner)});
  rig.commit();
  rig.arrive(owner, {answer_to(request, forwarded)});
  rig.commit();
  const LogIndex forbidding = rig.pipeline->registry().policy_set(kOwner.text)->number;
  const provenance::EntryRecord& close = rig.log.entries.back();
  EXPECT_EQ(close.body.kind, EntryKind::kRefusal);
  EXPECT_EQ(close.body.related, asked);
  EXPECT_EQ(decided_by(rig, close.index).policies, (Policies{{forbidding, 0}}));

  // So does what is refused at once; what no policy was asked about has no row.
  rig.arrive(user, {rig.out(rig.request())});
  schemas::Request unknown = rig.request();
  unknown.fields = {FieldName("nonsense")};
  rig.arrive(user, {rig.out(unknown)});
  rig.commit();
  const std::uint64_t last = rig.log.entries.size() - 1;
  EXPECT_EQ(decided_by(rig, LogIndex(last - 1)).policies, (Policies{{forbidding, 0}}));
  EXPECT_TRUE(decided_by(rig, LogIndex(last)).empty());
}

TEST_F(PipelineTest, ARefusalIsRecordedThenSaidAndRepeated) {
  schemas::Request request = rig.request();
  request.purpose = PurposeId("statistics");
  rig.arrive(user, {rig.out(request)});
  EXPECT_TRUE(rig.take(user).empty());
  rig.commit();
  const auto first = rig.take(user);
  ASSERT_EQ(kinds(first), std::vector{MessageKind::kRefusal});
  const auto refusal = read<schemas::Refusal>(first[0]);
  EXPECT_EQ(exchange::decode_entry(refusal.body)->verdict, code::purpose_not_agreed);
  EXPECT_TRUE(rig.log.holds(refusal.index, refusal.salt, refusal.body));
  const auto size = rig.log.entries.size();
  rig.arrive(user, {rig.out(request)});
  const auto again = rig.take(user);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(*again[0].envelope, *first[0].envelope);
  rig.commit();
  EXPECT_EQ(rig.log.entries.size(), size);
  EXPECT_TRUE(rig.take(owner).empty());
}

TEST_F(PipelineTest, WithoutTheOwnersSessionAPermittedRequestIsRejectedAndARefusedOneRecorded) {
  rig.down(owner);
  rig.arrive(user, {rig.out(rig.request())});
  EXPECT_EQ(rejected_with(rig.take(user)), code::owner_away);
  EXPECT_FALSE(rig.in_flight);
  schemas::Request refused = rig.request();
  refused.conditions = {FieldName("head")};
  rig.arrive(user, {rig.out(refused)});
  rig.commit();
  EXPECT_EQ(rig.log.of_kind(EntryKind::kRefusal).size(), 1U);
}

TEST_F(PipelineTest, HeadsThatDoNotFitAreRejected) {
  schemas::Request request = rig.request();
  request.head.origin = "another/log";
  rig.arrive(user, {rig.out(request)});
  EXPECT_EQ(rejected_with(rig.take(user)), code::wrong_origin);
  request = rig.request();
  request.head.recipient = World::kRoot;
  rig.arrive(user, {rig.out(request)});
  EXPECT_EQ(rejected_with(rig.take(user)), code::wrong_recipient);
  request = rig.request();
  request.head.key = KeyId{};
  rig.arrive(user, {rig.out(request)});
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_key);
  request = rig.request();
  request.head.expires = rig.now.wall + seconds(600);
  rig.arrive(user, {rig.out(request)});
  EXPECT_EQ(rejected_with(rig.take(user)), code::stale);
  EXPECT_EQ(rig.pipeline->counters().rejected.total(), 4U);
  EXPECT_FALSE(rig.in_flight);
}

TEST_F(PipelineTest, AFrameByAnotherKeyOrWithABadSignatureIsOneRejection) {
  rig.arrive(user, rig.frame(kOwner, {rig.out(rig.request()), rig.out(rig.request())}));
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_key);
  Bytes octets = rig.frame(kUser, {rig.out(rig.request()), rig.out(rig.request())});
  octets.back() ^= 1;
  rig.arrive(user, octets);
  EXPECT_EQ(rejected_with(rig.take(user)), code::bad_signature);
}

TEST_F(PipelineTest, WhatIsNoFrameOfAMemberIsAnError) {
  EXPECT_FALSE(verify_frame(rig.pipeline->registry(), user, kUser, as_bytes("no frame")));
  const Bytes control = exchange::control_frame(MessageKind::kPing, schemas::encode(schemas::Ping{}));
  EXPECT_FALSE(verify_frame(rig.pipeline->registry(), user, kUser, control));
}

TEST_F(PipelineTest, MalformedMessagesAreRejectedAndTheirNeighboursAreNot) {
  OutMessage event = rig.out(rig.request());
  event.kind = MessageKind::kEvent;
  OutMessage broken = rig.out(rig.request());
  broken.envelope = std::make_shared<const Bytes>(Bytes{1, 2, 3});
  rig.arrive(user, {event, rig.out(rig.request()), broken});
  rig.commit();
  const auto told = rig.take(user);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(read<schemas::Rejection>(told[0]).code, code::malformed) << "one kind as another";
  EXPECT_EQ(read<schemas::Rejection>(told[1]).code, code::malformed);
  EXPECT_EQ(rig.take(owner).size(), 2U);
  // The bundle's record proves the one entry, its neighbours' digests included.
  const auto& entry = rig.log.entries.back();
  ASSERT_EQ(entry.body.kind, EntryKind::kRequest);
  const auto proof = rig.log.proof_of(entry);
  ASSERT_TRUE(proof);
  exchange::BundleVerifier verifier(rig.world.suite(), World::kOrigin);
  EXPECT_TRUE(verifier.verify(entry.body.digest, *proof,
                              *rig.pipeline->registry().key(kUser, proof->key, schemas::KeyUse::kMessage)->verifying));
}

TEST_F(PipelineTest, ARepeatOfAnOpenRequestGoesToTheOwnerAgainAndNothingElse) {
  const schemas::Request request = rig.request();
  const auto first = ask(request);
  const auto size = rig.log.entries.size();
  rig.arrive(user, {rig.out(request)});
  const auto again = rig.take(owner);
  ASSERT_EQ(kinds(again), kinds(first));
  EXPECT_EQ(*again[0].envelope, *first[0].envelope);
  rig.commit();
  EXPECT_EQ(rig.log.entries.size(), size);
  EXPECT_TRUE(rig.take(user).empty());
}

TEST_F(PipelineTest, TheSameAnswerAgainIsDeliveredAgainAfterARepeatAndRecordedOnce) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  const OutMessage answer = answer_to(request, forwarded);
  rig.arrive(owner, {answer});
  rig.commit();
  const auto first = rig.take(user);
  rig.down(user);
  user = rig.up(kUser);  // the adapter lives on, its session does not
  rig.arrive(user, {rig.out(request)});
  EXPECT_EQ(rig.take(owner).size(), 2U);
  rig.arrive(owner, {answer});
  const auto second = rig.take(user);
  ASSERT_EQ(kinds(second), kinds(first));
  EXPECT_EQ(*second[2].envelope, *first[2].envelope);
  rig.commit();
  EXPECT_EQ(rig.log.of_kind(EntryKind::kAnswer).size(), 1U);
}

TEST_F(PipelineTest, ASecondDifferentAnswerIsUnexpected) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  rig.arrive(owner, {answer_to(request, forwarded)});
  rig.commit();
  rig.take(owner);
  schemas::Answer other = rig.answer(request, read<schemas::Grant>(forwarded[0]));
  other.rows = 2;
  rig.arrive(owner, {rig.out(other)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::unexpected_answer);
}

TEST_F(PipelineTest, AnswersThatDoNotKeepToTheirGrantAreRejected) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  schemas::Answer wide = rig.answer(request, read<schemas::Grant>(forwarded[0]));
  wide.fields.push_back(FieldName("head"));
  rig.arrive(owner, {rig.out(wide)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant);
  schemas::Answer unasked = rig.answer(request, read<schemas::Grant>(forwarded[0]));
  unasked.head.id = rig.new_id();
  rig.arrive(owner, {rig.out(unasked)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::unexpected_answer);
  EXPECT_TRUE(rig.log.of_kind(EntryKind::kAnswer).empty());
  EXPECT_EQ(rig.pipeline->open_exchanges(), 1U);
}

TEST_F(PipelineTest, AnAnswerByAMemberThatWasNotAskedIsUnexpected) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  const SessionNumber root = rig.up(World::kRoot);
  schemas::Answer answer = rig.answer(request, read<schemas::Grant>(forwarded[0]));
  answer.head.author = World::kRoot;
  answer.head.key = rig.world.keys(World::kRoot).message.id();
  rig.arrive(root, {rig.out(answer)});
  EXPECT_EQ(rejected_with(rig.take(root)), code::unexpected_answer);
}

TEST_F(PipelineTest, AHandOverIsRecordedOncePerMessage) {
  const Digest first = rig.complete(user, owner), second = rig.complete(user, owner);
  const schemas::Received received = rig.received(kUser, {first, second});
  rig.arrive(user, {rig.out(received)});
  rig.commit();
  ASSERT_EQ(kinds(rig.take(user)), std::vector{MessageKind::kRecorded});
  ASSERT_EQ(rig.log.handovers.size(), 1U);
  EXPECT_EQ(rig.log.handovers[0].answers, received.answers);
  rig.arrive(user, {rig.out(received)});
  EXPECT_EQ(kinds(rig.take(user)), std::vector{MessageKind::kRecorded});
  rig.commit();
  EXPECT_EQ(rig.log.of_kind(EntryKind::kReceived).size(), 1U);
}

TEST_F(PipelineTest, AHandOverOfWhatItsAuthorNeverGotIsRejected) {
  const Digest answer = rig.complete(user, owner);
  for (const schemas::Received& received :
       {rig.received(kUser, {crypto::random<Digest>()}), rig.received(kUser, {answer, crypto::random<Digest>()})}) {
    rig.arrive(user, {rig.out(received)});
    EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_answer);
  }
  rig.arrive(owner, {rig.out(rig.received(kOwner, {answer}))});  // another's
  EXPECT_EQ(rejected_with(rig.take(owner)), code::unknown_answer);
  rig.commit();
  EXPECT_TRUE(rig.log.of_kind(EntryKind::kReceived).empty());
  rig.pass(seconds(60) + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  rig.arrive(user, {rig.out(rig.received(kUser, {answer}))});  // kept no more
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_answer);
}

TEST_F(PipelineTest, AnOwnersRejectionIsPassedOnAndClosesNothing) {
  const schemas::Request request = rig.request();
  ask(request);
  const Digest digest = rig.digest_of(rig.out(request));
  rig.arrive(owner, {rig.out(rig.rejection(request, digest, code::gone))});
  EXPECT_EQ(rejected_with(rig.take(user)), code::gone);
  EXPECT_EQ(rig.pipeline->open_exchanges(), 1U);
  // Once for each time that it was asked.
  rig.arrive(owner, {rig.out(rig.rejection(request, digest, code::gone))});
  rig.arrive(owner, {rig.out(rig.rejection(request, digest, code::busy))});
  EXPECT_TRUE(rig.take(user).empty());
  EXPECT_EQ(rig.pipeline->counters().ignored, 2U);
  rig.arrive(user, {rig.out(request)});
  EXPECT_EQ(rig.take(owner).size(), 2U);
  rig.arrive(owner, {rig.out(rig.rejection(request, digest, code::busy))});
  EXPECT_EQ(rejected_with(rig.take(user)), code::busy);
  // Nobody else may speak for the owner.
  rig.arrive(user, {rig.out([&] {
               schemas::Rejection forged = rig.rejection(request, digest, code::gone);
               forged.head.author = kUser;
               forged.head.key = rig.world.keys(kUser).message.id();
               return forged;
             }())});
  EXPECT_TRUE(rig.take(user).empty());
}

TEST_F(PipelineTest, AnExchangeThatNobodyAnsweredIsClosedAfterItsTime) {
  const schemas::Request request = rig.request();
  ask(request);
  rig.pass(seconds(60) + limits::kSkew);
  rig.step(TickEvent{});
  EXPECT_EQ(rig.pipeline->open_exchanges(), 1U);
  rig.pass(milliseconds(2));
  rig.step(TickEvent{});
  EXPECT_TRUE(rig.take(user).empty());
  rig.commit();
  const auto told = rig.take(user);
  ASSERT_EQ(kinds(told), std::vector{MessageKind::kRefusal});
  const auto body = exchange::decode_entry(read<schemas::Refusal>(told[0]).body);
  EXPECT_EQ(body->verdict, code::unanswered);
  EXPECT_EQ(rig.log.entries.at(body->related.value).body.kind, EntryKind::kRequest);
  EXPECT_TRUE(rig.log.once.empty());
  EXPECT_EQ(rig.pipeline->open_exchanges(), 0U);
}

TEST_F(PipelineTest, AnExchangeStaysOpenOverARestartAndIsAnsweredThen) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  const OutMessage answer = answer_to(request, forwarded);
  rig.crash();
  EXPECT_EQ(rig.pipeline->open_exchanges(), 1U);
  owner = rig.up(kOwner, {kHousehold});
  user = rig.up(kUser);
  rig.arrive(user, {rig.out(request)});
  const auto again = rig.take(owner);
  ASSERT_EQ(again.size(), 2U);
  EXPECT_EQ(read<schemas::Grant>(again[0]), read<schemas::Grant>(forwarded[0]));
  rig.arrive(owner, {answer});
  rig.commit();
  EXPECT_EQ(rig.take(user).size(), 3U);
}

TEST_F(PipelineTest, ARefusalIsRepeatedAfterARestart) {
  schemas::Request request = rig.request();
  request.purpose = PurposeId("statistics");
  ask(request);
  const auto first = read<schemas::Refusal>(rig.take(user).at(0));
  rig.crash();
  user = rig.up(kUser);
  rig.arrive(user, {rig.out(request)});
  const auto again = rig.take(user);
  ASSERT_EQ(kinds(again), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(read<schemas::Refusal>(again[0]).index, first.index);
  EXPECT_EQ(read<schemas::Refusal>(again[0]).salt, first.salt);
}

TEST_F(PipelineTest, AStatementGoesAheadOfWaitingMessagesAndToAllWhoFollow) {
  const SessionNumber follower = rig.up(kUser, {}, LogIndex(rig.log.entries.size()));
  auto request = verify_frame(rig.pipeline->registry(), user, kUser, rig.frame(kUser, {rig.out(rig.request())}));
  const OutMessage suspend = rig.state_of(AgreementId("tax-household"), AgreementChange::kSuspend, kOwner);
  auto statement = verify_frame(rig.pipeline->registry(), owner, kOwner, rig.frame(kOwner, {suspend}));
  BatchEvent batch;
  batch.frames.push_back(std::move(*request));
  batch.frames.push_back(std::move(*statement));
  rig.step(std::move(batch));
  EXPECT_TRUE(rig.sent.empty());
  rig.commit();
  const auto told = rig.take(user);
  ASSERT_EQ(kinds(told), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(exchange::decode_entry(read<schemas::Refusal>(told[0]).body)->verdict, code::agreement_suspended);
  EXPECT_EQ(kinds(rig.take(owner)), std::vector{MessageKind::kRecorded});
  const auto pushed = rig.take(follower);
  ASSERT_EQ(kinds(pushed), (std::vector{MessageKind::kStatement, MessageKind::kRecorded}));
  EXPECT_TRUE(pushed[0].proof);
  // Who comes later, or after a restart, gets it too, with a proof that was rebuilt.
  rig.crash();
  const SessionNumber late = rig.up(kUser, {}, LogIndex(0));
  const auto caught_up = rig.take(late);
  ASSERT_EQ(kinds(caught_up), kinds(pushed));
  EXPECT_EQ(caught_up[0].proof->path, pushed[0].proof->path);
  EXPECT_EQ(*caught_up[1].envelope, *pushed[1].envelope);
}

TEST_F(PipelineTest, AStatementThatDoesNotStandIsRejectedAndARepeatedOneIsPromisedAgain) {
  const OutMessage suspend = rig.state_of(AgreementId("tax-household"), AgreementChange::kSuspend, kOwner);
  OutMessage unsigned_one = suspend;
  unsigned_one.payload = std::make_shared<const Bytes>(schemas::encode(std::vector<schemas::StatementSignature>{}));
  rig.arrive(owner, {unsigned_one});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::statement_refused);
  rig.arrive(owner, {suspend});
  rig.commit();
  const auto first = rig.take(owner);
  rig.arrive(owner, {suspend});
  const auto again = rig.take(owner);
  ASSERT_EQ(kinds(again), std::vector{MessageKind::kRecorded});
  EXPECT_EQ(read<schemas::Recorded>(again[0]).index, read<schemas::Recorded>(first[0]).index);
}

TEST_F(PipelineTest, RejectionsOfAMinuteAreSummedInOneEntry) {
  for (int i = 0; i < 3; ++i) {
    schemas::Request request = rig.request();
    request.head.origin = "another/log";
    rig.arrive(user, {rig.out(request)});
  }
  rig.pass(seconds(59));
  rig.step(TickEvent{});
  EXPECT_FALSE(rig.in_flight);
  rig.pass(seconds(1));
  rig.step(TickEvent{});
  rig.commit();
  const auto sums = rig.log.of_kind(EntryKind::kRejections);
  ASSERT_EQ(sums.size(), 1U);
  EXPECT_EQ(sums[0].count, 3U);
  EXPECT_EQ(sums[0].verdict, code::wrong_origin);
  EXPECT_FALSE(sums[0].digest.is_zero());
}

TEST_F(PipelineTest, LogTimeNeverGoesBackAndAClockFarBehindStopsEverything) {
  ask(rig.request());
  const Instant last = rig.log.entries.back().body.time;
  rig.now.wall = last - seconds(20);
  schemas::Request request = rig.request();
  request.head.expires = last + seconds(10);
  rig.arrive(user, {rig.out(request)});
  rig.commit();
  EXPECT_EQ(rig.log.entries.back().body.time, last);
  rig.now.wall = last - limits::kSkew - milliseconds(1);
  rig.take(user);
  rig.arrive(user, {rig.out(rig.request())});
  EXPECT_EQ(rejected_with(rig.take(user)), code::clock_wrong);
}

TEST_F(PipelineTest, WhileDrainingRequestsAreBusyAndAnswersStillTaken) {
  const schemas::Request request = rig.request();
  const auto forwarded = ask(request);
  rig.step(DrainEvent{});
  rig.arrive(user, {rig.out(rig.request())});
  const auto told = rig.take(user);
  EXPECT_EQ(rejected_with(told), code::busy);
  EXPECT_GT(read<schemas::Rejection>(told[0]).delay_ms, 0U);
  rig.arrive(owner, {answer_to(request, forwarded)});
  rig.commit();
  EXPECT_EQ(rig.take(user).size(), 3U);
}

TEST_F(PipelineTest, ADatasetHasOneProviderAndAMemberFewSessions) {
  const SessionNumber second = rig.up(kOwner, {kHousehold});
  ASSERT_EQ(rig.closed.size(), 1U);
  EXPECT_EQ(rig.closed[0].session, second);
  EXPECT_EQ(rig.closed[0].why, code::dataset_taken);
  rig.up(kUser, {kHousehold});
  EXPECT_EQ(rig.closed.back().why, code::author_not_session);
  for (std::size_t i = 1; i < limits::kSessionsPerMemberMax; ++i) rig.up(kUser);
  EXPECT_EQ(rig.closed.size(), 2U);
  rig.up(kUser);
  EXPECT_EQ(rig.closed.back().why, code::too_many_sessions);
  rig.down(owner);
  rig.up(kOwner, {kHousehold});
  EXPECT_EQ(rig.closed.size(), 3U);
}

TEST_F(PipelineTest, FullBatchesAreClosedBetweenBundles) {
  for (int frame = 0; frame < 12; ++frame) {
    std::vector<OutMessage> messages;
    for (int i = 0; i < 100; ++i) messages.push_back(rig.out(rig.request()));
    rig.arrive(user, messages);
  }
  // The first frame went ahead alone; the others fill batches, none beyond the limit, none splitting a bundle.
  std::size_t batches = 0;
  while (rig.in_flight) {
    EXPECT_LE(rig.in_flight->records(), limits::kCommitRecordsMax);
    EXPECT_EQ(rig.in_flight->entries.size() % 100, 0U);
    ++batches;
    rig.commit_one();
  }
  EXPECT_EQ(batches, 4U);
  EXPECT_EQ(rig.take(owner).size(), 2400U);
}

TEST_F(PipelineTest, AnEndingAgreementStopsWhatItPermittedWithoutAnyStatement) {
  Rig other([] {
    World world = World::city();
    world.add_dataset(World::catalogue(DatasetId("civil-affairs/marriage"), DutyId("residents"), {"name", "id", "n"}));
    schemas::Agreement short_lived = world.agreement(AgreementId("short"), kUser, DatasetId("civil-affairs/marriage"),
                                                     {"name"}, DutyId("tax-deduction"));
    short_lived.valid_until = world.now() + seconds(100);
    world.add_agreement(short_lived);
    return world;
  }());
  const DatasetId marriage("civil-affairs/marriage");
  const SessionNumber at_owner = other.up(kOwner, {marriage}), at_user = other.up(kUser);
  schemas::Request request = other.request(kUser, ApplicationId("tax-relief"), marriage);
  request.fields = {FieldName("name")};
  request.conditions.clear();
  other.arrive(at_user, {other.out(request)});
  other.commit();
  const auto forwarded = other.take(at_owner);
  ASSERT_EQ(forwarded.size(), 2U);
  other.pass(seconds(50));
  other.arrive(at_owner, {other.out(other.answer(request, read<schemas::Grant>(forwarded[0])))});
  EXPECT_EQ(rejected_with(other.take(at_owner)), code::verdict_changed);
  other.commit();
  EXPECT_EQ(kinds(other.take(at_user)), std::vector{MessageKind::kRefusal});
  EXPECT_TRUE(other.log.of_kind(EntryKind::kAnswer).empty());
}

}  // namespace
}  // namespace steelyard::broker::testing
