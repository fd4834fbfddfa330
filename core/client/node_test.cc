#include "core/client/node.h"

#include "core/client/node_fixture.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

TEST_F(NodeTest, FoldsWhatTheBrokerPushesAndKeepsIt) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  EXPECT_EQ(node->registry().rows(), world.registry().rows());
  EXPECT_EQ(broker.hello_from, LogIndex{0});
  open_node();
  EXPECT_EQ(node->registry().rows(), world.registry().rows());
  ASSERT_TRUE(until([&] { return node->up(); }));
  EXPECT_EQ(broker.hello_from, LogIndex{broker.statements.size()});
  EXPECT_TRUE(alarms.empty());
}

TEST_F(NodeTest, TakesAStatementBeforeItsPromiseToo) {
  broker.recorded_first = false;
  ASSERT_TRUE(until([&] { return node->up(); }));
  EXPECT_EQ(node->registry().rows(), world.registry().rows());
}

TEST_F(NodeTest, TakesNothingOfAnotherNetwork) {
  auto identity = identity_of(world, MemberId("tax"), broker.router->endpoint(), dir / "other");
  identity.genesis = crypto::random<Digest>();
  auto opened = Node::open(*broker.context, std::move(identity), {.provides = {}, .software = "test"}, clock);
  ASSERT_TRUE(opened.has_value());
  node = std::move(*opened);
  consumer = std::make_unique<Consumer>(*node, receipts.get(), ConsumerOptions{});
  ASSERT_TRUE(until([&] { return !alarms.empty(); }));
  EXPECT_EQ(alarms[0].slug, "wrong-network");
  EXPECT_TRUE(node->registry().empty());
  EXPECT_FALSE(node->up());
}

TEST_F(NodeTest, AStateFolderOfAnotherNetworkIsAnError) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  node.reset();
  auto identity = identity_of(world, MemberId("tax"), broker.router->endpoint(), dir / "state");
  identity.genesis = crypto::random<Digest>();
  const auto opened = Node::open(*broker.context, std::move(identity), {.provides = {}, .software = "test"}, clock);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, schemas::code::config);
  open_node();
}

TEST_F(NodeTest, AlarmsWhereAStatementOfItsOwnDoesNotBearItsSignature) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  // Signed with the message key, which is no office key.
  schemas::Application body{MemberId("tax"), {}};
  const auto drawn = world.draw("tax-forged", body, MemberId("tax"), schemas::Role::kMember);
  const auto forged =
      world.sign(drawn, {{schemas::Role::kMember, MemberId("tax"), &world.keys(MemberId("tax")).message}});
  broker.append(forged);
  const auto& last = broker.statements.back();
  broker.send(
      {broker.recorded(crypto::make_exchange_id(World::kStart), World::kStart + seconds(60), last.digest, last.promise),
       last.message});
  ASSERT_TRUE(until([&] { return !alarms.empty(); }));
  EXPECT_EQ(alarms[0].slug, "statement-not-ours");
  EXPECT_TRUE(*store::exists(alarms[0].evidence_path));
  EXPECT_EQ(node->registry().rows(), world.registry().rows());
}

TEST_F(NodeTest, AlarmsWhereAnotherOfficeKeyIsClaimedForItsMember) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  const MemberId tax("tax");
  const auto push = [&](const exchange::StatementBytes& statement) {
    broker.append(statement);
    const auto& last = broker.statements.back();
    broker.send({broker.recorded(crypto::make_exchange_id(World::kStart), World::kStart + seconds(60), last.digest,
                                 last.promise),
                 last.message});
  };
  const crypto::SigningKey recovery = exchange::testing::member_keys(world.suite(), "offline").office;
  const crypto::SigningKey next = exchange::testing::member_keys(world.suite(), "tax", 1).office;
  schemas::Member body = world.registry().member(tax)->statement;
  const auto listed = [](schemas::KeyUse use, const crypto::PublicKey& key) {
    return schemas::Key{use, static_cast<std::uint8_t>(key.algorithm), key.octets};
  };
  body.keys.push_back(listed(schemas::KeyUse::kRecovery, recovery.public_key()));
  const auto enrolled = world.sign(world.draw("tax", body, World::kRoot, schemas::Role::kRootManager),
                                   {{schemas::Role::kRootManager, World::kRoot}, {schemas::Role::kMember, tax}});
  world.add(enrolled);
  push(enrolled);
  for (schemas::Key& key : body.keys)
    if (key.use == schemas::KeyUse::kOffice) key = listed(schemas::KeyUse::kOffice, next.public_key());
  push(world.sign(world.draw("tax", body, tax, schemas::Role::kRecovery), {{schemas::Role::kRecovery, tax, &recovery},
                                                                           {schemas::Role::kRootManager, World::kRoot},
                                                                           {schemas::Role::kMember, tax, &next}}));
  ASSERT_TRUE(until([&] { return !alarms.empty(); }));
  EXPECT_EQ(alarms[0].slug, "office-key-claimed");
  EXPECT_TRUE(node->registry().member(tax)->claim);
}

