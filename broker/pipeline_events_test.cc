// Subscriptions and events in the pipeline: from the request to what is delivered, acknowledged, stopped.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"

namespace steelyard::broker::testing {
namespace {

using schemas::AgreementChange;
using schemas::EventContent;

World world_with_events() {
  World world = World::city();
  schemas::Agreement terms =
      world.agreement(AgreementId("tax-events"), kUser, kHousehold, {"name", "address"}, DutyId("tax-deduction"));
  terms.actions = {schemas::Action::kSubscribe};
  world.add_agreement(terms);
  return world;
}

class PipelineEvents : public ::testing::Test {
 protected:
  PipelineEvents() : rig(world_with_events()) {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
    view = rig.new_id();
  }

  schemas::Request request() {
    schemas::Request asked = rig.request();
    asked.action = schemas::Action::kSubscribe;
    asked.conditions.clear();
    asked.fields = {FieldName("name"), FieldName("address")};
    return asked;
  }
  // Asked, granted, answered, told to the user; its id. The subscriber is not reading yet.
  ExchangeId start() {
    const schemas::Request asked = request();
    rig.arrive(user, {rig.out(asked)});
    rig.commit();
    const auto forwarded = rig.take(owner);
    EXPECT_EQ(forwarded.size(), 2U);
    schemas::Answer answer = rig.answer(asked, read<schemas::Grant>(forwarded.at(0)));
    answer.rows = 0;
    answer.view = view;
    rig.arrive(owner, {rig.out(answer)});
    rig.commit();
    EXPECT_EQ(rig.take(user).size(), 3U);
    return asked.head.id;
  }
  ExchangeId subscribe() {
    const ExchangeId id = start();
    resume(id, start_of(id));
    return id;
  }
  LogIndex start_of(const ExchangeId& id) { return rig.log.subscriptions.at(id).answer; }
  schemas::Received range(const ExchangeId& id, LogIndex upto, bool stop = false) {
    schemas::Received made;
    made.head = rig.head(MessageKind::kReceived, kUser, MemberId(World::kOrigin));
    made.subscription = id;
    made.upto = upto;
    made.stop = stop;
    return made;
  }
  void resume(const ExchangeId& id, LogIndex upto) {
    rig.arrive(user, {rig.out(range(id, upto))});
    rig.commit();
  }
  schemas::Event event(std::uint64_t sequence) {
    schemas::Event made;
    made.head = rig.head(MessageKind::kEvent, kOwner, MemberId(World::kOrigin));
    made.head.id = view;
    made.head.expires = Instant{};
    made.dataset = kHousehold;
    made.sequence = sequence;
    made.previous = sequence - 1;
    made.period = 1;
    made.fields = {FieldName("name")};
    made.rows = 1;
    made.time = rig.now.wall;
    made.plaintext.octets.fill(1);
    return made;
  }
  void tell(const schemas::Event& one, std::string_view payload = "ciphertext") {
    rig.arrive(owner, {rig.out(one, payload)});
  }
  // The sequences of the events that the user was given, each beside its promise, since the last call.
  std::vector<std::uint64_t> delivered() {
    std::vector<std::uint64_t> sequences;
    const auto messages = rig.take(user);
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (messages[i].kind != MessageKind::kEvent) continue;
      sequences.push_back(read<schemas::Event>(messages[i]).sequence);
      EXPECT_TRUE(messages[i].proof);
      EXPECT_EQ(messages.at(i + 1).kind, MessageKind::kRecorded);
      const auto promise = read<schemas::Recorded>(messages.at(i + 1));
      EXPECT_EQ(promise.digest, rig.digest_of(messages[i]));
      EXPECT_TRUE(rig.log.holds(promise.index, promise.salt, promise.body));
      last = promise.index;
    }
    return sequences;
  }
  ErrorCode refused_with() {
    for (const OutMessage& message : rig.take(user))
      if (message.kind == MessageKind::kRefusal)
        return exchange::decode_entry(read<schemas::Refusal>(message).body)->verdict;
    return 0;
  }
  using Sequences = std::vector<std::uint64_t>;

