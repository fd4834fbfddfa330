// What the readers of JSON ask of objects: that they have the keys they must have and no others.
//
// Owns nothing. Threads: any. Errors: kFix, naming the key.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/json/json.h"
#include "policy/span.h"

namespace steelyard::policy::est {

Status want_keys(const json::Value& object, std::initializer_list<std::string_view> needed,
                 std::initializer_list<std::string_view> optional = {});

inline bool is_absent(const json::Value* value) {
  return value == nullptr || value->is_null();
}  // the two say the same

// The error with `where` in front: the way from the root to what is wrong, of which the part nearest to it is told.
tl::unexpected<Error> fail_in(Error error, std::string_view where);

std::string shown(std::string_view text);  // for messages: in backticks, on one line, cut where it grows long

}  // namespace steelyard::policy::est
