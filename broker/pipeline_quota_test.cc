// Quotas at the broker: what is reserved, settled, given back; and what a restart finds.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"

namespace steelyard::broker::testing {
namespace {

constexpr std::uint32_t kRowsMax = 10;
constexpr std::uint64_t kRowsPerDay = 25;
const std::string kSubject = "agreement tax-household";

World limited() {
  World world = World::city();
  auto body = world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  body.actions.push_back(schemas::Action::kVerify);
  body.actions.push_back(schemas::Action::kSubscribe);
  body.rows_max = kRowsMax;
  body.rows_per_day = kRowsPerDay;
  world.add_agreement(body);
  return world;
}

class PipelineQuota : public ::testing::Test {
 protected:
  PipelineQuota() : rig(limited()) { connect(); }
  void connect() {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
  }
  struct Open {
    schemas::Request request;
    schemas::Grant grant;
  };
  // The request's grant; fails the test where it is refused.
  Open ask() {
    Open open{rig.request(), {}};
    rig.arrive(user, {rig.out(open.request)});
    rig.commit();
    const auto forwarded = rig.take(owner);
    EXPECT_EQ(forwarded.size(), 2u);
    if (!forwarded.empty()) open.grant = read<schemas::Grant>(forwarded[0]);
    return open;
  }
  // The code of the recorded refusal; 0 where it was granted.
  ErrorCode refused() {
    rig.arrive(user, {rig.out(rig.request())});
    rig.commit();
    rig.take(owner);
    const auto told = rig.take(user);
    if (told.size() != 1 || told[0].kind != MessageKind::kRefusal) return 0;
    return exchange::decode_entry(read<schemas::Refusal>(told[0]).body)->verdict;
  }
  void answer(const Open& open, std::uint32_t rows) {
    schemas::Answer made = rig.answer(open.request, open.grant);
    made.rows = rows;
    rig.arrive(owner, {rig.out(made)});
    rig.commit();
    rig.take(user);
  }
  std::uint64_t used() const { return rig.pipeline->quotas().used(kSubject); }

  Rig rig;
  SessionNumber owner, user;
};

TEST_F(PipelineQuota, ARequestReservesItsRowCapAndItsAnswerSettles) {
  const Open first = ask();
  EXPECT_EQ(first.grant.rows_max, kRowsMax);
  EXPECT_EQ(used(), 10u);
  answer(first, 3);
  EXPECT_EQ(used(), 3u);
}

TEST_F(PipelineQuota, WhereLessIsLeftLessIsGrantedAndAtNothingItIsRefused) {
  EXPECT_EQ(ask().grant.rows_max, 10u);
  EXPECT_EQ(ask().grant.rows_max, 10u);
  EXPECT_EQ(ask().grant.rows_max, 5u);
  EXPECT_EQ(refused(), code::quota_exceeded);
  EXPECT_EQ(used(), kRowsPerDay);
}

TEST_F(PipelineQuota, AVerifyHasNoRowsAndIsGrantedWhereNoneAreLeft) {
  for (int i = 0; i < 3; ++i) ask();
  EXPECT_EQ(refused(), code::quota_exceeded);
  Open verify{rig.request(), {}};
  verify.request.action = schemas::Action::kVerify;
  verify.request.fields = {FieldName("name"), FieldName("address")};
  rig.arrive(user, {rig.out(verify.request)});
  rig.commit();
  const auto forwarded = rig.take(owner);
  ASSERT_EQ(forwarded.size(), 2u);
  verify.grant = read<schemas::Grant>(forwarded[0]);
  EXPECT_EQ(verify.grant.rows_max, 1u);
  EXPECT_EQ(used(), kRowsPerDay);
  answer(verify, 1);
  const auto told = rig.take(owner);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].kind, MessageKind::kRejection);  // truths are no rows
  answer(verify, 0);
  EXPECT_TRUE(rig.take(owner).empty());
  EXPECT_EQ(used(), kRowsPerDay);
}

