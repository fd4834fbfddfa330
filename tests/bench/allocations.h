// Allocations of the whole program, counted by an operator new of its own. Threads: any. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>

namespace steelyard::bench {

struct Allocations {
  std::uint64_t count = 0;
  std::int64_t bytes_held = 0;  // what was asked for and not yet freed, as the allocator rounds it
};
Allocations allocations();

}  // namespace steelyard::bench
