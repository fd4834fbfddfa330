// TestDir: a folder of a test's own, removed with all it holds. For tests only.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "core/base/check.h"

namespace steelyard {

class TestDir {
 public:
  TestDir() {
    // mkdtemp puts letters of its own in place of six X; spelled out, they would read as a mark left behind.
    std::string name = (std::filesystem::temp_directory_path() / "steelyard-test-").string() + std::string(6, 'X');
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~TestDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestDir(const TestDir&) = delete;
  TestDir& operator=(const TestDir&) = delete;

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace steelyard
