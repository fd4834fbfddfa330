#include "core/store/dir_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include <fmt/format.h>

#include "core/store/os_error.h"

namespace steelyard::store {
namespace {

std::string owner_in(int fd) {
  char text[32] = {};
  const ssize_t n = ::pread(fd, text, sizeof(text) - 1, 0);
  std::string digits;
  for (ssize_t i = 0; i < n && text[i] >= '0' && text[i] <= '9'; ++i) digits.push_back(text[i]);
  return digits;
}

}  // namespace

DirLock::~DirLock() {
  if (fd_ >= 0) ::close(fd_);
}

Result<DirLock> DirLock::take(const std::string& dir) {
  const std::string path = dir + "/LOCK";
  DirLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (lock.fd_ < 0) return fail(os_error(ErrorKind::kFix, "opening " + path, errno));
  if (::flock(lock.fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(os_error(ErrorKind::kFix, "locking " + path, errno));
    const std::string owner = owner_in(lock.fd_);
    return fail(ErrorKind::kFix, fmt::format("{} is in use by process {}: stop it first", dir,
                                             owner.empty() ? "(not yet written)" : owner));
  }
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock.fd_, 0) != 0 || ::pwrite(lock.fd_, text.data(), text.size(), 0) < 0)
    return fail(os_error(ErrorKind::kFix, "writing " + path, errno));
  return lock;
}

bool DirLock::held_by_this_process(const std::string& dir) {
  DirLock lock(::open((dir + "/LOCK").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (lock.fd_ < 0 || ::flock(lock.fd_, LOCK_SH | LOCK_NB) == 0 || errno != EWOULDBLOCK) return false;
  return owner_in(lock.fd_) == std::to_string(::getpid());
}

}  // namespace steelyard::store
