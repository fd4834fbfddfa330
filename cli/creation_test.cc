#include "cli/creation.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/test_dir.h"

namespace steelyard::cli {
namespace {

namespace fs = std::filesystem;

class Creating : public ::testing::Test {
 protected:
  std::string at(const std::string& name) const { return (dir_ / name).string(); }

  const TestDir folder_;
  const fs::path dir_ = folder_.path();
};

TEST_F(Creating, WhatIsNotKeptIsRemovedAgain) {
  {
    Creation creation;
    ASSERT_TRUE(creation.folder(at("made")));
    ASSERT_TRUE(creation.file(at("made/a.toml"), "a"));
    fs::create_directories(at("made/store"));
    std::ofstream(at("made/store/data")) << "d";
    creation.made(at("made/store"));
    EXPECT_TRUE(fs::exists(at("made/store/data")));
  }
  EXPECT_TRUE(fs::is_empty(dir_));
}

TEST_F(Creating, WhatWasThereStays) {
  fs::create_directories(at("there"));
  std::ofstream(at("there/kept")) << "k";
  {
    Creation creation;
    ASSERT_TRUE(creation.folder(at("there")));
    ASSERT_TRUE(creation.file(at("there/new"), "n"));
    EXPECT_FALSE(creation.file(at("there/kept"), "other"));
  }
  EXPECT_TRUE(fs::exists(at("there/kept")));
  EXPECT_FALSE(fs::exists(at("there/new")));
}

TEST_F(Creating, WhatIsKeptStays) {
  {
    Creation creation;
    ASSERT_TRUE(creation.file(at("a"), "a"));
    creation.keep();
  }
  EXPECT_TRUE(fs::exists(at("a")));
}

}  // namespace
}  // namespace steelyard::cli
