#include "adapters/provider.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "adapters/provider_desk.h"
#include "core/exchange/answer_check.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using schemas::AnswerStatus;

exchange::Granted granted_of(const ProviderDesk& desk, const Asked& asked) {
  exchange::Granted granted;
  granted.request = asked.digest;
  granted.entry = exchange::entry_commitment(desk.world.suite(), asked.grant.salt, asked.grant.body);
  granted.user = desk.user;
  granted.owner = desk.owner;
  granted.id = asked.request.head.id;
  granted.expires = asked.request.head.expires;
  granted.reply_key = desk.reply_key.id();
  granted.fields = asked.grant.fields;
  granted.rows_max = asked.grant.rows_max;
  return granted;
}

TEST(Provider, AnswersWithTheGrantedFieldsOnly) {
  ProviderDesk desk;
  const Asked asked = desk.ask();
  ASSERT_TRUE(desk.serve(asked));
  ASSERT_EQ(desk.bus.sent.size(), 1u) << (desk.said.empty() ? "" : desk.said.back());
  const schemas::Answer answer = desk.answer(0);
  const schemas::AnswerPayload payload = desk.open(0);
  const auto in_clear = exchange::check_answer(answer, desk.owner, granted_of(desk, asked));
  EXPECT_TRUE(in_clear) << in_clear.error().what;
  const auto content = exchange::check_content(payload, answer, granted_of(desk, asked));
  EXPECT_TRUE(content) << content.error().what;
  EXPECT_EQ(answer.status, AnswerStatus::kComplete);
  EXPECT_FALSE(answer.as_of);
  ASSERT_EQ(payload.rows.columns.size(), 2u);
  EXPECT_EQ(payload.rows.columns[0].values[0], schemas::Value(std::string("name-1")));
  EXPECT_EQ(payload.rows.columns[1].values[0], schemas::Value(std::string("address-1")));
  EXPECT_EQ(desk.bus.held.size(), 1u);
}

TEST(Provider, TheLedgerSaysWhoGotWhatOfWhomAndForWhom) {
  ProviderDesk desk;
  const Asked asked = desk.ask();
  ASSERT_TRUE(desk.serve(asked));
  const schemas::Answer answer = desk.answer(0);
  EXPECT_EQ(answer.ledger_size, 1u);
  EXPECT_EQ(answer.ledger_head, desk.ledger->head().head);
  const Digest subject = hash_of_key(desk.ledger->secret(), asked.request.dataset, std::string("id-1"));
  desk.stop();
  std::vector<VerifiedRecord> seen;
  const auto head = verify_ledger(
      desk.dir / "state",
      [](const VerifiedRecord& record, void* to) { static_cast<std::vector<VerifiedRecord>*>(to)->push_back(record); },
      &seen);
  ASSERT_TRUE(head) << head.error().what;
  EXPECT_EQ(head->head, answer.ledger_head);
  ASSERT_EQ(seen.size(), 1u);
  const LedgerRecord& record = seen[0].record;
  EXPECT_EQ(record.user, desk.user);
  EXPECT_EQ(record.operator_id, "clerk-17");
  EXPECT_EQ(record.plaintext, answer.plaintext);
  EXPECT_EQ(record.returned, asked.entry.returned);
  EXPECT_EQ(seen[0].key_hashes, std::vector<Digest>{subject});  // though the key itself was not granted
}

TEST(Provider, OneStepIsOneCommit) {
  ProviderDesk desk;
  std::vector<client::Incoming> step;
  for (int i = 0; i < 20; ++i)
    for (auto& message : desk.incoming(desk.ask())) step.push_back(std::move(message));
  const auto commits = desk.ledger->commits();
  ASSERT_TRUE(desk.provider->serve(step, desk.bus));
  EXPECT_EQ(desk.bus.sent.size(), 20u);
  EXPECT_EQ(desk.ledger->commits(), commits + 1);
  EXPECT_EQ(desk.answer(19).ledger_size, 20u);
}

