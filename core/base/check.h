// CHECK(cond): aborts, in release builds too, when our own code is wrong. It never judges input.
#pragma once

namespace steelyard {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace steelyard

#define CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::steelyard::check_failed(#condition, __FILE__, __LINE__))
