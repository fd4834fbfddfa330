#include "core/base/fail_point.h"

#ifdef STEELYARD_TEST_HOOKS

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

namespace steelyard {
namespace {

struct Armed {
  std::string name;
  long passages = 0;
};

const Armed& armed() {
  static const Armed value = [] {
    Armed a;
    if (const char* text = std::getenv("STEELYARD_TEST_FAIL_POINT")) {
      const std::string spec(text);
      const auto colon = spec.rfind(':');
      a.name = spec.substr(0, colon);
      a.passages = colon == std::string::npos ? 1 : std::strtol(spec.c_str() + colon + 1, nullptr, 10);
    }
    return a;
  }();
  return value;
}

// As fail_point.h gives it; shared with the test that armed it, which finds there what this process died of.
struct Board {
  std::atomic<std::uint32_t> state;
  std::atomic<std::uint32_t> left;
  char name[56];
};
static_assert(sizeof(Board) == 64);
constexpr std::uint32_t kIdle = 0;
constexpr std::uint32_t kArmed = 1;
constexpr std::uint32_t kDied = 2;
constexpr auto kHeld = static_cast<std::uint32_t>(AtFailPoint::kHeld);
constexpr std::uint32_t kSlow = 4;
constexpr auto kFaulty = static_cast<std::uint32_t>(AtFailPoint::kFaulty);

Board here{};  // what FailPointHere arms

Board* board() {
  static Board* const value = []() -> Board* {
    const char* path = std::getenv("STEELYARD_TEST_FAIL_POINT_FILE");
    if (path == nullptr) return nullptr;
    const int fd = ::open(path, O_RDWR | O_CLOEXEC);
    void* mapped = fd < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(Board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) std::abort();  // a test that cannot kill must not look like one that did
    ::close(fd);
    return static_cast<Board*>(mapped);
  }();
  return value;
}

bool names(const Board& at, const char* name) { return std::strncmp(at.name, name, sizeof(at.name)) == 0; }

bool faulty(const Board& at, const char* name) {
  return at.state.load(std::memory_order_acquire) == kFaulty && names(at, name);
}

void pass_board(Board& at, const char* name) {
  const std::uint32_t state = at.state.load(std::memory_order_acquire);
  if (state == kSlow && names(at, name)) ::usleep(at.left.load() * 1'000);
  while (at.state.load(std::memory_order_acquire) == kHeld && names(at, name)) ::usleep(1'000);
  if (state != kArmed || !names(at, name)) return;
  if (at.left.fetch_sub(1) != 1) return;
  at.state.store(kDied);
  std::raise(SIGKILL);
}

}  // namespace

void pass_fail_point(const char* name) {
  static std::atomic<long> passed{0};
  if (Board* at = board()) pass_board(*at, name);
  pass_board(here, name);
  if (armed().name != name) return;
  if (passed.fetch_add(1) + 1 == armed().passages) std::raise(SIGKILL);
}

bool fault_at(const char* name) {
  const Board* at = board();
  return (at != nullptr && faulty(*at, name)) || faulty(here, name);
}

FailPointHere::FailPointHere(const char* name, AtFailPoint state) {
  std::strncpy(here.name, name, sizeof(here.name) - 1);
  here.state.store(static_cast<std::uint32_t>(state), std::memory_order_release);
}

FailPointHere::~FailPointHere() { here.state.store(kIdle, std::memory_order_release); }

}  // namespace steelyard

#endif