TEST_F(PipelineQuota, AReservationWithoutAnAnswerComesBack) {
  ask();
  ask();
  ask();
  EXPECT_EQ(refused(), code::quota_exceeded);
  rig.pass(seconds(60) + limits::kSkew + seconds(1));
  rig.step(TickEvent{});
  rig.commit();
  EXPECT_EQ(used(), 0u);
  EXPECT_EQ(rig.pipeline->quotas().reserved(), 0u);
  EXPECT_EQ(ask().grant.rows_max, kRowsMax);
}

TEST_F(PipelineQuota, AnAnswerBeyondWhatWasLeftIsNotRecorded) {
  ask();
  ask();
  const Open least = ask();
  schemas::Answer made = rig.answer(least.request, least.grant);
  made.rows = 6;
  rig.arrive(owner, {rig.out(made)});
  rig.commit();
  EXPECT_EQ(rejected_with(rig.take(owner)), code::answer_outside_grant);
  answer(least, 5);
  EXPECT_EQ(used(), kRowsPerDay);
}

TEST_F(PipelineQuota, ARestartFindsWhatWasUsedAndWhatIsReserved) {
  answer(ask(), 4);
  ask();
  rig.crash();
  EXPECT_EQ(used(), 14u);
  EXPECT_EQ(rig.pipeline->quotas().reserved(), 1u);
  connect();
  EXPECT_EQ(ask().grant.rows_max, 10u);
  EXPECT_EQ(ask().grant.rows_max, 1u);
}

// The grant of fewer rows is found again by its entry, and still stands when it is weighed anew.
TEST_F(PipelineQuota, AGrantOfWhatWasLeftIsGivenOutAgainAfterARestart) {
  ask();
  ask();
  const schemas::Request request = rig.request();
  const OutMessage asked = rig.out(request);
  rig.arrive(user, {asked});
  rig.commit();
  const auto first = read<schemas::Grant>(rig.take(owner).at(0));
  ASSERT_EQ(first.rows_max, 5u);
  rig.crash();
  connect();
  rig.arrive(user, {asked});
  rig.commit();
  const auto forwarded = rig.take(owner);
  ASSERT_EQ(forwarded.size(), 2u);
  EXPECT_EQ(read<schemas::Grant>(forwarded[0]), first);
  answer({request, first}, 5);
  EXPECT_EQ(used(), kRowsPerDay);
}

TEST_F(PipelineQuota, AnotherDayBeginsAtMidnightInBeijing) {
  answer(ask(), 10);
  answer(ask(), 10);
  const Open late = ask();
  const Instant midnight = exchange::quota_day_begins(exchange::quota_day(rig.now.wall) + 1);
  rig.pass(midnight - rig.now.wall - Duration{1});
  rig.step(TickEvent{});
  rig.commit();
  rig.take(user);           // told that the late one is closed
  EXPECT_EQ(refused(), 0);  // the late one ran out long ago: its five came back
  rig.pass(Duration{1});
  EXPECT_EQ(ask().grant.rows_max, kRowsMax);
  EXPECT_EQ(used(), 10u);
  rig.crash();
  EXPECT_EQ(used(), 10u);
}

World limited_in_india() {
  World world = limited();
  auto body = world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  body.day_offset_minutes = 330;
  world.add_agreement(body);
  return world;
}

class PipelineQuotaZone : public ::testing::Test {
 protected:
  PipelineQuotaZone() { connect(); }
  void connect() {
    owner = rig.up(kOwner, {kHousehold});
    user = rig.up(kUser);
  }
  void restart() {
    rig.crash();
    connect();
  }
  std::uint32_t granted() {
    rig.arrive(user, {rig.out(rig.request())});
    rig.commit();
    rig.take(user);
    const auto forwarded = rig.take(owner);
    return forwarded.empty() ? 0 : read<schemas::Grant>(forwarded[0]).rows_max;
  }
  // What is open runs out meanwhile, and comes back.
  void pass_until(Instant at) {
    rig.pass(at - rig.now.wall);
    rig.step(TickEvent{});
    rig.commit();
    rig.take(user);
  }
  std::uint64_t used() const { return rig.pipeline->quotas().used("agreement tax-household +05:30"); }