  Rig rig;
  SessionNumber owner, user;
  ExchangeId view;
  LogIndex last;  // that was delivered
};

class InvariantEvents : public PipelineEvents {};

TEST_F(PipelineEvents, ASubscriptionStandsOnceItsAnswerIsRecordedAndTheOwnerIsToldThen) {
  const schemas::Request asked = request();
  rig.arrive(user, {rig.out(asked)});
  rig.commit();
  const auto forwarded = rig.take(owner);
  ASSERT_EQ(kinds(forwarded), (std::vector{MessageKind::kGrant, MessageKind::kRequest}));
  schemas::Answer answer = rig.answer(asked, read<schemas::Grant>(forwarded[0]));
  answer.rows = 0;
  answer.view = view;
  rig.arrive(owner, {rig.out(answer)});
  EXPECT_TRUE(rig.acks.at(owner).subscriptions.empty()) << "told before it was durable";
  rig.commit();
  ASSERT_EQ(rig.acks.at(owner).subscriptions, std::vector{asked.head.id});
  EXPECT_EQ(rig.pipeline->subscriptions(), 1U);
  EXPECT_EQ(rig.log.subscriptions.at(asked.head.id).view, view);
}

TEST_F(PipelineEvents, AnAnswerStartsASubscriptionOnlyWithAViewAndWithoutRows) {
  const schemas::Request asked = request();
  rig.arrive(user, {rig.out(asked)});
  rig.commit();
  const auto grant = read<schemas::Grant>(rig.take(owner).at(0));
  schemas::Answer answer = rig.answer(asked, grant);
  answer.rows = 0;
  rig.arrive(owner, {rig.out(answer)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant) << "no view";
  answer.view = view;
  answer.rows = 1;
  rig.arrive(owner, {rig.out(answer)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant) << "rows";
  const schemas::Request query = rig.request();
  rig.arrive(user, {rig.out(query)});
  rig.commit();
  schemas::Answer rows = rig.answer(query, read<schemas::Grant>(rig.take(owner).at(0)));
  rows.view = view;
  rig.arrive(owner, {rig.out(rows)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant) << "a view for a query";
  EXPECT_EQ(rig.pipeline->subscriptions(), 0U);
}

TEST_F(InvariantEvents, RecordBeforeForwardAnEventIsRecordedThenAcknowledgedAndDelivered) {
  const ExchangeId id = subscribe();
  tell(event(1));
  EXPECT_TRUE(delivered().empty()) << "before its entry was durable";
  EXPECT_EQ(rig.acks.at(owner).sequence, 0U);
  rig.commit();
  EXPECT_EQ(rig.acks.at(owner).sequence, 1U);
  EXPECT_EQ(delivered(), Sequences{1});
  const auto recorded = rig.log.of_kind(EntryKind::kEvent);
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].id, view);
  EXPECT_EQ(recorded[0].count, 1U);
  EXPECT_EQ(rig.log.spool.size(), 1U);
  resume(id, last);
  EXPECT_EQ(rig.log.subscriptions.at(id).position, last);
  EXPECT_EQ(rig.log.of_kind(EntryKind::kReceived).back().related, last);
  EXPECT_EQ(kinds(rig.take(user)), std::vector{MessageKind::kRecorded});
  tell(event(2));
  rig.commit();
  EXPECT_EQ(rig.log.spool.size(), 1U) << "what was acknowledged is let go of";
}

TEST_F(PipelineEvents, ARepeatIsAcknowledgedAgainAndRecordedOnce) {
  subscribe();
  tell(event(1));
  rig.commit();
  delivered();
  rig.acks.clear();
  tell(event(1));
  rig.commit();
  EXPECT_EQ(rig.acks.at(owner).sequence, 1U);
  EXPECT_EQ(rig.log.of_kind(EntryKind::kEvent).size(), 1U);
  EXPECT_TRUE(delivered().empty());
  tell(event(3));
  EXPECT_EQ(rejected_with(rig.take(owner)), code::out_of_sequence);
}

TEST_F(PipelineEvents, NobodyButTheProviderSpeaksForAStream) {
  subscribe();
  schemas::Event forged = event(1);
  forged.head.author = kUser;
  forged.head.key = rig.world.keys(kUser).message.id();
  rig.arrive(user, {rig.out(forged)});
  EXPECT_EQ(rejected_with(rig.take(user)), code::author_not_session);
  const SessionNumber other = rig.up(kOwner);
  rig.arrive(other, {rig.out(event(1))});
  EXPECT_EQ(rejected_with(rig.take(other)), code::author_not_session);
}

TEST_F(InvariantEvents, FieldsWithinGrantAnEventBeyondTheGrantOfAReaderIsRejected) {
  subscribe();
  schemas::Event wide = event(1);
  wide.fields.push_back(FieldName("id_number"));
  tell(wide);
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant);
  rig.commit();
  EXPECT_TRUE(rig.log.of_kind(EntryKind::kEvent).empty());
}

TEST_F(PipelineEvents, ASnapshotGoesToWhomItIsForAlone) {
  const ExchangeId first = subscribe();
  const ExchangeId second = subscribe();
  ASSERT_NE(first, second);
  schemas::Event snapshot = event(1);
  snapshot.content = EventContent::kSnapshot;
  snapshot.first = snapshot.last = true;
  snapshot.subscription = second;
  tell(snapshot);
  tell(event(2));
  rig.commit();
  std::map<ExchangeId, Sequences> got;
  const auto messages = rig.take(user);
  for (std::size_t i = 0; i + 1 < messages.size(); ++i)
    if (messages[i].kind == MessageKind::kEvent)
      got[read<schemas::Recorded>(messages[i + 1]).head.id].push_back(read<schemas::Event>(messages[i]).sequence);
  EXPECT_EQ(got[first], Sequences{2});
  EXPECT_EQ(got[second], (Sequences{1, 2}));
}

TEST_F(PipelineEvents, WhatWasNotAcknowledgedComesAgainInTheNextSession) {
  const ExchangeId id = subscribe();
  for (const std::uint64_t sequence : {1U, 2U, 3U}) tell(event(sequence));
  rig.commit();
  EXPECT_EQ(delivered(), (Sequences{1, 2, 3}));
  resume(id, LogIndex(last.value - 1));
  rig.down(user);
  tell(event(4));
  rig.commit();
  user = rig.up(kUser);
  EXPECT_TRUE(delivered().empty()) << "it has not said that it reads";
  resume(id, LogIndex(last.value - 1));
  EXPECT_EQ(delivered(), (Sequences{3, 4}));
}

TEST_F(PipelineEvents, ARestartedBrokerGoesOnFromThePositions) {
  const ExchangeId id = subscribe();
  for (const std::uint64_t sequence : {1U, 2U, 3U}) tell(event(sequence));
  rig.commit();
  ASSERT_EQ(delivered().size(), 3U);
  resume(id, LogIndex(last.value - 2));
  tell(event(4));  // not committed: lost with the broker, and repeated by its owner
  rig.crash();
  owner = rig.up(kOwner, {kHousehold});
  EXPECT_EQ(rig.acks.at(owner).sequence, 3U);
  EXPECT_EQ(rig.acks.at(owner).subscriptions, std::vector{id});
  user = rig.up(kUser);
  resume(id, LogIndex(last.value - 2));
  EXPECT_EQ(delivered(), (Sequences{2, 3}));
  tell(event(4));
  rig.commit();
  EXPECT_EQ(delivered(), Sequences{4});
}

TEST_F(PipelineEvents, ASubscriberThatWasKilledBehindItsAcknowledgementMovesThePositionWhenItComesBack) {
  const ExchangeId id = subscribe();
  tell(event(1));
  tell(event(2));
  rig.commit();
  delivered();
  rig.down(user);
  user = rig.up(kUser);
  resume(id, last);
  EXPECT_TRUE(delivered().empty());
  EXPECT_EQ(rig.log.subscriptions.at(id).position, last);
}

TEST_F(PipelineEvents, NoMoreAreInFlightThanTheWindow) {
  const ExchangeId id = subscribe();
  for (std::uint64_t sequence = 1; sequence <= limits::kEventWindow + 10; ++sequence) {
    tell(event(sequence));
    if (sequence % 100 == 0) rig.commit();
  }
  rig.commit();
  EXPECT_EQ(delivered().size(), limits::kEventWindow);
  resume(id, last);
  EXPECT_EQ(delivered().size(), 10U);
}

TEST_F(PipelineEvents, AcknowledgingWhatWasNeverRecordedIsRejected) {
  const ExchangeId id = subscribe();
  tell(event(1));
  rig.arrive(user, {rig.out(range(id, LogIndex(rig.log.entries.size())))});
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_answer) << "not durable yet";
  rig.commit();
  rig.take(user);
  rig.arrive(user, {rig.out(range(id, LogIndex(1'000'000)))});
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_answer);
  rig.arrive(user, {rig.out(range(rig.new_id(), LogIndex(1)))});
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_subscription);
}