using InvariantNode = NodeTest;

// The owner's keys as the broker would have them: the sealing key is its own.
TEST_F(InvariantNode, BrokerBlindASealingKeyThatTheBrokerPushesIsNotBelieved) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  const MemberId owner("civil-affairs");
  const crypto::OpeningKey brokers = crypto::OpeningKey::generate(world.suite());
  schemas::Member body = world.registry().member(owner)->statement;
  for (schemas::Key& key : body.keys)
    if (key.use == schemas::KeyUse::kSeal) key.octets = brokers.public_key().octets;
  const crypto::SigningKey& pen = world.broker().bundle;
  broker.append(world.sign(world.draw(owner.text, body, World::kRoot, schemas::Role::kRootManager),
                           {{schemas::Role::kRootManager, World::kRoot, &pen}, {schemas::Role::kMember, owner, &pen}}));
  const auto& last = broker.statements.back();
  broker.send(
      {broker.recorded(crypto::make_exchange_id(World::kStart), World::kStart + seconds(60), last.digest, last.promise),
       last.message});
  ASSERT_EQ(ask_one().kind, OutcomeKind::kAnswered);  // by one who opens with the owner's key
  EXPECT_EQ(broker.last_payload.behalf.operator_id, "officer-7");
  EXPECT_EQ(node->registry().member(owner)->current(schemas::KeyUse::kSeal)->key, world.keys(owner).seal.public_key());
  EXPECT_EQ(node->registry().rows(), world.registry().rows());
}

TEST_F(NodeTest, OpensANewSessionWhenTheBrokerFallsSilent) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  EXPECT_EQ(node->session(), 1u);
  broker.silent = true;
  ASSERT_TRUE(until([&] { return !node->up(); }, seconds(8)));
  broker.silent = false;
  ASSERT_TRUE(until([&] { return node->up(); }, seconds(8)));
  EXPECT_EQ(node->session(), 2u);
}

