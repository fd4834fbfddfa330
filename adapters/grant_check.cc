#include "adapters/grant_check.h"

#include "core/exchange/freshness.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;

tl::unexpected<Error> contradicts(std::string_view what) {
  return fail(schemas::error_of(code::grant_outside_agreement, what));
}

}  // namespace

Status check_request_head(const schemas::Head& head, const MemberId& author, const MemberId& owner,
                          const std::string& origin, Instant now) {
  if (head.origin != origin) return fail(schemas::error_of(code::wrong_origin));
  if (head.recipient != owner) return fail(schemas::error_of(code::wrong_recipient));
  if (head.author != author) return fail(schemas::error_of(code::author_not_session));
  return exchange::check_freshness(head, now);
}

Result<exchange::EntryBody> check_grant(const schemas::Grant& grant, const Digest& request_digest,
                                        const schemas::Request& request) {
  if (grant.request != request_digest) return contradicts("the grant names another request");
  if (grant.head.id != request.head.id || grant.head.expires != request.head.expires)
    return contradicts("the grant bears another id or end than its request");
  if (grant.head.origin != request.head.origin) return contradicts("the grant is of another log");
  return exchange::check_promise(grant.index, grant.body, request_digest);
}

}  // namespace steelyard::adapters
