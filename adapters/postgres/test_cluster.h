// For tests: a PostgreSQL server of this process's own, and SQL on it as a department's own program would run it.
// Defined in postgres_source_test.cc. Aborts where no server can be started: a test that did nothing would pass.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "adapters/dataset_map.h"
#include "core/base/test_dir.h"

namespace steelyard::adapters {

class TestCluster {
 public:
  TestCluster();
  ~TestCluster();
  TestCluster(const TestCluster&) = delete;
  TestCluster& operator=(const TestCluster&) = delete;

  // Runs statements as the superuser. Aborts on an error: a test's own SQL is right.
  void write(const std::string& sql);
  // As `write`, in a transaction that stays open until what is returned is destroyed.
  std::shared_ptr<void> hold(const std::string& sql);
  std::string text(const std::string& sql);  // the first column, one row a line

  // As the role `reader`, who may read and nothing else.
  std::string url() const;

  void stop();
  void start();
  void freeze(bool frozen);  // all processes of the server

 private:
  TestDir folder_;
  pid_t server_ = 0;
};

// One for all tests of a process: starting one takes seconds.
TestCluster& test_cluster();

}  // namespace steelyard::adapters
