#include "adapters/alarms.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/base/test_dir.h"

namespace steelyard::adapters {
namespace {

TEST(Alarms, WhoProvokesOneCodeTakesNoRoomFromTheEvidenceOfAnother) {
  const TestDir dir;
  const SystemClock clock;
  std::vector<std::string> lines;
  Alarms alarms(dir.path(), clock, [&](std::string_view line) { lines.emplace_back(line); });
  for (std::uint64_t i = 0; i < Alarms::kFilesMax + 5; ++i) alarms.raise("verification-failed", "a bad payload", {});
  EXPECT_EQ(lines.back().find("evidence in"), std::string::npos);
  alarms.raise("grant-outside-agreement", "a grant too wide", {});
  EXPECT_NE(lines.back().find("evidence in"), std::string::npos);
  std::size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(dir / "alarms")) ++files;
  EXPECT_EQ(files, Alarms::kFilesMax + 1);
  EXPECT_EQ(alarms.counts().at("verification-failed"), Alarms::kFilesMax + 5);
}

TEST(Alarms, ASourceThatFailsIsNoEvidenceAgainstAnybody) {
  EXPECT_FALSE(is_evidence("owner-unavailable"));
  EXPECT_FALSE(is_evidence("source-changed"));
  EXPECT_TRUE(is_evidence("grant-outside-agreement"));
  EXPECT_TRUE(is_evidence("promise-unproved"));
}

}  // namespace
}  // namespace steelyard::adapters
