// TokenBucket: how many requests one member may make: so many a second, with a burst. Stands before the gate.
//
// Threads: one. Errors: none; an empty bucket is a returned value.
#pragma once

#include <algorithm>

#include "core/base/limits.h"
#include "core/base/time.h"

namespace steelyard::broker {

class TokenBucket {
 public:
  explicit TokenBucket(double per_second = limits::kRequestsPerSecond, double burst = limits::kRequestsBurst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // Takes `n` where they are there; takes none otherwise. `now` is monotonic.
  bool take(std::size_t n, Duration now) {
    if (now > last_) {
      tokens_ = std::min(burst_, tokens_ + per_second_ * static_cast<double>((now.us - last_.us)) / 1e6);
      last_ = now;
    }
    if (static_cast<double>(n) > tokens_) return false;
    tokens_ -= static_cast<double>(n);
    return true;
  }

 private:
  double per_second_;
  double burst_;
  double tokens_;
  Duration last_{};
};

}  // namespace steelyard::broker