  Rig rig{limited_in_india()};
  SessionNumber owner, user;
};

TEST_F(PipelineQuotaZone, ADayEndsAtTheMidnightOfItsAgreementAndARestartFindsIt) {
  const Instant midnight = exchange::quota_day_begins(exchange::quota_day(rig.now.wall, 330) + 1, 330);
  const Instant in_china = exchange::quota_day_begins(exchange::quota_day(midnight));
  pass_until(in_china - Duration{1});
  EXPECT_EQ(granted(), kRowsMax);
  rig.pass(Duration{1});
  EXPECT_EQ(granted(), kRowsMax);
  EXPECT_EQ(used(), 2 * kRowsMax) << "China's midnight is none here";
  pass_until(midnight - Duration{1});
  for (const std::uint32_t rows : {kRowsMax, kRowsMax, 5U, 0U}) EXPECT_EQ(granted(), rows);
  restart();
  EXPECT_EQ(used(), kRowsPerDay);
  EXPECT_EQ(granted(), 0U);
  rig.pass(Duration{1});
  EXPECT_EQ(granted(), kRowsMax);
  EXPECT_EQ(used(), kRowsMax);
  restart();
  EXPECT_EQ(used(), kRowsMax) << "yesterday's are read with today's, and are not today's";
  pass_until(rig.now.wall + minutes(10));
  EXPECT_EQ(used(), 0U) << "what comes back of yesterday is yesterday's";
  EXPECT_EQ(rig.pipeline->quotas().reserved(), 0U);
}

TEST_F(PipelineQuota, EventsCannotBeCountedAndAreThereforeNotSubscribedTo) {
  schemas::Request request = rig.request();
  request.action = schemas::Action::kSubscribe;
  request.conditions.clear();
  rig.arrive(user, {rig.out(request)});
  rig.commit();
  EXPECT_TRUE(rig.take(owner).empty());
  const auto told = rig.take(user);
  ASSERT_EQ(kinds(told), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(exchange::decode_entry(read<schemas::Refusal>(told[0]).body)->verdict, code::events_not_counted);
  EXPECT_EQ(used(), 0U);
}

TEST(Quotas, WhoAsksNoMoreIsNotCountedForEver) {
  World world = limited();
  const auto number = [&world] { return world.registry().agreement(AgreementId("tax-household"))->in_force->number; };
  exchange::EntryBody body;
  body.kind = EntryKind::kRequest;
  body.member = world.registry().member(kUser)->number;
  body.dataset = world.registry().dataset(kHousehold)->number;
  body.agreement = number();
  body.count = kRowsMax;
  body.time = world.now();
  Quotas quotas;
  quotas.record(world.registry(), LogIndex(1'000), body);
  auto moved = world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  moved.day_offset_minutes = 0;
  world.add_agreement(moved);
  body.agreement = number();
  quotas.record(world.registry(), LogIndex(1'001), body);
  EXPECT_EQ(quotas.subjects(), 2U);
  body.time = body.time + minutes(48 * 60);
  quotas.record(world.registry(), LogIndex(1'002), body);
  EXPECT_EQ(quotas.subjects(), 1U);
  EXPECT_EQ(quotas.used("agreement tax-household +00:00"), kRowsMax);
}

TEST_F(PipelineQuota, ARefusalForItIsRepeatedAsItWas) {
  ask();
  ask();
  ask();
  const OutMessage asked = rig.out(rig.request());
  rig.arrive(user, {asked});
  rig.commit();
  const auto first = rig.take(user);
  ASSERT_EQ(kinds(first), std::vector{MessageKind::kRefusal});
  rig.crash();
  connect();
  rig.arrive(user, {asked});
  const auto again = rig.take(user);
  ASSERT_EQ(kinds(again), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(*again[0].envelope, *first[0].envelope);
}

}  // namespace
}  // namespace steelyard::broker::testing
