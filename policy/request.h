// Request: what is to be decided: may this principal do this action to this resource, in this context?
//
// Owns: its values. Threads: a plain value. Errors: none.
#pragma once

#include "core/base/time.h"
#include "policy/entity_uid.h"
#include "policy/value.h"

namespace steelyard::policy {

struct Request {
  EntityUid principal;
  EntityUid action;
  EntityUid resource;
  Value context = Value::record({});  // a record
};

// Cedar counts milliseconds; what is finer is cut off towards the past.
inline Value to_datetime(Instant at) { return Value::datetime({at.us / 1'000 - (at.us % 1'000 < 0 ? 1 : 0)}); }

}  // namespace steelyard::policy
