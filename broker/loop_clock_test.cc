// What the broker's operators read while its clock moves.
#include <gmock/gmock.h>

#include "broker/loop_fixture.h"
#include "core/http/get.h"

namespace steelyard::broker {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LoopClockTest : public LoopTest {
 protected:
  void shape(Config& made) override { made.operators.address = "127.0.0.1:0"; }
  std::string read(const char* path) const {
    const auto page = http::get(broker->operators(), path, seconds(5));
    return page ? std::to_string(page->status) + " " + page->body : page.error().what;
  }
  bool comes_to(const char* path, const std::string& wanted) const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (read(path) != wanted) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
  }
};

TEST_F(LoopClockTest, AWallClockThatStepsLooksLikeNoStandstill) {
  ASSERT_TRUE(comes_to("/healthz", "200 ok\n")) << read("/healthz");
  for (const Duration step : {seconds(20), seconds(-25)}) {  // beyond kSnapshotLate, and less than kSkew from the truth
    clock.step(step);
    EXPECT_EQ(read("/healthz"), "200 ok\n");
    EXPECT_EQ(read("/readyz"), "200 ok\n");
    EXPECT_THAT(read("/status"), Not(HasSubstr("loop-stuck")));
    EXPECT_THAT(read("/metrics"), Not(HasSubstr("loop-stuck")));
  }
  clock.step(minutes(60));
  EXPECT_TRUE(comes_to("/readyz", "503 clock-wrong\n")) << read("/readyz");
  EXPECT_EQ(read("/healthz"), "200 ok\n");
}

}  // namespace
}  // namespace steelyard::broker
