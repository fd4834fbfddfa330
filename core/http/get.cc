#include "core/http/get.h"

#include "core/base/limits.h"
#include "core/http/outgoing.h"

namespace steelyard::http {

Result<Response> get(const std::string& address, const std::string& path, Duration patience) {
  TRY_ASSIGN(const Address to, parse_address(address));
  if (!to.loopback)
    return fail(ErrorKind::kFix, "`" + address + "` is not a loopback address: ask it with curl and your certificate");
  return send({.host = to.host,
               .port = to.port,
               .path = path,
               .named = address,
               .type = {},
               .body = {},
               .patience = patience,
               .bytes_max = limits::kHttpAnswerBytesMax});
}

}  // namespace steelyard::http
