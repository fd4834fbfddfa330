#include "cli/local_stop.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "cli/folder.h"
#include "core/base/test_dir.h"

namespace steelyard::cli {
namespace {

namespace fs = std::filesystem;

class Stopping : public ::testing::Test {
 protected:
  void configure(const std::string& more) {
    ASSERT_TRUE(write_text(join(dir_, "adapter.toml"), "member = \"civil\"\nseal_key = \"seal.key\"\n" + more));
  }

  const TestDir folder_;
  const std::string dir_ = folder_.path();
};

TEST_F(Stopping, StandsWhereTheAdaptersOwnStateIs) {
  configure("state = \"elsewhere\"\n");
  auto stop = LocalStop::of(dir_, "relief");
  ASSERT_TRUE(stop) << stop.error().what;
  EXPECT_EQ(stop->member(), "civil");
  ASSERT_TRUE(stop->put());
  EXPECT_TRUE(fs::exists(join(dir_, "elsewhere/suspended/relief")));
  EXPECT_TRUE(stop->put_by_us());
  ASSERT_TRUE(stop->remove());
  EXPECT_FALSE(fs::exists(stop->path()));
}

TEST_F(Stopping, OneThatStoodBeforeIsNotOurs) {
  configure("");
  auto first = LocalStop::of(dir_, "relief"), second = LocalStop::of(dir_, "relief");
  ASSERT_TRUE(first && first->put() && second && second->put());
  EXPECT_FALSE(second->put_by_us());
}

TEST_F(Stopping, OnlyAnAdaptersFolderWillDo) {
  EXPECT_FALSE(LocalStop::of(dir_, "relief"));
  ASSERT_TRUE(write_text(join(dir_, "identity.toml"), "member = \"civil\"\n"));
  const auto office = LocalStop::of(dir_, "relief");
  ASSERT_FALSE(office);
  EXPECT_NE(office.error().what.find("no adapter's"), std::string::npos);
  EXPECT_TRUE(fs::is_directory(dir_));
  EXPECT_FALSE(fs::exists(join(dir_, "state")));
}

TEST_F(Stopping, AnIdIsCheckedBeforeAnythingIsTouched) {
  configure("");
  EXPECT_FALSE(LocalStop::of(dir_, "../relief"));
}

}  // namespace
}  // namespace steelyard::cli
