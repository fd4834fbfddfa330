#include "adapters/alarms.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/test_clock.h"
#include "core/base/test_dir.h"

namespace steelyard::adapters {
namespace {

class AlarmsTest : public ::testing::Test {
 protected:
  // `times` of one cause, a minute apart. Whether the last line says where its evidence is.
  bool raise(const char* slug, const std::string& about, std::size_t times = 1) {
    for (std::size_t i = 0; i < times; ++i) {
      clock.since = clock.since + Alarms::kEvery;
      alarms.raise(slug, about, "a bad payload", {});
    }
    return lines.back().find("evidence in") != std::string::npos;
  }
  std::size_t files() const {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(dir / "alarms")) ++count;
    return count;
  }

  const TestDir dir;
  StillClock clock;
  std::vector<std::string> lines;
  Alarms alarms{dir.path(), clock, [this](std::string_view line) { lines.emplace_back(line); }};
};

TEST_F(AlarmsTest, WhoProvokesThemTakesNoRoomFromEvidenceAboutOthersOrOfAnotherCode) {
  EXPECT_TRUE(raise("verification-failed", "tax", Alarms::kFilesOfOneMax));
  EXPECT_FALSE(raise("verification-failed", "tax", 5));
  EXPECT_TRUE(raise("verification-failed", "health"));
  for (std::size_t i = 0; files() < Alarms::kFilesMax && i < Alarms::kFilesMax; ++i)
    raise("verification-failed", "member" + std::to_string(i));
  EXPECT_FALSE(raise("verification-failed", "another"));
  EXPECT_TRUE(raise("grant-outside-agreement", "tax"));
  EXPECT_EQ(files(), Alarms::kFilesMax + 1);
}

TEST_F(AlarmsTest, OneOfThemIsALineAMinuteAndAllAreCounted) {
  raise("verification-failed", "tax");
  for (int i = 0; i < 300; ++i) alarms.raise("verification-failed", "tax", "a bad payload", {});
  EXPECT_EQ(lines.size(), 1u);
  EXPECT_EQ(files(), 1u);
  alarms.raise("verification-failed", "health", "a bad payload", {});
  EXPECT_EQ(lines.size(), 2u);
  raise("verification-failed", "tax");
  EXPECT_EQ(lines.size(), 3u);
  EXPECT_NE(lines.back().find("300 more like it before"), std::string::npos) << lines.back();
  EXPECT_EQ(alarms.counts().at("verification-failed"), 303u);
}

TEST(Alarms, ASourceThatFailsIsNoEvidenceAgainstAnybody) {
  EXPECT_FALSE(is_evidence("owner-unavailable"));
  EXPECT_FALSE(is_evidence("source-changed"));
  EXPECT_TRUE(is_evidence("grant-outside-agreement"));
  EXPECT_TRUE(is_evidence("promise-unproved"));
}

}  // namespace
}  // namespace steelyard::adapters