TEST(Provider, AGrantMayComeLongBeforeItsRequestAndHoldsNoFrame) {
  ProviderDesk desk;
  std::vector<Asked> asked;
  std::vector<client::Incoming> grants;
  std::vector<client::Incoming> requests;
  for (int i = 0; i < 3; ++i) {
    asked.push_back(desk.ask());
    auto both = desk.incoming(asked.back());
    grants.push_back(std::move(both[0]));
    requests.push_back(std::move(both[1]));
  }
  std::vector<std::weak_ptr<const void>> frames;
  for (const auto& grant : grants) frames.push_back(grant.octets);
  ASSERT_TRUE(desk.provider->serve(grants, desk.bus));
  grants.clear();
  for (const auto& frame : frames) EXPECT_TRUE(frame.expired());
  ASSERT_TRUE(desk.provider->serve(requests, desk.bus));
  ASSERT_EQ(desk.bus.sent.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(desk.answer(i).request, asked[i].digest);
}

TEST(Provider, ARepeatGetsTheSameBytes) {
  ProviderDesk desk;
  const Asked asked = desk.ask();
  ASSERT_TRUE(desk.serve(asked));
  ASSERT_TRUE(desk.serve(asked));
  ASSERT_EQ(desk.bus.sent.size(), 2u);
  EXPECT_EQ(*desk.bus.sent[0].envelope, *desk.bus.sent[1].envelope);
  EXPECT_EQ(*desk.bus.sent[0].payload, *desk.bus.sent[1].payload);
  EXPECT_EQ(desk.reads, 1);
}

TEST(Provider, AGrantBeyondTheOwnersAgreementIsRefusedWithEvidence) {
  ProviderDesk desk;
  schemas::Request request = desk.request();
  request.fields.push_back(FieldName("head"));  // in the dataset, not in the agreement
  ASSERT_TRUE(desk.serve(desk.ask(std::move(request), desk.payload())));
  EXPECT_EQ(desk.rejection(0), code::grant_outside_agreement);
  EXPECT_EQ(desk.reads, 0);
  EXPECT_EQ(desk.alarms.counts().at("grant-outside-agreement"), 1u);
  EXPECT_FALSE(std::filesystem::is_empty(desk.dir / "state/alarms"));
  EXPECT_EQ(desk.ledger->head().size, 0u);
}

TEST(Provider, AConditionBeyondTheOwnersAgreementIsRefused) {
  ProviderDesk desk;
  schemas::Request request = desk.request();
  request.conditions = {FieldName("head")};
  schemas::RequestPayload payload = desk.payload();
  payload.parameters[0].field = FieldName("head");
  ASSERT_TRUE(desk.serve(desk.ask(std::move(request), std::move(payload))));
  EXPECT_EQ(desk.rejection(0), code::grant_outside_agreement);
  EXPECT_EQ(desk.reads, 0);
}

TEST(Provider, AGrantNamesItsRequestOrIsNone) {
  ProviderDesk desk;
  const Asked one = desk.ask(), other = desk.ask();
  auto mixed = desk.incoming(other);
  mixed[1] = desk.incoming(one)[1];
  ASSERT_TRUE(desk.provider->serve(mixed, desk.bus));
  EXPECT_EQ(desk.rejection(0), code::grant_outside_agreement);
  Asked of_another_entry = desk.ask();
  of_another_entry.entry.digest = one.digest;
  desk.grant_anew(of_another_entry);
  ASSERT_TRUE(desk.serve(of_another_entry));
  EXPECT_EQ(desk.rejection(1), code::verification_failed);
  EXPECT_EQ(desk.reads, 0);
}

TEST(Provider, AGrantThatNoBrokerSignedIsNone) {
  ProviderDesk desk;
  auto messages = desk.incoming(desk.ask());
  messages[0].by_broker = false;
  ASSERT_TRUE(desk.provider->serve(messages, desk.bus));
  EXPECT_EQ(desk.rejection(0), code::grant_outside_agreement);
}

// A broker may sign whatever it likes. One bit of every octet of a grant, flipped before it was signed: the owner says
// no, or what it would have said of the honest one.
TEST(Provider, NoBitOfAGrantTakesMoreThanTheAgreementGives) {
  ProviderDesk desk;
  const std::size_t size = desk.incoming(desk.ask())[0].envelope.size();
  std::size_t answered = 0, refused = 0;
  for (std::size_t at = 0; at < size; ++at) {
    SCOPED_TRACE("octet " + std::to_string(at));
    const Asked asked = desk.ask();
    auto messages = desk.incoming(asked);
    ASSERT_EQ(messages[0].envelope.size(), size);
    Bytes bent = to_bytes(messages[0].envelope);
    bent[at] ^= static_cast<std::uint8_t>(1 << at % 8);
    messages[0].hold(std::move(bent), to_bytes(messages[0].payload));
    desk.bus.sent.clear();
    ASSERT_TRUE(desk.provider->serve(messages, desk.bus));
    ASSERT_EQ(desk.bus.sent.size(), 1u);
    if (desk.bus.sent[0].kind != schemas::MessageKind::kAnswer) {
      ++refused;
      continue;
    }
    ++answered;
    EXPECT_EQ(desk.answer(0).fields, asked.grant.fields);
    EXPECT_EQ(desk.answer(0).rows, 1u);
  }
  EXPECT_EQ(desk.ledger->head().size, answered);
  EXPECT_GT(refused, size / 2);  // the rest is salt, padding, and names that nothing here rests on
}

TEST(Provider, WhatTheOwnerStoppedItselfIsStoppedOnSight) {
  ProviderDesk desk;
  ASSERT_TRUE(desk.serve(desk.ask()));
  std::filesystem::create_directory(desk.dir / "state/suspended");
  std::ofstream(desk.dir / "state/suspended/tax-household").put('\n');
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.rejection(1), code::withdrawn_locally);
  EXPECT_EQ(desk.reads, 1);
  std::filesystem::remove(desk.dir / "state/suspended/tax-household");
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.bus.sent.at(2).kind, schemas::MessageKind::kAnswer);
}

