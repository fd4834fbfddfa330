// libhostile-faults: disk and clock that go wrong when a test says so. Preloaded into a broker by hostile.py.
//
// HOSTILE_FAULTS names a file that both map: u32le each
//   0  sync_errno     what fdatasync, fsync and msync fail with; 0: they work
//   4  sync_delay_ms  how long each takes before it works
//   8  write_errno    what pwrite fails with
//   12 disk_full      1: statvfs says that nothing is free; 2: that a tenth is
//   16 clock_ahead_s  i32: how far the wall clock is ahead
//   20 syncs          counted
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

struct Board {
  std::atomic<std::uint32_t> sync_errno, sync_delay_ms, write_errno, disk_full;
  std::atomic<std::int32_t> clock_ahead_s;
  std::atomic<std::uint32_t> syncs;
};

// A test without its faults would prove nothing.
[[noreturn]] void give_up() {
  std::perror("HOSTILE_FAULTS");
  std::abort();
}

Board* open_board() {
  const char* path = std::getenv("HOSTILE_FAULTS");
  if (path == nullptr) return nullptr;
  const int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) give_up();
  void* shared = mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared == MAP_FAILED) give_up();
  return static_cast<Board*>(shared);
}

Board* board() {
  static Board* const one = open_board();
  return one;
}

template <class Call>
Call* next(const char* name) {
  return reinterpret_cast<Call*>(dlsym(RTLD_NEXT, name));
}

// True where the call is to fail, with errno set.
bool sync_fails() {
  Board* at = board();
  if (at == nullptr) return false;
  at->syncs.fetch_add(1);
  if (const std::uint32_t ms = at->sync_delay_ms.load(); ms > 0) usleep(ms * 1'000);
  errno = static_cast<int>(at->sync_errno.load());
  return errno != 0;
}

bool write_fails() {
  Board* at = board();
  if (at == nullptr || at->write_errno.load() == 0) return false;
  errno = static_cast<int>(at->write_errno.load());
  return true;
}

}  // namespace

extern "C" {

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  return sync_fails() ? -1 : real(fd);
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  return sync_fails() ? -1 : real(fd);
}

int msync(void* address, size_t length, int flags) {
  static auto* const real = next<int(void*, size_t, int)>("msync");
  return sync_fails() ? -1 : real(address, length, flags);
}

ssize_t pwrite(int fd, const void* octets, size_t size, off_t at) {
  static auto* const real = next<ssize_t(int, const void*, size_t, off_t)>("pwrite");
  return write_fails() ? -1 : real(fd, octets, size, at);
}

ssize_t pwritev(int fd, const struct iovec* parts, int count, off_t at) {
  static auto* const real = next<ssize_t(int, const struct iovec*, int, off_t)>("pwritev");
  return write_fails() ? -1 : real(fd, parts, count, at);
}

int statvfs(const char* path, struct statvfs* info) noexcept {
  static auto* const real = next<int(const char*, struct statvfs*)>("statvfs");
  const int result = real(path, info);
  const std::uint32_t full = board() == nullptr ? 0 : board()->disk_full.load();
  if (result == 0 && full != 0) info->f_bavail = info->f_bfree = full == 1 ? 0 : info->f_blocks / 10;
  return result;
}

int clock_gettime(clockid_t which, struct timespec* time) noexcept {
  static auto* const real = next<int(clockid_t, struct timespec*)>("clock_gettime");
  const int result = real(which, time);
  if (result == 0 && which == CLOCK_REALTIME && board() != nullptr) time->tv_sec += board()->clock_ahead_s.load();
  return result;
}

}  // extern "C"
