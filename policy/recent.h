// Recent<T>: makes one of equal values that come one after another, by remembering some that came lately.
//
// Thousands of policies or entities hold the same few words, lists and places. What is remembered is bounded: one that
// came long ago may be held twice, and that is all that happens.
// Owns: copies of what came lately. Threads: one owner. Errors: none.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace steelyard::policy {

template <class T, class Equal = std::equal_to<>>
class Recent {
 public:
  // `value`, or an equal one that came before; cheap to copy, both of them. `hash` is the value's.
  const T& one_of(const T& value, std::size_t hash) {
    if (kept_.empty()) kept_.resize(kKept);
    T& kept = kept_[hash % kKept];
    if (!Equal()(kept, value)) kept = value;
    return kept;
  }
  void clear() { kept_.clear(); }

 private:
  static constexpr std::size_t kKept = 1021;  // a prime, for hashes that are numbers

  std::vector<T> kept_;
};

}  // namespace steelyard::policy
