// suggest(): the known name that someone probably meant.
//
// Owns nothing. Threads: any. Errors: none. Bounded: long names and many candidates are not looked at.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace steelyard::policy::validation {

class Suggestion {
 public:
  explicit Suggestion(std::string_view wrong) : wrong_(wrong) {}
  void consider(std::string_view known);
  // "did you mean `known`?", or nothing if none was near.
  std::string text() const;

 private:
  std::string_view wrong_;
  std::string best_;
  std::size_t distance_ = 0;
  std::size_t considered_ = 0;
};

}  // namespace steelyard::policy::validation
