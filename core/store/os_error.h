// An Error from errno: "opening /x: no such file or directory: check the path".
#pragma once

#include <string>

#include "core/base/os_reason.h"
#include "core/base/result.h"

namespace steelyard::store {

inline Error os_error(ErrorKind kind, const std::string& doing, int code) {
  return {kind, 0, doing + ": " + os_reason(code)};
}

}  // namespace steelyard::store
