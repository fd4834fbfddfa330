// The publisher over a real SQLite file with an outbox, a registry in memory and a broker that the test plays.
#include "adapters/publisher.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <filesystem>
#include <fstream>
#include <set>

#include "adapters/limited_source.h"
#include "adapters/provider_desk.h"
#include "adapters/sqlite/outbox.h"
#include "adapters/sqlite/sqlite_source.h"
#include "adapters/sqlite/test_database.h"
#include "core/exchange/gate.h"

namespace steelyard::adapters {
namespace {

using schemas::EventContent;
using schemas::RowOp;

const DatasetId kHousehold{"civil-affairs/household"};

// A subscription as its reader knows it.
struct ReaderModel {
  schemas::Request request;
  AgreementId agreement;
  crypto::OpeningKey reply;
  ExchangeId view;
  std::optional<crypto::SecretBytes> key;
  std::map<std::string, std::string> rows;  // by row key: its name
  std::vector<std::uint64_t> sequences;     // of what it opened
};

class PublisherTest : public ::testing::Test {
 protected:
  PublisherTest() {
    for (const char* agreement : {"tax-events", "tax-narrow"}) {
      schemas::Agreement terms = world.agreement(AgreementId(agreement), user, kHousehold,
                                                 {"name", "address", "id_number"}, DutyId("tax-deduction"));
      terms.actions = {schemas::Action::kSubscribe};
      world.add_agreement(terms);
    }
    schemas::Agreement masked =
        world.agreement(AgreementId("tax-masked"), user, kHousehold, {"name", "address"}, DutyId("tax-deduction"));
    masked.actions = {schemas::Action::kSubscribe};
    masked.masks = {{FieldName("name"), "keep-first-1"}};
    masked.row_filter = "context.row has address && context.row.address == \"x\"";
    world.add_agreement(masked);
    schemas::Agreement counted =
        world.agreement(AgreementId("tax-counted"), user, kHousehold, {"name"}, DutyId("tax-deduction"));
    counted.actions = {schemas::Action::kSubscribe};
    counted.rows_per_day = 100;
    world.add_agreement(counted);
    write_database(path(),
                   "CREATE TABLE household (id_number TEXT PRIMARY KEY, name TEXT, address TEXT);"
                   "INSERT INTO household VALUES ('id-1', 'a', 'x'), ('id-2', 'b', 'y')");
    map.dataset = kHousehold;
    map.path = path();
    map.table = "household";
    map.key = FieldName("id_number");
    for (const char* name : {"id_number", "name", "address"})
      map.fields.push_back({FieldName(name), name, schemas::ValueType::kString});
    write_database(path(), *outbox_sql(map));
    source = std::make_unique<SqliteSource>(map, clock);
    start();
  }

  std::string path() const { return dir / "city.sqlite"; }
  void sql(const std::string& text) { write_database(path(), text); }

  // A new process over the same state.
  void start() {
    publisher.reset();
    ledger.reset();
    auto opened = Ledger::open(dir / "state", clock);
    ASSERT_TRUE(opened);
    ledger = std::move(*opened);
    PublisherOptions options;
    options.member = owner;
    options.message_key = message_key;
    auto made = Publisher::open(std::move(options), dir / "state", {{kHousehold, source.get()}}, *ledger, suspensions,
                                alarms, clock);
    ASSERT_TRUE(made) << made.error().what;
    publisher = std::move(*made);
    ++session;
    bus.sent.clear();
  }