TEST_F(InvariantEvents, StoppedMeansStoppedWhatIsSuspendedIsNotDelivered) {
  const ExchangeId id = subscribe();
  tell(event(1));
  rig.commit();
  delivered();
  rig.arrive(owner, {rig.state_of(AgreementId("tax-events"), AgreementChange::kSuspend, kOwner)});
  tell(event(2));
  rig.commit();
  EXPECT_EQ(refused_with(), code::agreement_suspended);
  const auto stops = rig.log.of_kind(EntryKind::kStop);
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].id, id);
  EXPECT_EQ(stops[0].verdict, code::agreement_suspended);
  EXPECT_TRUE(rig.acks.at(owner).subscriptions.empty());
  rig.commit();
  EXPECT_TRUE(rig.log.subscriptions.empty());
  tell(event(3));
  rig.commit();
  EXPECT_TRUE(rig.log.spool.empty()) << "kept although nobody may get it";
  EXPECT_EQ(rig.log.of_kind(EntryKind::kEvent).size(), 3U);
  EXPECT_TRUE(delivered().empty());
  rig.arrive(user, {rig.out(range(id, last))});
  EXPECT_EQ(rejected_with(rig.take(user)), code::unknown_subscription);
}

TEST_F(PipelineEvents, ASuspensionStopsASubscriptionWithoutAnyEvent) {
  subscribe();
  rig.arrive(owner, {rig.state_of(AgreementId("tax-events"), AgreementChange::kSuspend, kOwner)});
  rig.commit();
  rig.step(TickEvent{});
  rig.commit();
  EXPECT_EQ(refused_with(), code::agreement_suspended);
}

