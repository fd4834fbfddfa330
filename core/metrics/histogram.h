// Histogram: how often something took how long, in seconds, in buckets from 50 µs to 10 s.
//
// Owns: its counts. Threads: one; a copy may be read by another. Errors: none.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <numeric>

#include "core/base/time.h"

namespace steelyard::metrics {

constexpr double in_seconds(Duration duration) { return static_cast<double>(duration.us) * 1e-6; }

class Histogram {
 public:
  // Upper bounds. Steps of about 2.5: a percentile read from them is right to a factor of 2.5, which tells 1 ms from
  // 5 ms; finer ones belong to the benchmark.
  static constexpr std::array<double, 17> kBounds = {50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3,
                                                     50e-3, 0.1,    0.25,   0.5,    1,    2.5,    5,    10};

  void observe(Duration took) {
    const double value = in_seconds(took);
    std::size_t bucket = 0;
    while (bucket < kBounds.size() && value > kBounds[bucket]) ++bucket;
    counts_[bucket] += 1;
    sum_ += value;
  }

  std::uint64_t count() const { return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0}); }
  std::uint64_t above(double bound) const {  // what took longer; one of kBounds, between two of them nothing is known
    std::uint64_t above = counts_.back();
    for (std::size_t i = 0; i < kBounds.size(); ++i) above += kBounds[i] > bound ? counts_[i] : 0;
    return above;
  }
  // Of one bucket; that behind the last bound holds what took longer than all.
  const std::array<std::uint64_t, kBounds.size() + 1>& counts() const { return counts_; }
  double sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> counts_{};
  double sum_ = 0;
};

}  // namespace steelyard::metrics
