// Actions: which of the five are built, and which return rows.
//
// Threads: pure. Errors: none. Format: docs/formats/messages.md, Request.
#pragma once

#include "schemas/kinds.h"

namespace steelyard::exchange {

// The others have but their numbers.
constexpr bool is_built(schemas::Action action) {
  return action == schemas::Action::kQuery || action == schemas::Action::kVerify ||
         action == schemas::Action::kSubscribe;
}

// What quotas limit. A verify has truths, and no rows.
constexpr bool takes_rows(schemas::Action action) { return action != schemas::Action::kVerify; }

}  // namespace steelyard::exchange
