// libbench-syncs: counts the calls by which a process makes its files durable. Preloaded by ./tests/bench/run; the
// count stands in the first eight octets of the file that BENCH_SYNCS names, shared with whoever reads it.
//
// Calls are counted when they have returned with success, so that a count of n means n finished syncs.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free);

// A bench without its count would prove nothing.
[[noreturn]] void give_up() {
  std::perror("BENCH_SYNCS");
  std::abort();
}

Count* open_count() {
  const char* path = std::getenv("BENCH_SYNCS");
  if (path == nullptr) return nullptr;
  const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || ftruncate(fd, sizeof(Count)) != 0) give_up();
  void* shared = mmap(nullptr, sizeof(Count), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (shared == MAP_FAILED) give_up();
  return static_cast<Count*>(shared);
}

int counted(int result) {
  static Count* const count = open_count();
  if (result == 0 && count != nullptr) count->fetch_add(1);
  return result;
}

template <class Call>
Call* next(const char* name) {
  return reinterpret_cast<Call*>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int fsync(int fd) {
  static auto* const real = next<int(int)>("fsync");
  return counted(real(fd));
}

int fdatasync(int fd) {
  static auto* const real = next<int(int)>("fdatasync");
  return counted(real(fd));
}

int msync(void* address, size_t length, int flags) {
  static auto* const real = next<int(void*, size_t, int)>("msync");
  const int result = real(address, length, flags);
  return (flags & MS_SYNC) != 0 ? counted(result) : result;
}

}  // extern "C"
