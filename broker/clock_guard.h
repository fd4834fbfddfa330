// ClockGuard: compares the wall clock with the monotonic one. A wall clock that jumped, ahead or back, is not believed.
//
// Both run from one anchor; where they differ by more than limits::kSkew the wall clock is wrong: nothing is taken in,
// and log time goes on by the monotonic clock. That ends when the two agree again, or when an operator says that the
// wall clock is right: confirm(). The anchor moves once an hour, so that slow drift is not taken for a jump, and small
// steps do not add up to one.
// What it cannot see: a clock that was wrong already when the process started.
// Threads: the pipeline's. Errors: none.
#pragma once

#include <optional>

#include "broker/pipeline.h"
#include "core/base/limits.h"

namespace steelyard::broker {

class ClockGuard {
 public:
  void observe(Now now) {
    if (!anchor_ || (!wrong(now) && now.monotonic >= anchor_->monotonic + limits::kClockAnchorEvery)) anchor_ = now;
  }
  void confirm(Now now) { anchor_ = now; }

  bool wrong(Now now) const {
    if (!anchor_) return false;
    const Duration off = now.wall - expected(now);
    return off > limits::kSkew || Duration{-off.us} > limits::kSkew;
  }
  Instant believed(Now now) const { return wrong(now) ? expected(now) : now.wall; }

 private:
  Instant expected(Now now) const { return anchor_->wall + (now.monotonic - anchor_->monotonic); }

  std::optional<Now> anchor_;
};

}  // namespace steelyard::broker
