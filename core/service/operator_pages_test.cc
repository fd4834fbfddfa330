#include "core/service/operator_pages.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/base/test_clock.h"

namespace steelyard::service {
namespace {

struct Shown {
  Duration turned{};
  bool full = false;
};

class OperatorPagesOfAProgram : public testing::Test {
 protected:
  http::Response page(const char* path) const { return routes.at(path)(); }
  std::string told(const char* path) const {
    const http::Response response = page(path);
    return std::to_string(response.status) + " " + response.body;
  }
  void show(bool full = false) { board.put(std::make_shared<Shown>(Shown{clock.since, full})); }

  StillClock clock;
  Board<Shown> board;
  http::ServerCounts counts;
  const http::Routes routes = operator_routes<Shown>(
      board, clock, counts,
      {[](const Shown& shown, const Clock& now) {
         return "age " + std::to_string((now.monotonic() - shown.turned).us) + "\n";
       },
       [](const Shown&, const Clock& now) { return "{\"now\": \"" + to_rfc3339(now.wall()) + "\"}\n"; },
       [](const Shown& shown) {
         return shown.full ? std::vector<std::string_view>{"store-full", "draining"} : std::vector<std::string_view>{};
       },
       "it-is-stuck"});
};

TEST_F(OperatorPagesOfAProgram, EveryPageSaysThatThereIsNoSnapshotYet) {
  EXPECT_EQ(routes.size(), 4U);
  for (const auto& [path, route] : routes) EXPECT_EQ(told(path.c_str()), "503 starting\n") << path;
}

TEST_F(OperatorPagesOfAProgram, MetricsAndStatusAreTheProgramsOwnWords) {
  show();
  clock.since = clock.since + seconds(2);
  EXPECT_EQ(told("/metrics"), "200 age 2000000\n" + metrics_text(counts));
  EXPECT_EQ(page("/metrics").type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(told("/status"), "200 {\"now\": \"" + to_rfc3339(clock.now) + "\"}\n");
  EXPECT_EQ(page("/status").type, "application/json");
}

TEST_F(OperatorPagesOfAProgram, MetricsSayWhatTheServerOfThesePagesCounts) {
  show();
  counts.cut = 3;
  EXPECT_NE(told("/metrics").find("\nsteelyard_operators_cut_total 3\n"), std::string::npos) << told("/metrics");
}

TEST_F(OperatorPagesOfAProgram, TheNewestSnapshotIsShown) {
  show(true);
  EXPECT_EQ(told("/readyz"), "503 store-full\ndraining\n");
  show(false);
  EXPECT_EQ(told("/readyz"), "200 ok\n");
}

TEST_F(OperatorPagesOfAProgram, WhoIsNotReadyIsStillHealthy) {
  show(true);
  EXPECT_EQ(told("/healthz"), "200 ok\n");
}

TEST_F(OperatorPagesOfAProgram, ALoopThatDoesNotTurnIsNeitherHealthyNorReady) {
  show(true);
  clock.since = clock.since + limits::kSnapshotLate;
  EXPECT_EQ(told("/healthz"), "200 ok\n");
  clock.since = clock.since + Duration{1};
  EXPECT_EQ(told("/healthz"), "503 it-is-stuck\n");
  EXPECT_EQ(told("/readyz"), "503 it-is-stuck\nstore-full\ndraining\n");
}

TEST_F(OperatorPagesOfAProgram, AWallClockThatStepsLooksLikeNoStandstill) {
  show();
  for (const Duration step : {minutes(60), minutes(-120)}) {
    clock.now = clock.now + step;
    EXPECT_EQ(told("/healthz"), "200 ok\n");
    EXPECT_EQ(told("/readyz"), "200 ok\n");
    EXPECT_FALSE(stuck_since(board.get()->turned, clock, "it-is-stuck"));
  }
}

TEST(Troubles, AreToldInOrderWithTheirFigures) {
  StillClock clock;
  const auto stuck = stuck_since(clock.since - seconds(7), clock, "it-is-stuck");
  ASSERT_TRUE(stuck.has_value());
  EXPECT_EQ(json::dump(troubles_json({*stuck, {"store-full", "disk 0.1 % free"}})),
            R"([{"code":"it-is-stuck","what":"the loop has not turned for 7 s"},)"
            R"({"code":"store-full","what":"disk 0.1 % free"}])");
  EXPECT_EQ(json::dump(troubles_json({})), "[]");
}

}  // namespace
}  // namespace steelyard::service
