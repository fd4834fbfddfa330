#include "broker/config.h"

#include "core/base/limits.h"
#include "core/net/endpoint.h"
#include "core/service/operators.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace {
constexpr auto kUsualRate = static_cast<std::int64_t>(limits::kRequestsPerSecond);
}

Result<Config> config_from(const config::Table& table) {
  Config config;
  TRY_ASSIGN(config.store, table.path("store", "store"));
  TRY_ASSIGN(config.head, table.path("head", "head/checkpoint"));
  TRY_ASSIGN(config.index, table.path("index", "index"));
  TRY_ASSIGN(config.listen, table.text("listen", "tcp://127.0.0.1:7401"));
  if (auto good = net::check_endpoint(config.listen, net::EndpointUse::kListen); !good)
    return fail(table.error("listen", good.error().what));
  TRY_ASSIGN(config.bundle_key, table.secret_path("bundle_key"));
  TRY_ASSIGN(config.log_key, table.secret_path("log_key"));
  TRY_ASSIGN(config.transport_key, table.secret_path("transport_key"));
  TRY_ASSIGN(config.map_bytes, table.size("map_bytes", limits::kStoreMapBytes));
  if (config.map_bytes < limits::kStoreTailBytes * 2)
    return fail(table.error("map_bytes", "write 32MiB or more: it is what the log can ever hold"));
  TRY_ASSIGN(config.log_level, table.one_of("log_level", {"debug", "info", "warn", "error"}, "info"));
  TRY_ASSIGN(const std::int64_t rate, table.integer("requests_per_second", {1, 1'000'000}, kUsualRate));
  config.requests_per_second = static_cast<double>(rate);
  TRY_ASSIGN(config.operators, service::read_operators(table));
  TRY(table.finish());
  return config;
}

Result<Config> read_config(const std::string& path) {
  auto read = [&]() -> Result<Config> {
    TRY_ASSIGN(const config::Table table, config::read_file(path));
    return config_from(table);
  }();
  if (!read) {
    Error error = std::move(read).error();
    if (error.code == 0) error.code = schemas::code::config;
    return fail(std::move(error));
  }
  return read;
}

}  // namespace steelyard::broker
