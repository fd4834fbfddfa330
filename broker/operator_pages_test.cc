#include "broker/operator_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/test_clock.h"
#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const StillClock kClock;

Snapshot quiet() {
  Snapshot snapshot;
  snapshot.taken = kClock.now;
  snapshot.turned = kClock.since;
  snapshot.origin = "steelyard.test/city";
  snapshot.members = {{MemberId("tax"), 0, 1}, {MemberId("data-bureau"), 0, 0}};
  snapshot.sessions = {{SessionNumber(7), MemberId("tax"), "steelyard-adapter 0.1.0", {}, 0, 0, {}, Duration{1'500}}};
  return snapshot;
}

std::vector<std::string> codes_of(const Snapshot& snapshot) {
  std::vector<std::string> codes;
  for (const service::Trouble& trouble : troubles_of(snapshot, kClock)) codes.emplace_back(trouble.code);
  return codes;
}

TEST(OperatorPages, ABrokerInOrderHasNoTrouble) { EXPECT_THAT(codes_of(quiet()), IsEmpty()); }

TEST(OperatorPages, EachTroubleHasItsCode) {
  Snapshot snapshot = quiet();
  snapshot.turned = kClock.since - seconds(6);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("loop-stuck"));
  snapshot = quiet();
  snapshot.clock_wrong = true;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("clock-wrong"));
  snapshot = quiet();
  snapshot.map_used_ratio = 0.85;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("store-filling"));
  snapshot.store_scarce = true;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("store-full"));
  snapshot = quiet();
  snapshot.checkpoint_age = seconds(31);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("checkpoint-late"));
  snapshot = quiet();
  snapshot.oldest_open = seconds(121);
  snapshot.oldest_open_owner = MemberId("tax");
  snapshot.oldest_open_dataset = DatasetId("tax/income");
  EXPECT_THAT(codes_of(snapshot), ElementsAre("exchange-late"));
  EXPECT_THAT(troubles_of(snapshot, kClock)[0].what, HasSubstr("121 s for tax to answer about tax/income"));
  snapshot = quiet();
  snapshot.gauges.queued_bytes = limits::kQueueBytesMax;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("queues-filling"));
  snapshot = quiet();
  snapshot.sessions[0].skew = seconds(-31);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("clock-skew"));
  snapshot = quiet();
  snapshot.sessions.clear();
  EXPECT_THAT(codes_of(snapshot), ElementsAre("owner-away"));
  snapshot = quiet();
  snapshot.recent.commits = 299;
  snapshot.recent.commits_slow = 3;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("commit-slow"));
  snapshot = quiet();
  snapshot.recent.keys_refused = 21;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("keys-refused"));
  snapshot = quiet();
  snapshot.recent.rejected.add(schemas::code::stale, 1'501);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("rejections-many"));
  EXPECT_THAT(troubles_of(snapshot, kClock)[0].what, HasSubstr("1501 stale (of no known member)"));
  snapshot = quiet();
  snapshot.recent.dropped.add("unparsable", 301);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("drops-many"));
}

TEST(OperatorPages, WhoSendsTheMostOfWhatIsManyIsNamed) {
  Snapshot snapshot = quiet();
  snapshot.recent.rejected.add(schemas::code::stale, 2'010);
  const std::vector<std::pair<const char*, std::uint64_t>> counts{
      {"tax", 7}, {"health", 2'000}, {"water", 2}, {"police", 1}};
  for (const auto& [member, count] : counts)
    snapshot.recent.rejected_of.add(std::pair(schemas::code::stale, MemberId(member)), count);
  snapshot.recent.rejected_of.add(std::pair(schemas::code::busy, MemberId("tax")), 9'000);
  EXPECT_THAT(troubles_of(snapshot, kClock)[0].what, HasSubstr("2010 stale (health 2000, tax 7, water 2, ...)"));
  snapshot = quiet();
  snapshot.recent.dropped.add("unparsable", 320);
  snapshot.recent.dropped_of.add(std::pair(std::string("unparsable"), MemberId("tax")), 320);
  EXPECT_THAT(troubles_of(snapshot, kClock)[0].what, HasSubstr("320 unparsable (tax 320)"));
}

TEST(OperatorPages, WhatRosePlentyBelowItsLimitIsNoTrouble) {
  Snapshot snapshot = quiet();
  snapshot.recent.commits = 300;
  snapshot.recent.commits_slow = 3;
  snapshot.recent.keys_refused = 20;
  snapshot.recent.rejected.add(schemas::code::stale, 1'500);
  snapshot.recent.rejected.add(schemas::code::busy, 1'500);
  snapshot.recent.dropped.add("unparsable", 300);
  EXPECT_THAT(codes_of(snapshot), IsEmpty());
}

TEST(OperatorPages, MetricsCountByReasonAndByMember) {
  Snapshot snapshot = quiet();
  snapshot.pipeline.refused.add(schemas::code::no_agreement, 3);
  snapshot.pipeline.rejected.add(schemas::code::busy, 1);
  snapshot.loop.rejected.add(schemas::code::busy, 2);
  snapshot.loop.dropped.add("unparsable", 4);
  const std::string text = metrics_text(snapshot, kClock);
  EXPECT_THAT(text, HasSubstr("steelyard_broker_refusals_total{reason=\"no-agreement\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_broker_rejections_total{reason=\"busy\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_broker_drops_total{why=\"unparsable\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_member_sessions{member=\"tax\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("steelyard_session_clock_skew_seconds{member=\"tax\",session=\"7\"} 0.0015\n"));
  EXPECT_THAT(text, Not(HasSubstr("steelyard_trouble")));
}

TEST(OperatorPages, StatusIsJsonWithEveryMember) {
  Snapshot snapshot = quiet();
  snapshot.members.push_back({MemberId("civil-affairs"), 5, 2});
  const auto parsed = json::parse(status_json(snapshot, kClock));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  const json::Value* members = parsed->find("members");
  ASSERT_NE(members, nullptr);
  EXPECT_EQ((*members->as_array())->size(), 3U);
  EXPECT_THAT(json::dump(*parsed), HasSubstr(R"("code":"owner-away","what":"no session of civil-affairs:)"));
}

TEST(OperatorPages, ReadyMeansThatRequestsAreTakenIn) {
  SnapshotBoard board;
  const http::ServerCounts counts;
  const http::Routes routes = operator_routes(board, kClock, counts);
  const auto readyz = [&](auto... changes) {
    auto snapshot = std::make_shared<Snapshot>(quiet());
    (changes(*snapshot), ...);
    board.put(snapshot);
    return routes.at("/readyz")().body;
  };
  const auto wrong = [](Snapshot& s) { s.clock_wrong = true; };
  const auto scarce = [](Snapshot& s) { s.store_scarce = true; };
  const auto stops = [](Snapshot& s) { s.draining = true; };
  const auto stands = [](Snapshot& s) { s.turned = kClock.since - seconds(6); };
  const auto filling = [](Snapshot& s) { s.map_used_ratio = 0.85; };
  EXPECT_EQ(readyz(), "ok\n");
  EXPECT_EQ(readyz(filling), "ok\n") << "a trouble, and requests are taken in";
  EXPECT_EQ(readyz(wrong), "clock-wrong\n");
  EXPECT_EQ(readyz(scarce), "store-full\n");
  EXPECT_EQ(readyz(stops), "draining\n");
  EXPECT_EQ(readyz(stops, scarce, wrong, stands), "loop-stuck\nclock-wrong\nstore-full\ndraining\n");
}

}  // namespace
}  // namespace steelyard::broker