  // Granted and begun at the owner; the broker has not confirmed it.
  ReaderModel& subscribe(const char* agreement = "tax-events", std::vector<FieldName> fields = {FieldName("name")}) {
    ReaderModel& one = readers.emplace_back(
        ReaderModel{{}, AgreementId(agreement), crypto::OpeningKey::generate(world.suite()), {}, {}, {}, {}});
    one.request.head.kind = schemas::MessageKind::kRequest;
    one.request.head.origin = world.registry().origin();
    one.request.head.author = user;
    one.request.head.recipient = owner;
    one.request.head.id = crypto::make_exchange_id(clock.now);
    one.request.head.expires = clock.now + seconds(30);
    one.request.application = ApplicationId("tax-relief");
    one.request.dataset = kHousehold;
    one.request.action = schemas::Action::kSubscribe;
    one.request.purpose = PurposeId("deduction");
    one.request.agreement = one.agreement;
    one.request.fields = std::move(fields);
    one.request.reply_key = one.reply.public_key().octets;
    const Bytes envelope = schemas::encode(one.request);
    const Digest digest = exchange::message_digest(world.suite(), schemas::MessageKind::kRequest, envelope, Bytes());
    exchange::Gate gate(world.registry());
    EXPECT_TRUE(gate.rebuild());
    const auto verdict = gate.weigh(exchange::question_of(one.request), clock.now);
    EXPECT_TRUE(verdict.permitted());
    const auto entry = exchange::entry_of(verdict, one.request, digest, clock.now);
    schemas::Grant grant;
    grant.head = one.request.head;
    grant.head.kind = schemas::MessageKind::kGrant;
    grant.request = digest;
    grant.index = LogIndex(500 + readers.size());
    grant.fields = verdict.fields();
    grant.rows_max = verdict.terms().rows_max;
    grant.masks = verdict.terms().masks;
    grant.row_filter = verdict.terms().row_filter;
    grant.body = to_bytes(exchange::encode(entry));
    exchange::OwnJudge judge(owner);
    const auto terms = judge.judge(world.registry(), one.request, grant, entry, {}, clock.now);
    EXPECT_TRUE(terms) << terms.error().what;
    if (!terms) return one;
    const auto view =
        publisher->add(world.registry(), one.request, envelope, grant, schemas::encode(grant), entry, *terms);
    EXPECT_EQ(view ? ErrorCode{0} : view.error().code, expect_no);
    if (view) one.view = *view;
    return one;
  }
  void ack(std::uint64_t sequence, const std::vector<const ReaderModel*>& standing) {
    schemas::Ack word{kHousehold, sequence, {}};
    for (const ReaderModel* one : standing) word.subscriptions.push_back(one->request.head.id);
    publisher->on_ack(word, session);
  }
  std::vector<const ReaderModel*> all() const {
    std::vector<const ReaderModel*> found;
    for (const ReaderModel& one : readers) found.push_back(&one);
    return found;
  }
  void step() {
    clock.now = clock.now + milliseconds(20);
    const Status done = publisher->step(bus, session, true);
    ASSERT_TRUE(done) << done.error().what;
  }
  // What was given to the bus since; readers read it.
  std::vector<schemas::Event> sent() {
    std::vector<schemas::Event> events;
    for (const exchange::OutMessage& message : std::exchange(bus.sent, {})) {
      events.push_back(schemas::decode<schemas::Event>(*message.envelope).value());
      for (ReaderModel& one : readers) read(one, events.back(), message);
    }
    return events;
  }
  void read(ReaderModel& one, const schemas::Event& event, const exchange::OutMessage& message) {
    if (event.head.id != one.view || (!event.subscription.is_zero() && event.subscription != one.request.head.id))
      return;
    if (event.content == EventContent::kStop) return;
    if (event.content == EventContent::kPeriod) {
      one.key.reset();
      const auto wraps = exchange::decode_wraps(world.suite(), *message.payload).value();
      for (const auto& wrap : wraps) {
        if (wrap.subscription != one.request.head.id) continue;
        auto key = exchange::unwrap_content_key(world.suite(), wrap.octets,
                                                {world.registry().origin(), owner, user, one.agreement, kHousehold,
                                                 one.view, wrap.subscription, event.period},
                                                one.reply);
        ASSERT_TRUE(key) << key.error().what;
        one.key = std::move(*key);
      }
      return;
    }
    if (!one.key) return;
    auto key = exchange::EventKey::open(world.suite(), *one.key, exchange::EventKey::Direction::kOpen);
    const auto plaintext = key->open(event.sequence, *message.envelope, *message.payload, event.plaintext);
    ASSERT_TRUE(plaintext) << "sequence " << event.sequence << ": " << plaintext.error().what;
    const auto payload = schemas::decode<schemas::EventPayload>(*plaintext).value();
    one.sequences.push_back(event.sequence);
    for (std::uint32_t i = 0; i < payload.rows.count; ++i) {
      const std::string row = to_hex(payload.keys[i].view());
      if (payload.ops[i] == RowOp::kDelete)
        one.rows.erase(row);
      else
        one.rows[row] = std::get<std::string>(payload.rows.columns[0].values[i]);
    }
  }
  static std::vector<EventContent> contents(const std::vector<schemas::Event>& events) {
    std::vector<EventContent> found;
    for (const schemas::Event& event : events) found.push_back(event.content);
    return found;
  }
  static std::multiset<std::string> names(const ReaderModel& one) {
    std::multiset<std::string> found;
    for (const auto& [row, name] : one.rows) found.insert(name);
    return found;
  }
  using Names = std::multiset<std::string>;
  using Contents = std::vector<EventContent>;

