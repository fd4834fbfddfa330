#include "core/metrics/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::metrics {
namespace {

using ::testing::HasSubstr;

TEST(Page, GathersSamplesOfOneNameIntoOneFamily) {
  Page page;
  page.counter("steelyard_drops_total", "no reply", 3, {{"why", "malformed"}});
  page.gauge("steelyard_sessions", "sessions that are up", 2);
  page.counter("steelyard_drops_total", "no reply", 4, {{"why", "no-hello"}});
  EXPECT_EQ(page.text(),
            "# HELP steelyard_drops_total no reply\n"
            "# TYPE steelyard_drops_total counter\n"
            "steelyard_drops_total{why=\"malformed\"} 3\n"
            "steelyard_drops_total{why=\"no-hello\"} 4\n"
            "# HELP steelyard_sessions sessions that are up\n"
            "# TYPE steelyard_sessions gauge\n"
            "steelyard_sessions 2\n");
}

TEST(Page, EscapesWhatALabelHolds) {
  Page page;
  page.gauge("steelyard_x", "x", 1, {{"software", "a\"b\\c\nd"}});
  EXPECT_THAT(page.text(), HasSubstr("software=\"a\\\"b\\\\c\\nd\""));
}

TEST(Page, BucketsOfAHistogramAreCumulative) {
  Histogram took;
  took.observe(Duration{50});
  took.observe(Duration{51});
  took.observe(seconds(60));
  Page page;
  page.histogram("steelyard_took_seconds", "how long", took);
  EXPECT_THAT(page.text(), HasSubstr("steelyard_took_seconds_count 3\n"));
  EXPECT_THAT(page.text(), HasSubstr("_bucket{le=\"5e-05\"} 1\n"));
  EXPECT_THAT(page.text(), HasSubstr("_bucket{le=\"0.0001\"} 2\n"));
  EXPECT_THAT(page.text(), HasSubstr("_bucket{le=\"10\"} 2\n"));
  EXPECT_THAT(page.text(), HasSubstr("_bucket{le=\"+Inf\"} 3\n"));
}

TEST(PageDeathTest, ANameThatPrometheusWouldNotTakeIsOurMistake) {
  Page page;
  EXPECT_DEATH(page.gauge("steelyard-x", "x", 1), "is_name");
}

}  // namespace
}  // namespace steelyard::metrics
