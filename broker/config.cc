#include "broker/config.h"

#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/net/endpoint.h"
#include "core/service/operators.h"
#include "schemas/errors.h"

namespace steelyard::broker {

namespace {

constexpr auto kUsualRate = static_cast<std::int64_t>(limits::kRequestsPerSecond);
constexpr Duration kUsualStampEvery = minutes(60);

Result<http::Url> url_of(const config::Table& table) {
  TRY_ASSIGN(const std::string text, table.text("url"));
  auto url = http::parse_url(text);
  if (!url) return fail(table.error("url", url.error().what));
  return url;
}

// Each by its own key: two names of one witness would look like two.
Result<std::vector<OutsideWitness>> read_witnesses(const config::Table& table) {
  std::vector<OutsideWitness> witnesses;
  TRY_ASSIGN(const auto tables, table.tables("witness"));
  for (const config::Table& one : tables) {
    OutsideWitness witness;
    TRY_ASSIGN(witness.url, url_of(one));
    TRY_ASSIGN(const std::string text, one.text("key"));
    auto key = crypto::verifier_key_from_text(text);
    if (!key) return fail(one.error("key", key.error().what));
    if (key->use != crypto::NoteUse::kCosignature)
      return fail(one.error("key", "is the key of a log: write the one that the witness's operator tells"));
    witness.key = std::move(*key);
    for (const OutsideWitness& other : witnesses)
      if (other.key.key == witness.key.key) return fail(one.error("key", "stands for another witness already"));
    if (witnesses.size() == limits::kWitnessesAskedMax)
      return fail(one.error("key", "too many witnesses: " + std::to_string(limits::kWitnessesAskedMax) + " at most"));
    witnesses.push_back(std::move(witness));
  }
  return witnesses;
}

Result<std::optional<StampAuthority>> read_stamps(const config::Table& table, const std::string& head) {
  TRY_ASSIGN(const auto found, table.optional_table("timestamp"));
  if (!found) return std::optional<StampAuthority>();
  StampAuthority authority;
  TRY_ASSIGN(authority.url, url_of(*found));
  TRY_ASSIGN(authority.ca_file, found->path("ca"));
  TRY_ASSIGN(authority.every, found->duration("every", kUsualStampEvery));
  if (authority.every < limits::kStampEveryMin) return fail(found->error("every", "write 1s or more"));
  TRY_ASSIGN(authority.folder, found->path("folder", head + ".stamps"));
  return std::optional<StampAuthority>(std::move(authority));
}

}  // namespace

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
  TRY_ASSIGN(config.public_address, table.text("public", ""));
  if (!config.public_address.empty())
    if (auto good = http::parse_address(config.public_address); !good)
      return fail(table.error("public", good.error().what));
  TRY_ASSIGN(config.witnesses, read_witnesses(table));
  TRY_ASSIGN(config.stamps, read_stamps(table, config.head));
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
