// A subscriber against a broker and an owner that the test plays, whatever they do.
#include "core/client/subscriber.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/client/node_fixture.h"
#include "core/store/durable_file.h"

namespace steelyard::client {
namespace {

using schemas::EventContent;

class SubscriberTest : public NodeTest {
 protected:
  void SetUp() override {
    NodeTest::SetUp();
    ASSERT_TRUE(until([&] { return node->up(); }));
    start();
  }
  void turn() override {
    broker.serve();
    auto messages = node->step(milliseconds(2));
    ASSERT_TRUE(messages);
    for (const auto& message : *messages) {
      consumer->handle(message);
      if (subscriber != nullptr) subscriber->handle(message);
    }
    consumer->tick();
    if (subscriber != nullptr) {
      ASSERT_TRUE(subscriber->tick());
      for (auto& told : subscriber->take()) events.push_back(std::move(told));
    }
    for (auto& alarm : node->take_alarms()) alarms.push_back(std::move(alarm));
  }
  Query question() const {
    Query made = query();
    made.parameters.clear();
    made.operator_id.clear();
    return made;
  }
  void start() {
    auto opened = Subscriber::open(*node, *consumer, question());
    ASSERT_TRUE(opened) << opened.error().what;
    subscriber = std::move(*opened);
  }
  // A new process over the same folder.
  void restart() {
    subscriber.reset();
    open_node();
    ASSERT_TRUE(until([&] { return node->up(); }));
    start();
  }
  void subscribe() {
    ASSERT_TRUE(until([&] { return subscriber->subscribed(); }));
    id = subscriber->subscription();
    ASSERT_EQ(id, broker.subscribed.head.id);
    ASSERT_TRUE(until([&] { return !broker.ranges.empty(); }));
  }

  schemas::Event event(EventContent content) {
    schemas::Event made;
    made.head = {1,
                 MessageKind::kEvent,
                 World::kOrigin,
                 owner,
                 world.keys(owner).message.id(),
                 MemberId(World::kOrigin),
                 broker.view,
                 Instant{}};
    made.dataset = DatasetId("civil-affairs/household");
    made.sequence = ++sequence;
    made.content = content;
    made.period = period;
    made.time = clock.wall();
    return made;
  }
  OutMessage new_period(bool ours = true) {
    ++period;
    key = exchange::make_content_key(world.suite());
    schemas::Event made = event(EventContent::kPeriod);
    made.previous = previous;
    previous = made.sequence;
    auto wrapped = exchange::wrap_content_key(
        world.suite(), key,
        {World::kOrigin, owner, MemberId("tax"), AgreementId(), made.dataset, broker.view, id, period},
        {world.suite().sealing, broker.subscribed.reply_key});
    EXPECT_TRUE(wrapped);
    const Bytes wraps = exchange::encode_wraps({{ours ? id : crypto::random<ExchangeId>(), *wrapped}});
    return signed_by_owner(schemas::encode(made), wraps);
  }
  OutMessage rows(schemas::Event made, const std::string& name, const FieldName& field = FieldName("name")) {
    made.fields = {FieldName("name")};
    made.rows = 1;
    schemas::EventPayload payload;
    payload.rows.count = 1;
    payload.rows.columns = {{field, schemas::ValueType::kString, {name}}};
    payload.ops = {schemas::RowOp::kPut};
    payload.keys = {schemas::RowKey{}};
    const Bytes plaintext = schemas::encode(payload);
    const auto salt = crypto::random<PlainSalt>();
    made.plaintext = exchange::plaintext_commitment(world.suite(), salt, plaintext);
    const Bytes envelope = schemas::encode(made);
    auto sealing = exchange::EventKey::open(world.suite(), key, exchange::EventKey::Direction::kSeal);
    auto sealed = sealing->seal(made.sequence, envelope, salt, plaintext);
    EXPECT_TRUE(sealed);
    return signed_by_owner(envelope, *sealed);
  }
  OutMessage change(const std::string& name) {
    schemas::Event made = event(EventContent::kChanges);
    made.previous = previous;
    previous = made.sequence;
    return rows(std::move(made), name);
  }
  OutMessage signed_by_owner(const Bytes& envelope, const Bytes& payload) {
    return forwarded(world.suite(), owner, world.keys(owner).message,
                     {out_message(MessageKind::kEvent, envelope, payload)})[0];
  }
  // Recorded, and given to the subscriber beside its promise.
  LogIndex deliver(const OutMessage& message, bool given = true) {
    exchange::EntryBody body;
    body.kind = schemas::EntryKind::kEvent;
    body.digest = exchange::message_digest(world.suite(), MessageKind::kEvent, *message.envelope, *message.payload);
    body.id = broker.view;
    const auto promise = broker.log.add(body);
    last = [this, message, digest = body.digest, promise] {
      broker.send({message, broker.recorded(id, Instant{}, digest, promise)});
    };
    if (given) last();
    return promise.index;
  }
  void stop(ErrorCode reason) {
    exchange::EntryBody body;
    body.kind = schemas::EntryKind::kStop;
    body.verdict = reason;
    body.digest = crypto::random<Digest>();
    body.id = id;
    body.related = broker.subscribed_entry;
    const auto promise = broker.log.add(body);
    broker.send({out_message(MessageKind::kRefusal,
                             schemas::encode(schemas::Refusal{broker.head(MessageKind::kRefusal, id, Instant{}),
                                                              body.digest,
                                                              promise.index,
                                                              promise.salt,
                                                              promise.body,
                                                              {}}))});
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const ToldEvent& told : events) found.push_back(std::get<std::string>(told.payload.rows.columns[0].values[0]));
    return found;
  }
  void take_all() {
    for (const ToldEvent& told : events) ASSERT_TRUE(subscriber->done(told.entry));
  }
  using Names = std::vector<std::string>;

