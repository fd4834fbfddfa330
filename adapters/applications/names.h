// Names and ids as applications read them: a JSON array of their texts.
//
// Threads: pure. Errors: none.
#pragma once

#include "core/json/json.h"

namespace steelyard::adapters {

template <class Names>
json::Value names_of(const Names& names) {
  return json::Array(names.begin(), names.end());
}

}  // namespace steelyard::adapters
