#include "core/exchange/freshness.h"

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "schemas/errors.h"

namespace steelyard::exchange {

Status check_freshness(const schemas::Head& head, Instant now) {
  const auto stale = [](std::string_view why) { return fail(schemas::error_of(schemas::code::stale, why)); };
  if (!crypto::is_uuid7(head.id)) return stale("the id is not a UUIDv7");
  const Instant created = crypto::time_of(head.id);
  if (created > now + limits::kSkew) return stale("created in the future");
  if (head.expires + limits::kSkew < now) return stale("expired");
  if (head.expires < created) return stale("expires before it was created");
  // The id keeps milliseconds only: up to one of them was cut off.
  if (head.expires > created + limits::kLifeMax + milliseconds(1)) return stale("lives too long");
  return {};
}

}  // namespace steelyard::exchange
