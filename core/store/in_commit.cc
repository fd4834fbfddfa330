#include "core/store/in_commit.h"

#ifdef STEELYARD_TEST_HOOKS

#include <dlfcn.h>
#include <unistd.h>

#include "core/base/check.h"
#include "core/base/fail_point.h"

namespace steelyard::store {
namespace {

thread_local const char* committing = nullptr;

}  // namespace

InCommit::InCommit(const char* fail_point) {
  CHECK(committing == nullptr);
  committing = fail_point;
}

InCommit::~InCommit() { committing = nullptr; }

}  // namespace steelyard::store

// The next one is the C library's, or one that counts syncs and was loaded before it.
extern "C" int fdatasync(int fd) {
  static auto* const real = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fdatasync"));
  const int result = real(fd);
  if (steelyard::store::committing != nullptr) FAIL_POINT(steelyard::store::committing);
  return result;
}

#endif
