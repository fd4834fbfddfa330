// Counts by a cause: an error code, or a name that the code gives it. What adds up here is a label of a metric.
//
// Threads: one; copies may be read by others. Errors: none.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/ids.h"
#include "core/base/result.h"

namespace steelyard::broker {

template <class Key, class Less = std::less<Key>>
class CountsBy {
 public:
  template <class K>
  void add(const K& key, std::uint64_t n = 1) {
    if (auto found = counts_.find(key); found != counts_.end())
      found->second += n;
    else
      counts_.emplace(key, n);
  }
  std::uint64_t of(const Key& key) const {
    const auto found = counts_.find(key);
    return found == counts_.end() ? 0 : found->second;
  }
  std::uint64_t total() const {
    return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0},
                           [](std::uint64_t sum, const auto& each) { return sum + each.second; });
  }
  const std::map<Key, std::uint64_t, Less>& all() const { return counts_; }
  // By how much each rose since `then`, an earlier copy; without those that did not.
  CountsBy since(const CountsBy& then) const {
    CountsBy rise;
    for (const auto& [key, count] : counts_)
      if (const std::uint64_t before = then.of(key); count > before) rise.add(key, count - before);
    return rise;
  }

 private:
  std::map<Key, std::uint64_t, Less> counts_;
};

using CountsByCode = CountsBy<ErrorCode>;
template <class Cause>
using CountsByMember = CountsBy<std::pair<Cause, MemberId>>;  // members are registered, causes few
using CountsByName = CountsBy<std::string, std::less<>>;      // names are literals of ours, so there are few

}  // namespace steelyard::broker
