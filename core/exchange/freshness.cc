#include "core/exchange/freshness.h"

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "schemas/errors.h"

namespace steelyard::exchange {

Status check_freshness(const schemas::Head& head, Instant now) {
  const auto stale = [](std::string_view what) { return fail(schemas::error_of(schemas::code::stale, what)); };
  if (!crypto::is_uuid7(head.id)) return stale("the id is no UUIDv7, so it has no time");
  const Instant created = crypto::time_of(head.id);
  if (head.expires <= created) return stale("it expires before it was created");
  if (head.expires - created > limits::kLifeMax) return stale("it lives longer than five minutes");
  if (created > now + limits::kSkew) return stale("it was created in the future");
  // Not at the very instant either: `once` keeps its mark until then, and no longer.
  if (head.expires + limits::kSkew <= now) return stale("it expired at " + to_rfc3339(head.expires));
  return {};
}

}  // namespace steelyard::exchange
