// Ticks: a clock for what takes less than a microsecond: the processor's counter where it is known, with its rate
// measured once against the system's clock, and what reading it costs.
//
// Owns nothing. Threads: any; two readings are compared on one thread. Errors: none.
#pragma once

#include <cstdint>

namespace steelyard::cli {

class Ticks {
 public:
  static std::uint64_t now();
  // Of what lies between two readings, without what reading costs; never below zero.
  static double nanoseconds(std::uint64_t begin, std::uint64_t end);
  static double own_ns();  // what reading costs, already taken off above
};

}  // namespace steelyard::cli
