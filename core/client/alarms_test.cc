#include "core/client/alarms.h"

#include <gtest/gtest.h>

#include "core/base/test_dir.h"

namespace steelyard::client {
namespace {

TEST(Alarms, WhoProvokesOneCodeTakesNoRoomFromTheEvidenceOfAnother) {
  const TestDir dir;
  const SystemClock clock;
  Alarms alarms(dir / "alarms", clock);
  for (int i = 0; i < 1'100; ++i) alarms.raise("verification-failed", "an answer that does not verify", "evidence");
  alarms.raise("log-contradicts", "two trees", "both notes");
  const auto raised = alarms.take();
  ASSERT_EQ(raised.size(), 1'101u);
  EXPECT_FALSE(raised.front().evidence_path.empty());
  EXPECT_TRUE(raised[1'099].evidence_path.empty());
  EXPECT_FALSE(raised.back().evidence_path.empty());
}

}  // namespace
}  // namespace steelyard::client
