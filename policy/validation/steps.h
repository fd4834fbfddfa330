// Steps: what validating may still cost; whoever does more than look at one thing says how much more.
//
// Threads: one owner. Errors: none; what is left without having been looked at is an error (Rule::kTooCostly).
#pragma once

#include <cstddef>

#include "policy/limits.h"

namespace steelyard::policy::validation {

class Steps {
 public:
  explicit Steps(std::size_t granted = limits::kValidationStepsMax) : granted_(granted), left_(granted) {}
  // False once all are spent.
  bool spend(std::size_t steps = 1) {
    left_ -= steps < left_ ? steps : left_;
    return left_ != 0;
  }
  bool all_spent() const { return left_ == 0; }
  std::size_t granted() const { return granted_; }

 private:
  std::size_t granted_;
  std::size_t left_;
};

}  // namespace steelyard::policy::validation
