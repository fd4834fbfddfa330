// Freshness of a message: created (the time in its UUIDv7 id) and expires, against log time.
//
// Threads: pure. Errors: stale. Limits: limits::kLifeMax, limits::kSkew.
#pragma once

#include "schemas/messages.h"

namespace steelyard::exchange {

Status check_freshness(const schemas::Head& head, Instant now);

}  // namespace steelyard::exchange
