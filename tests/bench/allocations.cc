#include "tests/bench/allocations.h"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<std::uint64_t> count{0};
std::atomic<std::int64_t> held{0};

void* counted(void* at) {
  if (at == nullptr) std::abort();
  count.fetch_add(1, std::memory_order_relaxed);
  held.fetch_add(static_cast<std::int64_t>(malloc_usable_size(at)), std::memory_order_relaxed);
  return at;
}

void release(void* at) {
  if (at == nullptr) return;
  held.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(at)), std::memory_order_relaxed);
  std::free(at);
}

}  // namespace

void* operator new(std::size_t size) { return counted(std::malloc(size == 0 ? 1 : size)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  const auto to = static_cast<std::size_t>(alignment);
  return counted(std::aligned_alloc(to, (size + to - 1) / to * to));
}
void operator delete(void* at) noexcept { release(at); }
void operator delete(void* at, std::size_t) noexcept { release(at); }
void operator delete(void* at, std::align_val_t) noexcept { release(at); }
void operator delete(void* at, std::size_t, std::align_val_t) noexcept { release(at); }

namespace steelyard::bench {

Allocations allocations() { return {count.load(), held.load()}; }

}  // namespace steelyard::bench
