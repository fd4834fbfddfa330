#include "core/store/durable_file.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "core/base/test_dir.h"

namespace steelyard::store {
namespace {

TEST(DurableFile, WritesTheWholeFileWithItsMode) {
  TestDir dir;
  const mode_t old = ::umask(077);
  ASSERT_TRUE(write_file_durably(dir / "f", as_bytes("one"), 0644));
  ASSERT_TRUE(write_file_durably(dir / "f", as_bytes("two, longer"), 0644));
  ::umask(old);
  EXPECT_EQ(as_text(*read_file(dir / "f", 100)), "two, longer");
  struct stat info {};
  ::stat((dir / "f").c_str(), &info);
  EXPECT_EQ(info.st_mode & 0777, 0644U);
  EXPECT_FALSE(std::filesystem::exists(dir / "f.tmp"));
}

TEST(DurableFile, WhatACrashLeftBehindIsInNoOnesWay) {
  TestDir dir;
  std::ofstream(dir / "f.tmp") << "half of a fi";
  ASSERT_TRUE(write_file_durably(dir / "f", as_bytes("whole"), 0600));
  EXPECT_EQ(as_text(*read_file(dir / "f", 100)), "whole");
}

TEST(DurableFile, AFileThatCannotBeWrittenLeavesTheOldOne) {
  TestDir dir;
  EXPECT_FALSE(write_file_durably(dir / "none/f", as_bytes("x"), 0600));
  std::filesystem::create_directories(dir / "f/inside");
  EXPECT_FALSE(write_file_durably(dir / "f", as_bytes("x"), 0600));
  EXPECT_TRUE(std::filesystem::exists(dir / "f/inside"));
  EXPECT_FALSE(std::filesystem::exists(dir / "f.tmp"));
}

TEST(DurableFile, ReadingIsLimited) {
  TestDir dir;
  ASSERT_TRUE(write_file_durably(dir / "f", Bytes(100'000, 1), 0600));
  EXPECT_EQ(read_file(dir / "f", 100'000)->size(), 100'000U);
  EXPECT_FALSE(read_file(dir / "f", 99'999));
  EXPECT_FALSE(read_file(dir / "missing", 10));
  EXPECT_FALSE(read_file(dir.path(), 10));
}

TEST(DurableFile, AFolderThatOthersMayReadIsNotPrivate) {
  TestDir dir;
  EXPECT_TRUE(check_private_folder(dir / "none"));
  ASSERT_TRUE(make_dir(dir / "own", 0700));
  EXPECT_TRUE(check_private_folder(dir / "own"));
  for (mode_t mode : {0750, 0704, 0701, 0720}) {
    ::chmod((dir / "own").c_str(), mode);
    const auto closed = check_private_folder(dir / "own");
    ASSERT_FALSE(closed) << std::oct << mode;
    EXPECT_NE(closed.error().what.find("chmod 700 " + (dir / "own")), std::string::npos) << closed.error().what;
  }
}

TEST(DurableFile, SecretsMayBeReadByTheirOwnerOnly) {
  TestDir dir;
  ASSERT_TRUE(write_file_durably(dir / "key", as_bytes("s"), 0600));
  EXPECT_TRUE(read_secret_file(dir / "key", 10));
  for (mode_t mode : {0640, 0604, 0660, 0700, 0610}) {
    ::chmod((dir / "key").c_str(), mode);
    EXPECT_FALSE(check_secret_mode(dir / "key")) << std::oct << mode;
    auto read = read_secret_file(dir / "key", 10);
    ASSERT_FALSE(read);
    EXPECT_NE(read.error().what.find("chmod 600"), std::string::npos);
  }
  ::chmod((dir / "key").c_str(), 0400);
  EXPECT_TRUE(read_secret_file(dir / "key", 10));
  EXPECT_FALSE(check_secret_mode(dir.path()));
}

TEST(DurableFile, RenamingNeverReplaces) {
  TestDir dir;
  ASSERT_TRUE(make_dir(dir / "a", 0700));
  ASSERT_TRUE(make_dir(dir / "a", 0700));
  ASSERT_TRUE(make_dir(dir / "b", 0700));
  EXPECT_FALSE(rename_durably(dir / "a", dir / "b"));
  EXPECT_TRUE(rename_durably(dir / "a", dir / "b/a"));
  EXPECT_TRUE(*exists(dir / "b/a"));
  EXPECT_FALSE(*exists(dir / "a"));
}

TEST(DurableFile, ParentsAreFoundInEverySpelling) {
  EXPECT_EQ(parent_of("/a/b"), "/a");
  EXPECT_EQ(parent_of("/a/b/"), "/a");
  EXPECT_EQ(parent_of("/a//b"), "/a");
  EXPECT_EQ(parent_of("/a"), "/");
  EXPECT_EQ(parent_of("a"), ".");
  EXPECT_EQ(parent_of("/"), "/");
}

TEST(DurableFile, TmpfsIsTold) {
  TestDir dir;
  auto here = is_on_tmpfs(dir.path());
  ASSERT_TRUE(here);
  EXPECT_FALSE(is_on_tmpfs(dir / "missing"));
  EXPECT_FALSE(*is_on_tmpfs("/proc"));
  if (std::filesystem::exists("/dev/shm")) {
    EXPECT_TRUE(*is_on_tmpfs("/dev/shm"));
  }
  EXPECT_TRUE(*on_same_file_system(dir.path(), dir.path()));
  EXPECT_FALSE(*on_same_file_system(dir.path(), "/proc"));
}

}  // namespace
}  // namespace steelyard::store
