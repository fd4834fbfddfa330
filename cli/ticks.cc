#include "cli/ticks.h"

#include <algorithm>
#include <chrono>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace steelyard::cli {
namespace {

using Clock = std::chrono::steady_clock;

std::uint64_t system_ns() {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count());
}

struct Rate {
  double ns_each = 1;
  double own_ns = 0;

  Rate() {
    constexpr std::uint64_t kMeasuredNs = 20'000'000;
    const std::uint64_t began_ns = system_ns(), began = Ticks::now();
    std::uint64_t now_ns = began_ns;
    while (now_ns - began_ns < kMeasuredNs) now_ns = system_ns();
    ns_each = static_cast<double>(now_ns - began_ns) / static_cast<double>(Ticks::now() - began);
    constexpr int kReadings = 10'000;
    std::uint64_t least = ~std::uint64_t{0};
    for (int i = 0; i < kReadings; ++i) {
      const std::uint64_t one = Ticks::now();
      least = std::min(least, Ticks::now() - one);
    }
    own_ns = static_cast<double>(least) * ns_each;
  }
};

const Rate& rate() {
  static const Rate kRate;
  return kRate;
}

}  // namespace

// Nothing that comes before is still under way when the counter is read, and nothing that comes after has begun.
std::uint64_t Ticks::now() {
#if defined(__x86_64__)
  _mm_lfence();
  const std::uint64_t ticks = __rdtsc();
  _mm_lfence();
  return ticks;
#else
  return system_ns();
#endif
}

double Ticks::nanoseconds(std::uint64_t begin, std::uint64_t end) {
  return std::max(0.0, static_cast<double>(end - begin) * rate().ns_each - rate().own_ns);
}

double Ticks::own_ns() { return rate().own_ns; }

}  // namespace steelyard::cli
