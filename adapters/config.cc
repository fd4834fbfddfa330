#include "adapters/config.h"

#include <set>

#include "core/service/operators.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

tl::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::kFix, std::move(what), schemas::code::config); }

Result<std::vector<std::string>> map_files(const config::Table& file, const std::string& path) {
  TRY_ASSIGN(std::vector<std::string> files, file.texts("maps", {}));
  for (std::string& name : files)
    if (!name.starts_with('/')) name.insert(0, store::parent_of(path) + "/");
  TRY_ASSIGN(std::vector<config::Table> datasets, file.tables("dataset"));
  for (const config::Table& dataset : datasets) {
    TRY_ASSIGN(std::string name, dataset.path("map"));
    files.push_back(std::move(name));
  }
  return files;
}

Result<LogLevel> log_level(const config::Table& file) {
  TRY_ASSIGN(std::string level, file.one_of("log_level", {"error", "warn", "info", "debug"}, "info"));
  if (level == "error") return LogLevel::kError;
  if (level == "warn") return LogLevel::kWarn;
  return level == "debug" ? LogLevel::kDebug : LogLevel::kInfo;
}

Result<ApplicationsConfig> read_applications(const config::Table& file, const std::string& path) {
  ApplicationsConfig made;
  TRY_ASSIGN(const auto table, file.optional_table("applications"));
  if (!table) return made;
  TRY_ASSIGN(made.listen, table->text("listen", "127.0.0.1:7404"));
  constexpr std::string_view kUnix = "unix:";
  if (made.listen.starts_with(kUnix)) {
    const std::string name = made.listen.substr(kUnix.size());
    if (name.empty()) return fail(table->error("listen", "names no path: write unix:app.sock"));
    if (!name.starts_with('/')) made.listen = std::string(kUnix) + store::parent_of(path) + "/" + name;
  } else {
    const auto address = http::parse_address(made.listen);
    if (!address) return fail(table->error("listen", address.error().what));
    if (!address->loopback)
      return fail(table->error("listen", "is no loopback address: write 127.0.0.1:7404 or unix:app.sock"));
  }
  TRY_ASSIGN(made.tokens, table->secret_path("tokens"));
  return made;
}

Status check_maps(const Config& config, const std::string& path) {
  if (config.maps.empty() && config.applications.listen.empty())
    return wrong(path + ": no dataset and no [applications]: name maps, as in maps = [\"household.toml\"]");
  std::set<DatasetId> seen;
  for (const DatasetMap& map : config.maps) {
    if (owner_of(map.dataset) != config.identity.member)
      return wrong(path + ": dataset `" + map.dataset.text + "` is not one of `" + config.identity.member.text +
                   "`: a member provides its own datasets only");
    if (!seen.insert(map.dataset).second)
      return wrong(path + ": dataset `" + map.dataset.text + "` has two maps: keep one");
  }
  return {};
}

}  // namespace

Result<Config> read_config(const std::string& path) {
  TRY_ASSIGN(config::Table file, config::read_file(path));
  TRY_ASSIGN(client::Identity identity, client::read_identity(file, path));
  Config config{std::move(identity), {}, LogLevel::kInfo, seconds(2), 0, true, {}, {}};
  TRY_ASSIGN(std::vector<std::string> files, map_files(file, path));
  TRY_ASSIGN(config.log_level, log_level(file));
  TRY_ASSIGN(config.source_timeout, file.duration("source_timeout", seconds(2)));
  TRY_ASSIGN(const std::int64_t attempts, file.integer("verify_attempts_per_day", {0, 1'000'000}, 50));
  config.verify_attempts_per_day = static_cast<std::uint64_t>(attempts);
  TRY_ASSIGN(config.prove, file.boolean("prove", true));
  TRY_ASSIGN(config.operators, service::read_operators(file));
  TRY_ASSIGN(config.applications, read_applications(file, path));
  TRY(file.finish());
  if (!config.identity.seal_key) return wrong(path + ": `seal_key` is missing: an adapter opens what is sealed to it");
  for (const std::string& name : files) {
    TRY_ASSIGN(DatasetMap map, load_dataset_map(name));
    config.maps.push_back(std::move(map));
  }
  TRY(check_maps(config, path));
  return config;
}

}  // namespace steelyard::adapters
