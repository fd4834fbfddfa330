#include "broker/operator_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json/json.h"
#include "schemas/errors.h"

namespace steelyard::broker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Instant kNow{1'795'000'000'000'000};

Snapshot quiet() {
  Snapshot snapshot;
  snapshot.taken = kNow;
  snapshot.origin = "steelyard.test/city";
  snapshot.members = {{MemberId("tax"), 0, 1}, {MemberId("data-bureau"), 0, 0}};
  snapshot.sessions = {{SessionNumber(7), MemberId("tax"), "steelyard-adapter 0.1.0", {}, 0, 0, {}, Duration{1'500}}};
  return snapshot;
}

std::vector<std::string> codes_of(const Snapshot& snapshot, Instant now = kNow) {
  std::vector<std::string> codes;
  for (const Trouble& trouble : troubles_of(snapshot, now)) codes.emplace_back(trouble.code);
  return codes;
}

TEST(OperatorPages, ABrokerInOrderHasNoTrouble) { EXPECT_THAT(codes_of(quiet()), IsEmpty()); }

TEST(OperatorPages, EachTroubleHasItsCode) {
  Snapshot snapshot = quiet();
  EXPECT_THAT(codes_of(snapshot, kNow + seconds(6)), ElementsAre("loop-stuck"));
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
  EXPECT_THAT(codes_of(snapshot), ElementsAre("exchange-late"));
  snapshot = quiet();
  snapshot.gauges.queued_bytes = limits::kQueueBytesMax;
  EXPECT_THAT(codes_of(snapshot), ElementsAre("queues-filling"));
  snapshot = quiet();
  snapshot.sessions[0].skew = seconds(-31);
  EXPECT_THAT(codes_of(snapshot), ElementsAre("clock-skew"));
  snapshot = quiet();
  snapshot.sessions.clear();
  EXPECT_THAT(codes_of(snapshot), ElementsAre("owner-away"));
}

TEST(OperatorPages, MetricsCountByReasonAndByMember) {
  Snapshot snapshot = quiet();
  snapshot.pipeline.refused.add(schemas::code::no_agreement, 3);
  snapshot.pipeline.rejected.add(schemas::code::busy, 1);
  snapshot.loop.rejected.add(schemas::code::busy, 2);
  snapshot.loop.dropped.add("unparsable", 4);
  const std::string text = metrics_text(snapshot, kNow);
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
  const auto parsed = json::parse(status_json(snapshot, kNow));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().what;
  const json::Value* members = parsed->find("members");
  ASSERT_NE(members, nullptr);
  EXPECT_EQ((*members->as_array())->size(), 3U);
  EXPECT_THAT(json::dump(*parsed), HasSubstr(R"("code":"owner-away","what":"no session of civil-affairs:)"));
}

TEST(OperatorPages, ReadyMeansThatRequestsAreTakenIn) {
  class Still final : public Clock {
   public:
    Instant wall() const override { return kNow; }
    Duration monotonic() const override { return {}; }
  } clock;
  SnapshotBoard board;
  const http::Routes routes = operator_routes(board, clock);
  EXPECT_EQ(routes.at("/readyz")().status, 503) << "before the first snapshot";
  const auto shown = [&](auto change) {
    auto snapshot = std::make_shared<Snapshot>(quiet());
    change(*snapshot);
    board.put(snapshot);
    return std::pair(routes.at("/healthz")().status, routes.at("/readyz")());
  };
  EXPECT_EQ(shown([](Snapshot&) {}).second.status, 200);
  const auto scarce = shown([](Snapshot& s) { s.store_scarce = true; });
  EXPECT_EQ(scarce.first, 200);
  EXPECT_EQ(scarce.second.status, 503);
  EXPECT_EQ(scarce.second.body, "store-full\n");
  const auto stuck = shown([](Snapshot& s) { s.taken = kNow - seconds(6); });
  EXPECT_EQ(stuck.first, 503);
  EXPECT_EQ(stuck.second.body, "loop-stuck\n");
}

}  // namespace
}  // namespace steelyard::broker