TEST(Provider, APayloadTakenFromAnotherRequestDoesNotOpen) {
  ProviderDesk desk;
  const Asked victim = desk.ask();
  Asked thief = desk.ask();
  thief.sealed = victim.sealed;
  thief.digest =
      exchange::message_digest(desk.world.suite(), schemas::MessageKind::kRequest, thief.envelope, thief.sealed);
  thief.entry.digest = thief.digest;
  desk.grant_anew(thief);
  ASSERT_TRUE(desk.serve(thief));
  EXPECT_EQ(desk.rejection(0), code::verification_failed);
  EXPECT_EQ(desk.reads, 0);
}

TEST(Provider, ParametersTestWhatTheEnvelopeSaysAndNothingElse) {
  ProviderDesk desk;
  schemas::RequestPayload payload = desk.payload();
  payload.parameters[0].field = FieldName("head");
  ASSERT_TRUE(desk.serve(desk.ask(desk.request(), std::move(payload))));
  EXPECT_EQ(desk.rejection(0), code::verification_failed);
  EXPECT_EQ(desk.reads, 0);
}

TEST(Provider, TheCheckpointThatARequestCarriesIsHeldAgainstOurs) {
  ProviderDesk desk;
  schemas::RequestPayload payload = desk.payload();
  payload.checkpoint = to_bytes(as_bytes("a note of the user's"));
  ASSERT_TRUE(desk.serve(desk.ask(desk.request(), payload)));
  ASSERT_EQ(desk.bus.compared.size(), 1u);
  EXPECT_EQ(as_text(desk.bus.compared[0].first), "a note of the user's");
  EXPECT_EQ(desk.bus.compared[0].second, desk.user);
  EXPECT_EQ(desk.bus.sent.size(), 1u);  // answered whatever it says
}

