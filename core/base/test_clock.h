// StillClock: a clock that stands where a test sets it, wall and monotonic apart. For tests only.
#pragma once

#include "core/base/time.h"

namespace steelyard {

class StillClock final : public Clock {
 public:
  Instant wall() const override { return now; }
  Duration monotonic() const override { return since; }

  Instant now{1'795'000'000'000'000};
  Duration since = minutes(10);
};

}  // namespace steelyard