  TestDir dir;
  DeskClock clock;
  exchange::testing::World world = exchange::testing::World::city();
  const MemberId owner{"civil-affairs"}, user{"tax"};
  KeyId message_key = world.keys(owner).message.id();
  DatasetMap map;
  std::unique_ptr<RowSource> source;
  DeskBus bus{world.registry()};
  std::unique_ptr<Ledger> ledger;
  Suspensions suspensions{dir / "state"};
  std::vector<std::string> said;
  Alarms alarms{dir / "state", clock, [this](std::string_view line) { said.emplace_back(line); }};
  std::unique_ptr<Publisher> publisher;
  std::uint64_t session = 0;
  ErrorCode expect_no = 0;  // of subscribe()
  std::deque<ReaderModel> readers;
};

TEST_F(PublisherTest, NothingIsToldBeforeTheBrokerHasRecordedTheStart) {
  ReaderModel& one = subscribe();
  step();
  EXPECT_TRUE(sent().empty());
  ack(0, {&one});
  step();
  const auto events = sent();
  EXPECT_EQ(contents(events), (Contents{EventContent::kPeriod, EventContent::kSnapshot}));
  EXPECT_TRUE(events[1].first && events[1].last);
  EXPECT_EQ(events[1].sequence, 2U);
  EXPECT_EQ(events[1].fields, std::vector{FieldName("name")});
  EXPECT_EQ(names(one), (Names{"a", "b"}));
}

TEST_F(PublisherTest, ChangesAreToldAsTheRowsAreThen) {
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sent();
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'; DELETE FROM household WHERE id_number = 'id-2';"
      "INSERT INTO household VALUES ('id-3', 'c', 'z'), ('id-4', 'd', 'z'); DELETE FROM household WHERE id_number = "
      "'id-4'");
  step();
  const auto events = sent();
  ASSERT_EQ(contents(events), Contents{EventContent::kChanges});
  EXPECT_EQ(events[0].previous, 1U) << "the period's; a snapshot is for one reader alone";
  EXPECT_EQ(names(one), (Names{"A", "c"}));
  step();
  EXPECT_TRUE(sent().empty()) << "told once";
}

TEST_F(PublisherTest, WhoeverWasGrantedTheSameReadsTheSameViewAndTheOthersAnother) {
  const ExchangeId first = subscribe().view;
  EXPECT_EQ(subscribe().view, first);
  EXPECT_NE(subscribe("tax-narrow", {FieldName("address")}).view, first);
  ack(0, all());
  step();
  sent();
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'");
  step();
  EXPECT_EQ(sent().size(), 2U) << "one event for each view";
  EXPECT_EQ(names(readers[0]), (Names{"A", "b"}));
  EXPECT_EQ(readers[0].rows, readers[1].rows);
  EXPECT_EQ(names(readers[2]), (Names{"x", "y"}));
  for (const auto& [row, name] : readers[0].rows) EXPECT_FALSE(readers[2].rows.contains(row)) << "rows can be matched";
}

TEST_F(PublisherTest, EventsComeMaskedAndOfRowsThatTheFilterLetsThroughAlone) {
  sql("UPDATE household SET name = 'long' WHERE id_number = 'id-1'");
  ReaderModel& one = subscribe("tax-masked");
  ack(0, all());
  step();
  sent();
  EXPECT_EQ(names(one), Names{"l*"}) << "a row outside the filter, or a name that is not masked";
  sql("UPDATE household SET address = 'x', name = 'more' WHERE id_number = 'id-2'");
  step();
  sent();
  EXPECT_EQ(names(one), (Names{"l*", "m*"}));
  sql("UPDATE household SET address = 'elsewhere' WHERE id_number = 'id-1'");
  step();
  sent();
  EXPECT_EQ(names(one), Names{"m*"}) << "what the filter no longer lets through is not there any more";
}

TEST_F(PublisherTest, WhereRowsAreCountedByTheDayNobodySubscribes) {
  expect_no = schemas::code::owner_events_not_counted;
  subscribe("tax-counted");
  EXPECT_FALSE(publisher->active());
}

TEST_F(PublisherTest, ANewPeriodComesWithWhoJoinsAndWithWhoLeaves) {
  ReaderModel& first = subscribe();
  ack(0, {&first});
  step();
  sent();
  ReaderModel& second = subscribe();
  ack(2, all());
  step();
  auto events = sent();
  EXPECT_EQ(contents(events), (Contents{EventContent::kPeriod, EventContent::kSnapshot}));
  EXPECT_EQ(events[0].period, 2U);
  EXPECT_EQ(events[1].subscription, second.request.head.id);
  ack(4, {&second});
  sql("UPDATE household SET name = 'secret' WHERE id_number = 'id-1'");
  step();
  events = sent();
  EXPECT_EQ(contents(events), (Contents{EventContent::kPeriod, EventContent::kChanges}));
  EXPECT_FALSE(names(first).contains("secret")) << "who left can still open";
  EXPECT_TRUE(names(second).contains("secret"));
}

TEST_F(PublisherTest, AnEventIsGivenAgainInEachSessionUntilItIsRecordedTheSameOctets) {
  subscribe();
  ack(0, all());
  step();
  const auto first = bus.sent;
  ASSERT_EQ(first.size(), 2U);
  bus.sent.clear();
  step();
  EXPECT_TRUE(bus.sent.empty());
  ++session;
  step();
  EXPECT_TRUE(bus.sent.empty()) << "the broker has not said where it is";
  ack(0, all());
  step();
  ASSERT_EQ(bus.sent.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(*bus.sent[i].envelope, *first[i].envelope);
    EXPECT_EQ(*bus.sent[i].payload, *first[i].payload);
  }
  start();  // killed
  ack(0, all());
  step();
  ASSERT_EQ(bus.sent.size(), 2U);
  EXPECT_EQ(*bus.sent[1].payload, *first[1].payload);
  ack(2, all());
  EXPECT_EQ(publisher->unacknowledged(), 0U);
  step();
  start();
  ack(2, all());
  step();
  EXPECT_TRUE(bus.sent.empty());
}

TEST_F(PublisherTest, AKilledOneTellsWhatChangedMeanwhileUnderANewKey) {
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sent();
  ack(2, all());
  step();
  start();
  ack(2, all());
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'");
  step();
  EXPECT_EQ(contents(sent()), (Contents{EventContent::kPeriod, EventContent::kChanges}));
  EXPECT_EQ(names(one), (Names{"A", "b"}));
}

TEST_F(PublisherTest, ASnapshotOfManyRowsComesInPartsAndWaitsForRoom) {
  std::string many = "BEGIN;";
  for (int i = 0; i < 3'000; ++i)
    many += "INSERT INTO household VALUES ('p-" + std::to_string(i) + "', 'n" + std::to_string(i) + "', '');";
  sql(many + "COMMIT");
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  auto events = sent();
  EXPECT_EQ(events.size(), 1 + 3'002 / limits::kEventRowsMax + 1);
  EXPECT_EQ(names(one).size(), 3'002U);
  for (std::size_t i = 2; i < events.size(); ++i) EXPECT_EQ(events[i].previous, events[i - 1].sequence);
  EXPECT_TRUE(events[1].first && !events[1].last && events.back().last && !events.back().first);
}

TEST_F(PublisherTest, WhatTheOwnersOfficeSuspendsHereEndsWithItsReason) {
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sent();
  std::filesystem::create_directories(dir / "state/suspended");
  std::ofstream(dir / "state/suspended/tax-events").put('\n');
  sql("UPDATE household SET name = 'secret' WHERE id_number = 'id-1'");
  step();
  const auto events = sent();
  ASSERT_EQ(contents(events), Contents{EventContent::kStop});
  EXPECT_EQ(events[0].reason, schemas::code::withdrawn_locally);
  EXPECT_EQ(events[0].subscription, one.request.head.id);
  EXPECT_FALSE(names(one).contains("secret"));
  EXPECT_FALSE(publisher->active());
}

TEST_F(PublisherTest, ASubscriptionThatItDoesNotKnowIsEnded) {
  const ExchangeId stray = crypto::make_exchange_id(clock.now);
  publisher->on_ack({kHousehold, 41, {stray}}, session);
  step();
  const auto events = sent();
  ASSERT_EQ(contents(events), Contents{EventContent::kStop});
  EXPECT_EQ(events[0].sequence, 42U) << "the numbers that the broker has are used";
  EXPECT_EQ(events[0].subscription, stray);
  EXPECT_EQ(events[0].reason, schemas::code::subscription_lost);
}

TEST_F(PublisherTest, EventsUnderAMessageKeyThatIsNoMoreAreNotToldAndTheirReadersBeginAnew) {
  subscribe();
  ack(0, all());
  step();
  sent();
  message_key = world.keys(user).message.id();  // any other
  start();
  ack(0, all());
  step();
  const auto events = sent();
  ASSERT_EQ(contents(events), Contents{EventContent::kStop});
  EXPECT_EQ(events[0].sequence, 1U) << "none of them was recorded";
  EXPECT_EQ(events[0].reason, schemas::code::subscription_lost);
  EXPECT_EQ(events[0].head.key, message_key);
}

TEST_F(PublisherTest, OneThatWasNeverConfirmedIsForgottenAfterItsTime) {
  subscribe();
  clock.now = clock.now + minutes(3);
  step();
  EXPECT_FALSE(publisher->active());
  start();
  EXPECT_FALSE(publisher->active());
}

TEST_F(PublisherTest, AfterARejectionEverythingIsGivenAgainInItsTime) {
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sent();
  schemas::Rejection rejection;
  rejection.head = one.request.head;
  rejection.head.kind = schemas::MessageKind::kRejection;
  rejection.head.id = one.view;
  rejection.code = schemas::code::busy;
  rejection.delay_ms = 250;
  client::Incoming message;
  message.kind = schemas::MessageKind::kRejection;
  message.by_broker = true;
  message.hold(schemas::encode(rejection), {});
  publisher->on_rejection(message);
  step();
  EXPECT_TRUE(bus.sent.empty());
  clock.now = clock.now + milliseconds(250);
  step();
  EXPECT_EQ(bus.sent.size(), 2U);
}

TEST_F(PublisherTest, TheLedgerSaysWhoWasToldWhichRows) {
  subscribe();
  subscribe();
  ack(0, all());
  const auto before = ledger->synced_size();
  bus.on_send = [&](const exchange::OutMessage&) { EXPECT_EQ(ledger->synced_size(), ledger->head().size); };
  step();
  EXPECT_EQ(ledger->synced_size(), before + 2) << "a snapshot each";
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'");
  step();
  EXPECT_EQ(ledger->synced_size(), before + 4) << "one event, two readers";
  bus.on_send = {};
  ledger->commit();
}

TEST_F(PublisherTest, AnOutboxMadeAnewEndsWhatReadFromTheOldOne) {
  subscribe();
  ack(0, all());
  step();
  sql("UPDATE household SET name = 'A'; UPDATE household SET name = 'B'");
  step();
  sent();
  sql("DROP TABLE steelyard_outbox");
  sql(*outbox_sql(map));
  clock.now = clock.now + seconds(2);
  step();
  clock.now = clock.now + seconds(2);
  step();
  const auto events = sent();
  ASSERT_EQ(contents(events), Contents{EventContent::kStop});
  EXPECT_EQ(events[0].reason, schemas::code::subscription_lost);
}

TEST_F(PublisherTest, ASourceThatIsAwayIsAskedAgainAndNothingIsLost) {
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sent();
  std::filesystem::rename(path(), dir / "away");
  clock.now = clock.now + seconds(2);
  step();
  EXPECT_FALSE(said.empty());
  std::filesystem::rename(dir / "away", path());
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'");
  clock.now = clock.now + seconds(2);
  step();
  EXPECT_EQ(contents(sent()), Contents{EventContent::kChanges});
  EXPECT_EQ(names(one), (Names{"A", "b"}));
}

TEST_F(PublisherTest, ASourceAtItsLimitIsReadOnOnceTheMinuteIsPast) {
  publisher.reset();
  map.limits.rows_a_minute = 3;
  source = std::make_unique<LimitedSource>(std::make_unique<SqliteSource>(map, clock), clock);
  start();
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'");
  step();
  sql("UPDATE household SET name = 'B' WHERE id_number = 'id-1'");
  step();
  sent();
  EXPECT_EQ(names(one), (Names{"A", "b"}));
  clock.now = clock.now + minutes(1);
  step();
  sent();
  EXPECT_EQ(names(one), (Names{"B", "b"}));
}

TEST_F(PublisherTest, AnOutboxIsLookedAtOnceInAWhileHoweverOftenItIsItsTurn) {
  ReaderModel& one = subscribe();
  ack(0, all());
  step();
  sql("UPDATE household SET name = 'A' WHERE id_number = 'id-1'");
  clock.now = Instant{publisher->next_look().us - 1};
  ASSERT_TRUE(publisher->step(bus, session, true));
  sent();
  EXPECT_EQ(names(one), (Names{"a", "b"}));
  clock.now = Instant{publisher->next_look().us};
  ASSERT_TRUE(publisher->step(bus, session, true));
  sent();
  EXPECT_EQ(names(one), (Names{"A", "b"}));
}

}  // namespace
}  // namespace steelyard::adapters
