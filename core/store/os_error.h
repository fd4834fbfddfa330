// An Error from errno: "opening /x: No such file or directory".
#pragma once

#include <string>
#include <system_error>

#include "core/base/result.h"

namespace steelyard::store {

inline Error os_error(ErrorKind kind, const std::string& doing, int code) {
  return {kind, 0, doing + ": " + std::generic_category().message(code)};
}

}  // namespace steelyard::store
