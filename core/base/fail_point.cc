#include "core/base/fail_point.h"

#ifdef STEELYARD_TEST_HOOKS

#include <atomic>
#include <csignal>
#include <cstdlib>
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

}  // namespace

void pass_fail_point(const char* name) {
  static std::atomic<long> passed{0};
  if (armed().name != name) return;
  if (passed.fetch_add(1) + 1 == armed().passages) std::raise(SIGKILL);
}

}  // namespace steelyard

#endif