TEST_F(NodeTest, AnOwnerThatIsBusySaysWhenToAskAgain) {
  broker.busy_ms = 42'000;
  const Outcome busy = ask_one();
  ASSERT_EQ(busy.kind, OutcomeKind::kAnswered);
  EXPECT_EQ(busy.code, schemas::code::owner_busy);
  EXPECT_EQ(busy.delay_ms, 42'000U);
  broker.busy_ms = 0;
  outcomes.clear();
  EXPECT_EQ(ask_one().delay_ms, 0U);
}

TEST_F(NodeTest, AnExchangeIsAnsweredHandedOverAndProved) {
  broker.withhold = {FieldName("address")};
  const Outcome outcome = ask_one();
  ASSERT_EQ(outcome.kind, OutcomeKind::kAnswered);
  EXPECT_EQ(outcome.withheld, broker.withhold);
  ASSERT_EQ(outcome.rows.columns.size(), 1u);
  EXPECT_EQ(outcome.rows.columns[0].name, FieldName("name"));
  EXPECT_EQ(broker.last_payload.behalf.operator_id, "officer-7");
  ASSERT_TRUE(until([&] { return consumer->unacknowledged() == 0; }));
  auto kept = receipts->get(outcome.id);
  ASSERT_TRUE(kept.has_value() && *kept);
  EXPECT_TRUE((*kept)->acknowledged);
  EXPECT_EQ(broker.handed_over, std::vector<Digest>{(*kept)->answer_digest});
  broker.push_checkpoint();
  ASSERT_TRUE(until([&] { return node->held() == 0; }));
  kept = receipts->get(outcome.id);
  ASSERT_EQ((*kept)->receipts.size(), 3u);
  EXPECT_EQ((*kept)->receipts[0].index, outcome.request_entry);
  EXPECT_EQ((*kept)->receipts[1].index, outcome.closing_entry);
  EXPECT_EQ((*kept)->receipts[2].index, (*kept)->received_entry);
  EXPECT_EQ(*receipts->list(5), std::vector<ExchangeId>{outcome.id});
  EXPECT_FALSE(node->last_checkpoint().empty());
  EXPECT_TRUE(alarms.empty());
}

// The owner was shown another log, at a size that its user never sees; the answer carries what the owner holds.
TEST_F(NodeTest, ABrokerThatShowsTwoLogsIsFoundOutByAnExchange) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  TestLog other = broker.log;
  other.leaves.back() = crypto::random<Digest>();
  broker.owners_checkpoint = other.checkpoint(world.broker().log);
  ASSERT_EQ(ask_one().kind, OutcomeKind::kAnswered);
  broker.push_checkpoint();
  ASSERT_TRUE(until([&] { return !alarms.empty(); }));
  EXPECT_EQ(alarms[0].slug, "log-contradicts");
  const auto evidence = store::read_file(alarms[0].evidence_path, 64 * 1024);
  ASSERT_TRUE(evidence.has_value());
  EXPECT_NE(as_text(*evidence).find(broker.owners_checkpoint), std::string_view::npos);
  EXPECT_NE(as_text(*evidence).find(node->last_checkpoint()), std::string_view::npos);
  EXPECT_FALSE(failed) << "its own view of the log is in order";
}

TEST_F(NodeTest, ARestartedOneFinishesWhatTheLastProcessKept) {
  const Outcome outcome = ask_one();
  ASSERT_EQ(outcome.kind, OutcomeKind::kAnswered);
  broker.handed_over.clear();
  auto kept = receipts->get(outcome.id);
  ASSERT_TRUE(kept.has_value() && *kept);
  ASSERT_FALSE((*kept)->acknowledged);
  ASSERT_TRUE((*kept)->receipts.empty());
  open_node();  // with what the receipt store says, and nothing in memory
  ASSERT_TRUE(until([&] { return broker.handed_over.size() == 1 && consumer->unacknowledged() == 0; }));
  EXPECT_EQ(broker.handed_over.front(), (*kept)->answer_digest);
  broker.push_checkpoint();
  ASSERT_TRUE(until([&] { return node->held() == 0; }));
  kept = receipts->get(outcome.id);
  EXPECT_TRUE((*kept)->acknowledged);
  EXPECT_EQ((*kept)->receipts.size(), 3u);
  EXPECT_TRUE(receipts->unfinished(10)->empty());
  EXPECT_TRUE(alarms.empty());
}

TEST_F(NodeTest, AnAnswerThatTheBrokerKeepsNoMoreIsNotHandedOver) {
  const Outcome outcome = ask_one();
  ASSERT_EQ(outcome.kind, OutcomeKind::kAnswered);
  broker.handed_over.clear();
  node.reset();
  clock.ahead = limits::kLifeMax + limits::kSkew;
  open_node();
  ASSERT_TRUE(until([&] { return node->up() && consumer->unacknowledged() == 0; }));
  EXPECT_TRUE(broker.handed_over.empty());
  EXPECT_TRUE(alarms.empty());
}

TEST_F(NodeTest, WhereTheBrokerKnowsSomeAnswersTheyAreHandedOverByThemselves) {
  std::vector<Digest> answers;
  broker.records_hand_overs = false;
  for (int i = 0; i < 3; ++i) {
    outcomes.clear();
    const Outcome outcome = ask_one();
    ASSERT_EQ(outcome.kind, OutcomeKind::kAnswered);
    answers.push_back((*receipts->get(outcome.id))->answer_digest);
  }
  broker.records_hand_overs = true;
  broker.unknown_answers = {answers[1]};
  node.reset();
  open_node();
  ASSERT_TRUE(until([&] { return broker.handed_over.size() == 2 && consumer->unacknowledged() == 0; }));
  EXPECT_EQ(std::set<Digest>(broker.handed_over.begin(), broker.handed_over.end()), (std::set{answers[0], answers[2]}));
  ASSERT_EQ(alarms.size(), 1u);  // its time is not past: something is wrong
  EXPECT_EQ(alarms[0].slug, "hand-over-rejected");
}

