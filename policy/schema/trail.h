// Trail: where in a schema a walk is, for its errors: line and column where the text gave some, else the path in the
// JSON form, `/Shop/entityTypes/User/shape/attributes/age`.
//
// Owns: the steps. Threads: one owner. Errors: makes them, kFix.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "policy/schema/fragment.h"

namespace steelyard::policy::schema {

class Trail {
 public:
  class [[nodiscard]] Step {
   public:
    Step(Trail& trail, std::string_view name) : trail_(trail) { trail_.steps_.emplace_back(name); }
    ~Step() { trail_.steps_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Trail& trail_;
  };

  Step step(std::string_view name) { return Step(*this, name); }
  Step step(std::size_t index) { return Step(*this, std::to_string(index)); }

  tl::unexpected<Error> fail(std::string_view what) const;  // at the path
  tl::unexpected<Error> fail(const Place& place, std::string_view what) const;

 private:
  std::vector<std::string> steps_;
};

}  // namespace steelyard::policy::schema
