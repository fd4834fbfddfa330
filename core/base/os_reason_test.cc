#include "core/base/os_reason.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace steelyard {
namespace {

TEST(OsReason, SaysWhatHappenedAndWhatToDo) {
  EXPECT_EQ(os_reason(ENOENT), "no such file or directory: check the path");
  EXPECT_EQ(os_reason(EACCES), "permission denied: check owner and mode, or run as their owner");
}

TEST(OsReason, AnErrorWithoutAdviceIsStillNamed) { EXPECT_EQ(os_reason(EIO), "input/output error"); }

}  // namespace
}  // namespace steelyard