TEST(Provider, BehalfIsTheOneThatTheEnvelopeCommitsTo) {
  ProviderDesk desk;
  Asked asked = desk.ask();
  asked.payload.behalf.operator_id = "somebody-else";
  desk.seal(asked);
  ASSERT_TRUE(desk.serve(asked));
  EXPECT_EQ(desk.rejection(0), code::verification_failed);
}

TEST(Provider, AnExpiredRequestIsNotRead) {
  ProviderDesk desk;
  const Asked asked = desk.ask();
  desk.clock.now = asked.request.head.expires + limits::kSkew + milliseconds(1);
  ASSERT_TRUE(desk.serve(asked));
  EXPECT_EQ(desk.rejection(0), code::stale);
  EXPECT_EQ(desk.reads, 0);
}

TEST(Provider, ARequestToAnotherOrInAnothersNameIsNotRead) {
  ProviderDesk desk;
  schemas::Request request = desk.request();
  request.head.recipient = MemberId("data-bureau");
  ASSERT_TRUE(desk.serve(desk.ask(std::move(request), desk.payload())));
  EXPECT_EQ(desk.rejection(0), code::wrong_recipient);
  auto messages = desk.incoming(desk.ask());
  messages[1].author = MemberId("data-bureau");
  ASSERT_TRUE(desk.provider->serve(messages, desk.bus));
  EXPECT_EQ(desk.rejection(1), code::author_not_session);
  EXPECT_EQ(desk.reads, 0);
}

TEST(Provider, ASourceThatIsAwayIsARecordedNo) {
  ProviderDesk desk;
  desk.fault = schemas::error_of(code::owner_unavailable, "the file is gone");
  const Asked asked = desk.ask();
  ASSERT_TRUE(desk.serve(asked));
  const schemas::Answer answer = desk.answer(0);
  EXPECT_EQ(answer.status, AnswerStatus::kNo);
  EXPECT_EQ(answer.reason, code::owner_unavailable);
  EXPECT_EQ(answer.rows, 0u);
  EXPECT_TRUE(exchange::check_answer(answer, desk.owner, granted_of(desk, asked)));
  EXPECT_TRUE(exchange::check_content(desk.open(0), answer, granted_of(desk, asked)));
  EXPECT_EQ(desk.ledger->synced_size(), 1u);
  desk.fault.reset();
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(1).status, AnswerStatus::kComplete);
}

TEST(Provider, ASourceFailsFromItsFirstFailedReadToTheNextGoodOne) {
  ProviderDesk desk;
  const auto state = [&] { return desk.provider->sources().at(DatasetId("civil-affairs/household")); };
  EXPECT_FALSE(state().newest);
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(state().reads, 1u);
  EXPECT_FALSE(state().failing());
  desk.fault = schemas::error_of(code::owner_unavailable, "the file is gone");
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(state().reason, code::owner_unavailable);
  EXPECT_EQ(state().why, desk.fault->what);
  EXPECT_EQ(state().failed.at(code::owner_unavailable), 1u);
  desk.fault = schemas::error_of(code::parameter_type, "`members` is no text");
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_TRUE(state().failing()) << "the asker's mistake says nothing about the source";
  desk.fault.reset();
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_FALSE(state().failing());
  EXPECT_EQ(state().why, "");
  EXPECT_EQ(state().reads, 4u);
  EXPECT_EQ(state().failed.size(), 1u);
}