  const MemberId owner{"civil-affairs"};
  std::unique_ptr<Subscriber> subscriber;
  std::vector<ToldEvent> events;
  ExchangeId id;
  std::uint64_t sequence = 0, previous = 0;
  std::uint32_t period = 0;
  crypto::SecretBytes key;
  std::function<void()> last;
};

TEST_F(SubscriberTest, EventsAreOpenedInTheirOrderAndAcknowledgedOnceTheApplicationHasThem) {
  subscribe();
  deliver(new_period());
  deliver(change("a"));
  const LogIndex second = deliver(change("b"));
  ASSERT_TRUE(until([&] { return events.size() == 2; }));
  EXPECT_EQ(names(), (Names{"a", "b"}));
  EXPECT_LT(broker.ranges.back().upto, events[0].entry) << "acknowledged before the application had it";
  take_all();
  ASSERT_TRUE(until([&] { return broker.ranges.back().upto == second; }));
  EXPECT_EQ(broker.ranges.back().subscription, id);
}

TEST_F(SubscriberTest, AnotherProcessGoesOnWhereTheLastOneWas) {
  subscribe();
  deliver(new_period());
  const LogIndex first = deliver(change("a"));
  deliver(change("b"));
  ASSERT_TRUE(until([&] { return events.size() == 2; }));
  ASSERT_TRUE(subscriber->done(first));
  broker.ranges.clear();
  events.clear();
  restart();
  ASSERT_TRUE(until([&] { return !broker.ranges.empty(); }));
  EXPECT_EQ(broker.ranges[0].upto, first);
  EXPECT_EQ(subscriber->subscription(), id);
  EXPECT_EQ(broker.requests.size(), 1U) << "subscribed twice";
  last();  // the one that was not acknowledged comes again, under the key of before
  deliver(change("c"));
  ASSERT_TRUE(until([&] { return events.size() == 2; }));
  EXPECT_EQ(names(), (Names{"b", "c"}));
}

TEST_F(SubscriberTest, WhatComesAgainInOneProcessIsToldOnce) {
  subscribe();
  deliver(new_period());
  deliver(change("a"));
  last();
  deliver(change("b"));
  ASSERT_TRUE(until([&] { return events.size() == 2; }));
  EXPECT_EQ(names(), (Names{"a", "b"}));
}

TEST_F(SubscriberTest, BeforeItsFirstKeyEventsAreAcknowledgedUnread) {
  subscribe();
  id = crypto::random<ExchangeId>();  // wraps of others
  deliver(new_period(false));
  id = subscriber->subscription();
  const LogIndex unread = deliver(change("not for us"));
  ASSERT_TRUE(until([&] { return broker.ranges.back().upto == unread; }));
  EXPECT_TRUE(events.empty());
  deliver(new_period());
  deliver(change("a"));
  ASSERT_TRUE(until([&] { return !events.empty(); }));
  EXPECT_EQ(names(), Names{"a"});
}

TEST_F(SubscriberTest, AnEventThatWasKeptBackIsNoticedByTheNext) {
  subscribe();
  deliver(new_period());
  deliver(change("a"));
  deliver(change("kept back"), false);
  deliver(change("c"));
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(subscriber->ended()->code, schemas::code::verification_failed);
  EXPECT_EQ(names(), Names{"a"});
  ASSERT_FALSE(alarms.empty());
  EXPECT_EQ(alarms.back().slug, "verification-failed");
}

TEST_F(SubscriberTest, AnEventWithOtherFieldsThanItsEnvelopeEndsIt) {
  subscribe();
  deliver(new_period());
  schemas::Event made = event(EventContent::kChanges);
  made.previous = previous;
  deliver(rows(std::move(made), "x", FieldName("id_number")));
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(subscriber->ended()->code, schemas::code::answer_outside_grant);
  EXPECT_TRUE(events.empty());
}

TEST_F(SubscriberTest, AnEventByAnotherThanTheOwnerOrOfAnotherViewIsNotEvenLookedAt) {
  subscribe();
  deliver(new_period());
  schemas::Event made = event(EventContent::kChanges);
  made.previous = previous;
  made.head.id = crypto::random<ExchangeId>();
  deliver(rows(made, "another view"));
  --sequence;
  made = event(EventContent::kChanges);
  made.head.author = MemberId("tax");
  const Bytes envelope = schemas::encode([&] {
    made.fields = {FieldName("name")};
    made.plaintext.octets.fill(1);
    return made;
  }());
  deliver(forwarded(world.suite(), MemberId("tax"), world.keys(MemberId("tax")).message,
                    {out_message(MessageKind::kEvent, envelope, Bytes(80, 1))})[0]);
  --sequence;
  deliver(change("a"));
  ASSERT_TRUE(until([&] { return !events.empty(); }));
  EXPECT_EQ(names(), Names{"a"});
  EXPECT_FALSE(subscriber->ended());
}

TEST_F(SubscriberTest, WhatIsRefusedEndsItAndIsForgotten) {
  subscribe();
  stop(schemas::code::agreement_suspended);
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(subscriber->ended()->code, schemas::code::agreement_suspended);
  EXPECT_TRUE(std::filesystem::is_empty(dir / "state/subscriptions"));
}

TEST_F(SubscriberTest, WhoFellBehindSubscribesAnew) {
  subscribe();
  const ExchangeId before = id;
  stop(schemas::code::fell_behind);
  ASSERT_TRUE(until([&] { return subscriber->subscribed() && subscriber->subscription() != before; }));
  EXPECT_EQ(broker.requests.size(), 2U);
  EXPECT_FALSE(subscriber->ended());
}

TEST_F(SubscriberTest, ARefusalToSubscribeEndsIt) {
  broker.refuse = schemas::code::action_not_agreed;
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(subscriber->ended()->code, schemas::code::action_not_agreed);
  EXPECT_FALSE(std::filesystem::exists(dir / "state/subscriptions"));
}

TEST_F(SubscriberTest, StoppingSaysSo) {
  subscribe();
  subscriber->stop();
  ASSERT_TRUE(until([&] { return broker.ranges.back().stop; }));
  stop(schemas::code::unsubscribed);
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(subscriber->ended()->code, schemas::code::unsubscribed);
}

TEST_F(SubscriberTest, WhoStopsBeforeItIsKnownToStandSaysSoOnceItIsAndAgainUntilItIsHeard) {
  turn();  // asks
  subscriber->stop();
  ASSERT_TRUE(until([&] { return broker.ranges.size() >= 2; }));
  EXPECT_TRUE(broker.ranges.front().stop && broker.ranges.back().stop);
  id = broker.subscribed.head.id;
  stop(schemas::code::unsubscribed);
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(broker.requests.size(), 1U);
}

TEST_F(SubscriberTest, WhoStopsWhatTheBrokerNoLongerHasForgetsIt) {
  subscribe();
  broker.subscription_stands = false;
  subscriber->stop();
  ASSERT_TRUE(until([&] { return subscriber->ended().has_value(); }));
  EXPECT_EQ(subscriber->ended()->code, schemas::code::unsubscribed);
  EXPECT_TRUE(kept_subscriptions(dir / "state")->empty());
}

TEST_F(SubscriberTest, WhatIsKeptIsListedWithItsQuestion) {
  EXPECT_TRUE(kept_subscriptions(dir / "state")->empty()) << "there is no folder yet";
  subscribe();
  ASSERT_TRUE(store::write_file_durably(dir / "state/subscriptions/0123456789abcdef", as_bytes("nonsense"), 0600));
  const auto listed = kept_subscriptions(dir / "state");
  ASSERT_TRUE(listed) << listed.error().what;
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_EQ(listed->front().id, id);
  EXPECT_EQ(listed->front().question, subscription_question(question()));
}

TEST_F(SubscriberTest, TheFileOfItsStateIsSecretAndHeldToItsForm) {
  subscribe();
  const std::string path = kept_subscription_path(dir / "state", world.suite(), [&] {
    Query asked = question();
    return asked;
  }());
  EXPECT_EQ(std::filesystem::status(path).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  auto kept = read_kept_subscription(path);
  ASSERT_TRUE(kept && *kept);
  (*kept)->place.period = 3;
  (*kept)->place.content_key = std::make_shared<const crypto::SecretBytes>(exchange::make_content_key(world.suite()));
  (*kept)->place.previous = 41;
  ASSERT_TRUE(write_kept_subscription(path, **kept));
  const auto back = read_kept_subscription(path);
  ASSERT_TRUE(back && *back);
  EXPECT_EQ((*back)->id, id);
  EXPECT_EQ((*back)->fields, (*kept)->fields);
  EXPECT_EQ((*back)->place.previous, 41U);
  EXPECT_TRUE(equal((*back)->place.content_key->view(), (*kept)->place.content_key->view()));
  for (const char* text : {"", "version 1\n", "version 2\nversion 2\n", "nonsense"}) {
    ASSERT_TRUE(store::write_file_durably(path, as_bytes(text), 0600));
    const auto refused = read_kept_subscription(path);
    ASSERT_FALSE(refused) << text;
    EXPECT_EQ(refused.error().code, schemas::code::config);
  }
}

TEST_F(SubscriberTest, WhatElseTheConsumerWasAskedIsLeftToWhoeverAskedIt) {
  const auto other = consumer->ask(query());
  ASSERT_TRUE(other);
  subscribe();
  std::vector<Outcome> left;
  ASSERT_TRUE(until([&] {
    for (auto& outcome : consumer->take_outcomes()) left.push_back(std::move(outcome));
    return !left.empty();
  }));
  EXPECT_EQ(left[0].id, *other);
  EXPECT_TRUE(subscriber->subscribed());
}

}  // namespace
}  // namespace steelyard::client
