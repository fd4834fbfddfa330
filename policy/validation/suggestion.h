// Suggestion: the known name that someone probably meant.
//
// Owns nothing. Threads: any. Errors: none. Bounded: long names are not looked at, others take steps.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "policy/validation/steps.h"

namespace steelyard::policy::validation {

class Suggestion {
 public:
  Suggestion(std::string_view wrong, Steps& steps) : wrong_(wrong), steps_(steps) {}
  void consider(std::string_view known);
  // "did you mean `known`?", or nothing if none was near.
  std::string text() const;

 private:
  std::string_view wrong_;
  Steps& steps_;
  std::string best_;
  std::size_t distance_ = 0;
};

}  // namespace steelyard::policy::validation