TEST(Provider, APausedSourceIsBusyFromTheNextRequestOn) {
  ProviderDesk desk;
  const auto state = [&] { return desk.provider->sources().at(DatasetId("civil-affairs/household")); };
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(state().holding, "");
  std::filesystem::create_directory(desk.dir / "state/paused");
  std::ofstream(desk.dir / "state/paused/household").put('\n');
  const Asked asked = desk.ask();
  ASSERT_TRUE(desk.serve(asked));
  const schemas::Answer busy = desk.answer(1);
  EXPECT_EQ(busy.status, AnswerStatus::kNo);
  EXPECT_EQ(busy.reason, code::owner_busy);
  EXPECT_EQ(busy.delay_ms, 0U) << "nobody knows when a pause ends";
  EXPECT_TRUE(exchange::check_answer(busy, desk.owner, granted_of(desk, asked)));
  EXPECT_EQ(desk.reads, 1) << "the source is left alone";
  EXPECT_EQ(state().holding, "paused");
  EXPECT_FALSE(state().failing());
  EXPECT_EQ(desk.alarms.total(), 0u) << "the owner's own word is no alarm";
  std::filesystem::remove(desk.dir / "state/paused/household");
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(2).status, AnswerStatus::kComplete);
  EXPECT_EQ(state().held_back, (std::map<std::string_view, std::uint64_t>{{"paused", 1}}));
}

TEST(Provider, WhatStandsAmongThePausesAndNamesNoDatasetStopsIt) {
  ProviderDesk desk;
  std::filesystem::create_directories(desk.dir / "state/paused");
  std::ofstream(desk.dir / "state/paused/House Hold").put('\n');
  const Status served = desk.serve(desk.ask());
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind, ErrorKind::kStop);
}

TEST(Provider, ASourceAtItsLimitIsBusyUntilTheMinuteIsPast) {
  ProviderDesk desk;
  desk.limits.rows_a_minute = 2;
  desk.start();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(1).status, AnswerStatus::kComplete);
  EXPECT_EQ(desk.answer(2).reason, code::owner_busy);
  EXPECT_EQ(desk.reads, 2);
  EXPECT_EQ(desk.provider->sources().begin()->second.holding, "rows");
  const std::uint32_t delay_ms = desk.answer(2).delay_ms;
  EXPECT_GT(delay_ms, 59'000U);
  EXPECT_LE(delay_ms, 60'000U);
  desk.clock.now = desk.clock.now + milliseconds(delay_ms - 1);
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(3).reason, code::owner_busy);
  EXPECT_EQ(desk.answer(3).delay_ms, 1U);
  desk.clock.now = desk.clock.now + milliseconds(1);
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(4).status, AnswerStatus::kComplete);
  EXPECT_EQ(desk.answer(4).delay_ms, 0U);
}

TEST(Provider, ASourceOutsideItsHoursSaysWhenTheyBegin) {
  ProviderDesk desk;
  const Duration day = minutes(24 * 60);
  const auto minute = static_cast<int>(desk.clock.now.us % day.us / minutes(1).us);
  desk.limits.hours = HoursOfDay{(minute + 120) % (24 * 60), (minute + 180) % (24 * 60), Duration{}};
  desk.start();
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(0).reason, code::owner_busy);
  EXPECT_GT(desk.answer(0).delay_ms, 119U * 60'000U);
  EXPECT_LE(desk.answer(0).delay_ms, 120U * 60'000U);
}

TEST(Provider, RejectionsAreCountedByReason) {
  ProviderDesk desk;
  schemas::Request request = desk.request();
  request.fields.push_back(FieldName("head"));  // in the dataset, not in the agreement
  ASSERT_TRUE(desk.serve(desk.ask(std::move(request), desk.payload())));
  EXPECT_EQ(desk.provider->counters().rejected,
            (std::map<ErrorCode, std::uint64_t>{{code::grant_outside_agreement, 1}}));
}

TEST(Provider, CappedAndStaleAreSaid) {
  ProviderDesk desk;
  schemas::Request request = desk.request();
  request.conditions.clear();
  schemas::RequestPayload payload = desk.payload();
  payload.parameters.clear();
  Asked asked = desk.ask(request, payload);
  asked.grant.rows_max = 2;
  desk.grant_anew(asked);
  ASSERT_TRUE(desk.serve(asked));
  EXPECT_EQ(desk.answer(0).status, AnswerStatus::kCapped);
  EXPECT_EQ(desk.answer(0).rows, 2u);
  desk.as_of = desk.clock.now - minutes(25 * 60);  // the catalogue says daily
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(1).status, AnswerStatus::kStale);
  EXPECT_EQ(desk.answer(1).as_of, desk.as_of);
}