class SecondSuiteNodeTest : public NodeTest {
 protected:
  SecondSuiteNodeTest() : NodeTest(crypto::SuiteId::kTestSecond) {}
};

TEST_F(SecondSuiteNodeTest, AnExchangeIsAnsweredAndProved) {
  EXPECT_EQ(ask_one().kind, OutcomeKind::kAnswered);
  ASSERT_TRUE(until([&] { return consumer->unacknowledged() == 0; }));
  broker.push_checkpoint();
  ASSERT_TRUE(until([&] { return node->held() == 0; }));
  EXPECT_EQ((*receipts->get(outcomes[0].id))->receipts.size(), 3u);
}

TEST_F(NodeTest, ManyExchangesShareFrames) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  const auto frames = node->counters().signatures;
  // Within the second after which a request is repeated: the test's broker answers each repeat anew.
  constexpr std::size_t kMany = 200 / kPatience;
  for (std::size_t i = 0; i < kMany; ++i) ASSERT_TRUE(consumer->ask(query()).has_value());
  ASSERT_TRUE(until([&] { return outcomes.size() == kMany; }, seconds(20)));
  for (const auto& outcome : outcomes) EXPECT_EQ(outcome.kind, OutcomeKind::kAnswered);
  EXPECT_LT(node->counters().signatures - frames, kMany / 2);
  EXPECT_EQ(consumer->open(), 0u);
}

TEST_F(NodeTest, ARefusalIsTakenWithItsReason) {
  broker.refuse = schemas::code::purpose_not_agreed;
  const Outcome outcome = ask_one();
  EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
  EXPECT_EQ(outcome.code, schemas::code::purpose_not_agreed);
  EXPECT_EQ(consumer->unacknowledged(), 0u);
  EXPECT_TRUE((*receipts->get(outcome.id))->answer.empty());
}

TEST_F(NodeTest, AVerifyIsAnsweredByOneTruthForEachClaim) {
  Query asked = query();
  asked.action = schemas::Action::kVerify;
  asked.fields.clear();
  const auto claim = [](const char* field) {
    return schemas::Parameter{FieldName(field), schemas::Compare::kEq, {std::string("secret-claim")}};
  };
  asked.claims = {claim("name"), claim("address"), claim("name")};
  broker.truths = {exchange::Truth::kTrue, exchange::Truth::kUnknown, exchange::Truth::kFalse};
  ASSERT_TRUE(until([&] { return node->up(); }));
  ASSERT_TRUE(consumer->ask(asked));
  ASSERT_TRUE(until([&] { return outcomes.size() == 1; }));
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kAnswered);
  EXPECT_EQ(outcomes[0].truths, broker.truths);
  EXPECT_TRUE(outcomes[0].rows.columns.empty());
  EXPECT_EQ(outcomes[0].rows.count, 0u);
  EXPECT_EQ(outcomes[0].answer->fields, (std::vector<FieldName>{FieldName("name"), FieldName("address")}));
  EXPECT_EQ(broker.last_payload.parameters.size(), 4u);  // sealed, the key's with them

  broker.truths.pop_back();
  ASSERT_TRUE(consumer->ask(asked));
  ASSERT_TRUE(until([&] { return outcomes.size() == 2; }));
  EXPECT_EQ(outcomes[1].kind, OutcomeKind::kRejected);
  EXPECT_EQ(outcomes[1].code, schemas::code::answer_outside_grant);
  EXPECT_TRUE(outcomes[1].truths.empty());
}

