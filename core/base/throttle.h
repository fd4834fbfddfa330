// Throttle: who may speak how often. What is kept back is counted, and told with the next word.
//
// So that nobody who can bring a line about, by a message that anyone may send, decides how long the log gets.
// Owns: a time for each key that spoke lately; at most kKeysMax, then those that may speak again are forgotten, and
// while all of them may not, a new one may not either.
// Threads: one. Errors: none.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "core/base/time.h"

namespace steelyard {

template <class Key>
class Throttle {
 public:
  explicit Throttle(Duration every) : every_(every) {}

  // How many words of this key were kept back before this one, where it may speak. `now` is monotonic.
  std::optional<std::uint64_t> speak(const Key& key, Duration now) {
    auto at = spoken_.find(key);
    if (at == spoken_.end()) {
      if (spoken_.size() >= kKeysMax) std::erase_if(spoken_, [&](const auto& one) { return due(one.second, now); });
      if (spoken_.size() >= kKeysMax) return {};
      spoken_.emplace(key, Spoken{now, 0});
      return 0;
    }
    if (!due(at->second, now)) {
      ++at->second.kept_back;
      return {};
    }
    const std::uint64_t kept_back = at->second.kept_back;
    at->second = {now, 0};
    return kept_back;
  }

  static constexpr std::size_t kKeysMax = 1'024;  // a city's members, each with a reason or two

 private:
  struct Spoken {
    Duration at;
    std::uint64_t kept_back = 0;
  };
  bool due(const Spoken& spoken, Duration now) const { return now >= spoken.at + every_; }

  Duration every_;
  std::map<Key, Spoken> spoken_;
};

}  // namespace steelyard
