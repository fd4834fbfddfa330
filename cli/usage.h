// A usage error that the command line's own rules cannot see: exit code 2.
//
// Threads: pure. Errors: that is what it makes.
#pragma once

#include <string>

#include "core/base/result.h"
#include "schemas/errors.h"

namespace steelyard::cli {

inline tl::unexpected<Error> usage(const std::string& what) {
  return fail(schemas::error_of(schemas::code::usage, what));
}

}  // namespace steelyard::cli
