#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace steelyard {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "steelyard: check failed: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}  // namespace steelyard
