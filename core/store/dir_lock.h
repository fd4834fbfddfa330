// DirLock: this process is the only one that writes a folder, until the lock is dropped or the process ends.
//
// An flock on <dir>/LOCK, which holds the owner's process id for people to read.
// Threads: a plain value. Errors: kFix, naming the process that holds it.
#pragma once

#include <string>
#include <utility>

#include "core/base/result.h"

namespace steelyard::store {

class DirLock {
 public:
  DirLock() = default;
  DirLock(DirLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  DirLock& operator=(DirLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~DirLock();

  static Result<DirLock> take(const std::string& dir);
  static bool held_by_this_process(const std::string& dir);

 private:
  explicit DirLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace steelyard::store
