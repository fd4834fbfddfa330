// For tests: writes SQLite files as a department's own program would. Defined in sqlite_source_test.cc.
#pragma once

#include <memory>
#include <string>

namespace steelyard::adapters {

// Runs SQL on the file, which is made if need be. Aborts on an error: a test's own SQL is right.
void write_database(const std::string& path, const std::string& sql);

// Holds an exclusive lock on the file until it is destroyed.
std::shared_ptr<void> lock_database(const std::string& path);

// A folder of this test's own, removed with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace steelyard::adapters