TEST_F(PipelineEvents, ASubscriberEndsItItself) {
  const ExchangeId id = subscribe();
  tell(event(1));
  rig.commit();
  delivered();
  rig.arrive(user, {rig.out(range(id, last, true))});
  rig.commit();
  EXPECT_EQ(refused_with(), code::unsubscribed);
  EXPECT_EQ(rig.pipeline->subscriptions(), 0U);
  EXPECT_TRUE(rig.log.subscriptions.empty());
}

TEST_F(PipelineEvents, AnOwnerEndsItWithAReason) {
  const ExchangeId id = subscribe();
  schemas::Event stop = event(1);
  stop.content = EventContent::kStop;
  stop.subscription = id;
  stop.period = 0;
  stop.fields.clear();
  stop.rows = 0;
  stop.plaintext = {};
  stop.reason = code::subscription_lost;
  tell(stop, "");
  rig.commit();
  EXPECT_EQ(refused_with(), code::subscription_lost);
  EXPECT_EQ(rig.acks.at(owner).sequence, 1U);
}

TEST_F(PipelineEvents, WhoStaysBehindWhatTheSpoolKeepsIsStoppedAndTheOthersGoOn) {
  const ExchangeId slow = subscribe(), fast = subscribe();
  const std::string large(900'000, 'x');
  std::uint64_t sequence = 0;
  const auto fill = [&] {
    for (;;) {
      tell(event(sequence + 1), large);
      if (rejected_with(rig.take(owner)) == code::busy) return;
      ++sequence;
      rig.commit();
      rig.take(user);
      resume(fast, LogIndex(rig.log.spool.rbegin()->first));
      rig.take(user);
    }
  };
  fill();
  EXPECT_GT(sequence, 10U);
  EXPECT_LE(rig.pipeline->spooled_bytes(), limits::kSpoolOfStreamBytesMax);
  rig.pass(limits::kFellBehindAfter);
  tell(event(sequence + 1), large);
  EXPECT_EQ(rejected_with(rig.take(owner)), code::busy);
  rig.commit();
  EXPECT_EQ(refused_with(), code::fell_behind);
  EXPECT_FALSE(rig.log.subscriptions.contains(slow));
  EXPECT_TRUE(rig.log.subscriptions.contains(fast));
  tell(event(sequence + 1), large);
  rig.commit();
  EXPECT_EQ(rig.acks.at(owner).sequence, sequence + 1);
}

TEST_F(PipelineEvents, WhatIsTooOldIsNotKeptForAnybody) {
  const ExchangeId id = subscribe();
  tell(event(1));
  rig.commit();
  delivered();
  rig.pass(limits::kSpoolLife + seconds(1));
  rig.step(TickEvent{});
  rig.commit();
  EXPECT_EQ(refused_with(), code::fell_behind);
  EXPECT_FALSE(rig.log.subscriptions.contains(id));
  rig.arrive(user, {rig.out(rig.request())});
  rig.commit();
  EXPECT_TRUE(rig.log.spool.empty());
}

TEST_F(PipelineEvents, AnotherViewIsAnotherGrants) {
  start();
  schemas::Request narrow = request();
  narrow.fields = {FieldName("name")};
  rig.arrive(user, {rig.out(narrow)});
  rig.commit();
  schemas::Answer answer = rig.answer(narrow, read<schemas::Grant>(rig.take(owner).at(0)));
  answer.rows = 0;
  answer.view = view;
  rig.arrive(owner, {rig.out(answer)});
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant);
}

}  // namespace
}  // namespace steelyard::broker::testing
