#include "core/service/operators.h"

namespace steelyard::service {

Result<http::ServerOptions> read_operators(const config::Table& table) {
  http::ServerOptions options;
  TRY_ASSIGN(options.address, table.text("operators", ""));
  if (options.address.empty()) return options;
  const auto address = http::parse_address(options.address);
  if (!address) return fail(table.error("operators", address.error().what));
  if (!table.has("operators_tls")) {
    if (address->loopback) return options;
    return fail(
        table.error("operators", "is no loopback address: add [operators_tls] with certificate, key, client_ca"));
  }
  TRY_ASSIGN(const config::Table tls, table.table("operators_tls"));
  TRY_ASSIGN(options.tls.certificate, tls.path("certificate"));
  TRY_ASSIGN(options.tls.key, tls.secret_path("key"));
  TRY_ASSIGN(options.tls.client_ca, tls.path("client_ca"));
  return options;
}

}  // namespace steelyard::service
