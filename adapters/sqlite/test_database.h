// For tests: writes SQLite files as a department's own program would. Defined in sqlite_source_test.cc.
#pragma once

#include <memory>
#include <string>

namespace steelyard::adapters {

// Runs SQL on the file, which is made if need be. Aborts on an error: a test's own SQL is right.
void write_database(const std::string& path, const std::string& sql);

// Holds an exclusive lock on the file until it is destroyed.
std::shared_ptr<void> lock_database(const std::string& path);

}  // namespace steelyard::adapters