// Databases have such dates for "nobody knows". The answer could not be decoded by anyone.
TEST(Provider, DataOfBefore1970IsStaleAndItsTimeUnknown) {
  ProviderDesk desk;
  desk.as_of = Instant{-1};
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.answer(0).status, AnswerStatus::kStale);
  EXPECT_FALSE(desk.answer(0).as_of);
}

#ifdef STEELYARD_TEST_HOOKS

TEST(Provider, AfterACrashBetweenLedgerAndAnswerTheRequestIsGone) {
  ProviderDesk desk;
  LedgerOptions options;
  options.faults = std::make_shared<store::FaultPlan>();
  desk.start(options);
  const Asked asked = desk.ask();
  options.faults->failed_commit_persists = true;
  options.faults->fail_commit = 1;
  const Status served = desk.serve(asked);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind, ErrorKind::kStop);
  EXPECT_TRUE(desk.bus.sent.empty());
  desk.start();
  ASSERT_TRUE(desk.serve(asked));
  EXPECT_EQ(desk.rejection(0), code::gone);
  EXPECT_EQ(desk.reads, 1);
  EXPECT_EQ(desk.ledger->synced_size(), 1u);
}

TEST(Provider, AfterACrashBeforeTheLedgerTheRequestIsExecutedAnew) {
  ProviderDesk desk;
  LedgerOptions options;
  options.faults = std::make_shared<store::FaultPlan>();
  desk.start(options);
  const Asked asked = desk.ask();
  options.faults->fail_commit = 1;
  ASSERT_FALSE(desk.serve(asked));
  EXPECT_TRUE(desk.bus.sent.empty());
  desk.start();
  ASSERT_TRUE(desk.serve(asked));
  EXPECT_EQ(desk.answer(0).ledger_size, 1u);
}

#endif

TEST(Invariant, LedgerBeforeAnswerNothingLeavesBeforeItsRecordIsSynced) {
  ProviderDesk desk;
  int sent = 0;
  desk.bus.on_send = [&](const exchange::OutMessage& message) {
    ++sent;
    EXPECT_LE(schemas::decode<schemas::Answer>(*message.envelope)->ledger_size, desk.ledger->synced_size());
  };
  const Asked asked = desk.ask();
  std::vector<client::Incoming> step = desk.incoming(asked);
  for (auto& message : desk.incoming(desk.ask())) step.push_back(std::move(message));
  for (auto& message : desk.incoming(asked)) step.push_back(std::move(message));  // a repeat waits, too
  ASSERT_TRUE(desk.provider->serve(step, desk.bus));
  EXPECT_EQ(sent, 3);
}

TEST(Invariant, OnceAtTheOwnerARequestIsExecutedOnceAcrossRestarts) {
  ProviderDesk desk;
  const Asked asked = desk.ask();
  std::vector<client::Incoming> step = desk.incoming(asked);
  for (auto& message : desk.incoming(asked)) step.push_back(std::move(message));
  ASSERT_TRUE(desk.provider->serve(step, desk.bus));
  EXPECT_EQ(desk.reads, 1);
  desk.start();
  ASSERT_TRUE(desk.serve(asked));
  EXPECT_EQ(desk.reads, 1);
  EXPECT_EQ(desk.rejection(2), code::gone);
  EXPECT_EQ(desk.ledger->synced_size(), 1u);
}

}  // namespace
}  // namespace steelyard::adapters
