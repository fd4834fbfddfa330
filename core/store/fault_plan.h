// FaultPlan: what a test makes go wrong in an Env. Builds with STEELYARD_TEST_HOOKS only.
//
// Threads: a test may change it while the Env runs.
#pragma once

#ifdef STEELYARD_TEST_HOOKS

#include <atomic>
#include <cstdint>

namespace steelyard::store {

struct FaultPlan {
  std::atomic<std::uint64_t> fail_commit{0};        // the nth commit from now fails, counting from 1; 0: none
  std::atomic<bool> failed_commit_persists{false};  // a failed commit may still be on disk: test both
  std::atomic<std::int64_t> commit_delay_us{0};
  std::atomic<double> disk_free_ratio{-1};  // what the file system says is free; negative: what it says itself
};

}  // namespace steelyard::store

#endif