TEST_F(NodeTest, AClaimIsMadeOfAnotherFieldThanTheOneThatSelectsTheRecord) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  Query asked = query();
  asked.action = schemas::Action::kVerify;
  asked.fields.clear();
  const auto refused = [&] {
    const auto id = consumer->ask(asked);
    return !id && id.error().code == schemas::code::usage;
  };
  EXPECT_TRUE(refused());  // no claim
  asked.claims = {{FieldName("id_number"), schemas::Compare::kEq, {std::string("x")}}};
  EXPECT_TRUE(refused());
  asked.claims = {{FieldName("name"), schemas::Compare::kEq, {std::string("x")}}};
  EXPECT_FALSE(refused());
  asked.claims.resize(limits::kConditionsMax, asked.claims[0]);
  EXPECT_TRUE(refused());  // the key's condition is one too many
  asked.claims.resize(1);
  asked.parameters.clear();
  EXPECT_TRUE(refused());  // of which record?
  asked = query();
  asked.claims = {{FieldName("address"), schemas::Compare::kEq, {std::string("x")}}};
  EXPECT_TRUE(refused());  // a query makes none
}

TEST_F(NodeTest, SurplusFieldsInTheContentAreReported) {
  broker.surplus = true;
  const Outcome outcome = ask_one();
  EXPECT_EQ(outcome.kind, OutcomeKind::kRejected);
  EXPECT_EQ(outcome.code, schemas::code::answer_outside_grant);
  EXPECT_TRUE(outcome.rows.columns.empty());
  ASSERT_FALSE(alarms.empty());
  EXPECT_EQ(alarms[0].slug, "answer-outside-grant");
  EXPECT_EQ(consumer->unacknowledged(), 0u);
}

TEST_F(NodeTest, AnAnswerToOtherBytesIsNotGivenOut) {
  broker.wrong_request = true;
  const Outcome outcome = ask_one();
  EXPECT_EQ(outcome.kind, OutcomeKind::kRejected);
  EXPECT_EQ(outcome.code, schemas::code::unexpected_answer);
}

TEST_F(NodeTest, AnAnswerThatItsOwnerDidNotSignIsNotEvenSeen) {
  broker.forger = MemberId("tax");
  ASSERT_TRUE(until([&] { return node->up(); }));
  auto asked = query();
  asked.life = milliseconds(1'500);
  ASSERT_TRUE(consumer->ask(asked).has_value());
  ASSERT_TRUE(until([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kTimedOut);
  EXPECT_GT(node->counters().rejected_frames, 0u);
}

TEST_F(NodeTest, ARequestWithoutAnswerIsRepeatedWithTheSameBytes) {
  broker.lose = 2;
  const Outcome outcome = ask_one();
  EXPECT_EQ(outcome.kind, OutcomeKind::kAnswered);
  EXPECT_EQ(broker.requests, std::vector<Digest>(3, broker.requests[0]));
}

TEST_F(NodeTest, AnAnswerThatWaitsForItsRecordHoldsNoFrame) {
  broker.records_later = true;
  ASSERT_TRUE(until([&] { return node->up(); }));
  ASSERT_TRUE(consumer->ask(query()).has_value());
  ASSERT_TRUE(until([&] { return !answer_frames.empty(); }));
  for (const auto& frame : answer_frames) EXPECT_TRUE(frame.expired());
  EXPECT_TRUE(outcomes.empty());
  broker.send(broker.later);
  ASSERT_TRUE(until([&] { return !outcomes.empty(); }));
  EXPECT_EQ(outcomes[0].kind, OutcomeKind::kAnswered);
  EXPECT_EQ(outcomes[0].rows.count, 1u);
}

TEST_F(NodeTest, AskingWhileTheBrokerIsAwayIsAnError) {
  const auto asked = consumer->ask(query());
  ASSERT_FALSE(asked.has_value());
  EXPECT_EQ(asked.error().code, schemas::code::broker_away);
}

TEST_F(NodeTest, ALogThatRewritesItsPastStopsTheNode) {
  ASSERT_TRUE(until([&] { return node->up(); }));
  broker.push_checkpoint();
  ASSERT_TRUE(until([&] { return !node->last_checkpoint().empty(); }));
  broker.log.leaves[1] = crypto::random<Digest>();
  broker.log.leaves.push_back(crypto::random<Digest>());
  broker.push_checkpoint();
  ASSERT_TRUE(until([&] { return failed.has_value(); }));
  EXPECT_EQ(failed->kind, ErrorKind::kStop);
  EXPECT_EQ(failed->code, schemas::code::head_contradicts);
}

}  // namespace
}  // namespace steelyard::client
