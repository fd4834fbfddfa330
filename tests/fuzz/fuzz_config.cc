// Files that people write: configuration, maps, identities, dataset and agreement files, key files; and those that the
// CLI writes and people carry about. Refused with the file's name in front, or taken as something that keeps its own
// rules.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "adapters/config.h"
#include "adapters/dataset_map.h"
#include "adapters/suspension.h"
#include "broker/config.h"
#include "cli/bench_plan.h"
#include "cli/catalog_rows.h"
#include "cli/documents.h"
#include "cli/folder.h"
#include "cli/statement_file.h"
#include "core/base/limits.h"
#include "core/base/test_dir.h"
#include "core/client/identity.h"
#include "core/crypto/key_file.h"
#include "core/net/endpoint.h"
#include "tests/fuzz/fuzz.h"

using namespace steelyard;
using fuzz::Input;

namespace {

// A folder with the key files that configurations name: bundle.key, log.key, transport.key, message.key, seal.key.
struct Folder {
  TestDir dir;
  std::string file = dir / "fuzz.toml";
  std::string key = dir / "fuzz.key";

  Folder() {
    const Bytes octets(32, 7);
    for (const char* name : {"bundle.key", "log.key", "message.key"})
      CHECK(crypto::write_key_file(dir / name, crypto::Algorithm::kEd25519, octets).has_value());
    CHECK(crypto::write_key_file(dir / "transport.key", crypto::Algorithm::kCurve, octets).has_value());
    CHECK(crypto::write_key_file(dir / "seal.key", crypto::Algorithm::kX25519, octets).has_value());
    CHECK(crypto::write_key_file(dir / "office.key", crypto::Algorithm::kEd25519, octets).has_value());
    std::ofstream(dir / "household.toml")
        << "[dataset]\nid = \"civil-affairs/household\"\n[source]\nkind = \"sqlite\"\npath = \"x.db\"\n"
           "table = \"t\"\nkey = \"id\"\n[[field]]\nname = \"id\"\ntype = \"string\"\n";
  }
};

const Folder& folder() {
  static const Folder made;
  return made;
}

template <class T>
bool good(const Result<T>& result) {
  if (result) return true;
  CHECK(result.error().what.starts_with(folder().file + ":"));
  CHECK(result.error().what.size() < 2'000);
  return false;
}

Result<config::Table> table_of(Input input) { return config::parse(input.text(), folder().file); }

void broker_config(Input input) {
  const auto table = table_of(input);
  if (!good(table)) return;
  const auto config = broker::config_from(*table);
  if (!good(config)) return;
  CHECK(net::check_endpoint(config->listen, net::EndpointUse::kListen).has_value());
  CHECK(config->map_bytes >= 2 * limits::kStoreTailBytes && config->store.starts_with('/'));
  CHECK(config->operators.address.empty() || http::parse_address(config->operators.address)->loopback ||
        !config->operators.tls.certificate.empty());
}

void identity(Input input) {
  auto table = table_of(input);
  if (!good(table)) return;
  const auto identity = client::read_identity(*table, folder().file);
  if (!good(identity)) return;
  CHECK(check_name(identity->member.text).has_value() && identity->broker_key.size() == 32);
  CHECK(net::check_endpoint(identity->endpoint, net::EndpointUse::kConnect).has_value());
  CHECK(table->finish().has_value() || table->finish().error().what.starts_with(folder().file + ":"));
}

void dataset_map(Input input) {
  const auto map = adapters::parse_dataset_map(input.text(), folder().file);
  if (!good(map)) return;
  CHECK(!map->fields.empty() && map->fields.size() <= limits::kFieldsMax);
  CHECK(map->field(map->key) != nullptr && check_dataset_id(map->dataset.text).has_value());
  for (const auto& field : map->fields) {
    CHECK(check_name(field.name.text).has_value() && adapters::check_identifier(field.column).has_value());
    CHECK(map->field(field.name) == &field);  // no name twice
  }
  if (map->kind == adapters::SourceKind::kSqlite) CHECK(map->table.empty() != map->sql.empty());
  CHECK(map->as_of.column.empty() || map->as_of.query.empty());
}

void dataset_file(Input input) {
  auto table = table_of(input);
  if (!good(table)) return;
  const auto made = cli::read_dataset(*table);
  if (!good(made)) return;
  CHECK(!made->fields.empty() && made->fields.size() <= limits::kFieldsMax);
}

void agreement_file(Input input) {
  auto table = table_of(input);
  if (!good(table)) return;
  const auto made = cli::read_agreement(*table, Instant{1'795'000'000'000'000});
  if (!good(made)) return;
  CHECK(!made->fields.empty() && !made->purposes.empty());
  CHECK(!made->valid_until || made->valid_from < *made->valid_until);
}

// What is imported without a problem, `catalog publish` reads; problems say their line and column.
void catalogue_csv(Input input) {
  const std::string_view octets = input.text();
  const auto text = cli::utf8_of(Bytes(octets.begin(), octets.end()));
  if (!text) return CHECK(text.error().kind == ErrorKind::kFix);
  const auto records = cli::read_csv(*text);
  if (!records) return CHECK(records.error().what.starts_with("line "));
  const auto made = cli::import_catalogue(*records, {"owner", "duty", "system", ""});
  for (const std::string& problem : made.problems) CHECK(std::count(problem.begin(), problem.end(), ':') >= 2);
  if (!made.problems.empty()) return;
  CHECK(!made.files.empty());
  for (const cli::DatasetFile& file : made.files) {
    auto table = config::parse(file.text, file.name);
    CHECK(table.has_value() && cli::read_dataset(*table).has_value());
  }
}

// The input as a file of the folder; its path.
std::string written(Input input, const std::string& name) {
  const std::string path = folder().dir / name;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string_view text = input.text();
  CHECK(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(file);
  return path;
}

template <class T>
bool good_in(const Result<T>& result, const std::string& path) {
  if (result) return true;
  CHECK(result.error().what.find(path) != std::string::npos);
  CHECK(result.error().what.size() < 2'000);
  return false;
}

void adapter_config(Input input) {
  const std::string path = written(input, "adapter.toml");
  const auto config = adapters::read_config(path);
  if (!config) return CHECK(config.error().what.find('/') != std::string::npos);  // it, or a file that it names
  CHECK(config->identity.seal_key.has_value() && !config->maps.empty());
  std::set<DatasetId> datasets;
  for (const auto& map : config->maps) {
    CHECK(owner_of(map.dataset) == config->identity.member);
    CHECK(datasets.insert(map.dataset).second);
  }
  CHECK(config->operators.address.empty() || http::parse_address(config->operators.address)->loopback ||
        !config->operators.tls.certificate.empty());
}

void public_keys(Input input) {
  const std::string path = written(input, "keys.json");
  const auto keys = cli::read_public_keys(path);
  if (!good_in(keys, path)) return;
  CHECK(check_name(keys->member.text).has_value());
  for (const auto& key : keys->keys) CHECK(cli::public_key_of(key).has_value());
  const std::string text = cli::public_keys_text(*keys);
  const std::string again = written(Input(as_bytes(text)), "again.json");
  const auto reread = cli::read_public_keys(again);
  CHECK(reread.has_value() && cli::public_keys_text(*reread) == text);
}

void network_file(Input input) {
  const std::string path = written(input, "network.json");
  const auto network = cli::read_network(path);
  if (!good_in(network, path)) return;
  CHECK(net::check_endpoint(network->endpoint, net::EndpointUse::kConnect).has_value());
  CHECK(network->broker_key.algorithm == crypto::Algorithm::kCurve && network->suite != 0);
  const std::string text = cli::network_text(*network);
  const std::string again = written(Input(as_bytes(text)), "again.json");
  const auto reread = cli::read_network(again);
  CHECK(reread.has_value() && cli::network_text(*reread) == text);
  // An identity that is bound to it is one that programs read.
  const auto bound = cli::identity_text(folder().dir.path(), MemberId("tax"), *network);
  CHECK(bound.has_value());
  const std::string identity_path = written(Input(as_bytes(*bound)), "identity.toml");
  const auto identity = client::read_identity_file(identity_path);
  CHECK(identity.has_value() && identity->endpoint == network->endpoint);
}

void office(Input input) {
  written(input, "office.toml");
  const auto office = cli::read_office(folder().dir.path());
  if (!office) return CHECK(office.error().what.find('/') != std::string::npos);  // it, or the key that it names
  CHECK(check_name(office->member.text).has_value());
}

void statement_file(Input input) {
  const std::string path = written(input, "statement.json");
  const auto statement = cli::read_statement(path);
  if (!good_in(statement, path)) return;
  const std::string again = folder().dir / "again.json";
  CHECK(cli::write_statement(again, *statement, true).has_value());
  const auto reread = cli::read_statement(again);
  CHECK(reread.has_value() && reread->document == statement->document && reread->signatures == statement->signatures);
}

void bench_plan(Input input) {
  const std::string path = written(input, "bench.json");
  const auto plan = cli::read_bench_plan(folder().dir.path());
  if (!good_in(plan, path)) return;
  CHECK(!plan->homes.empty() && plan->choices.size() == plan->homes.size() && plan->rows > 0);
  for (const auto& choices : plan->choices) {
    CHECK(!choices.empty());
    for (const auto& choice : choices) CHECK(choice.rank >= 0 && check_dataset_id(choice.dataset.text).has_value());
  }
}

// A line of the input is a file in the folder of agreements that are stopped.
void suspended(Input input) {
  const std::string state = folder().dir / "state";
  std::filesystem::remove_all(state);
  std::filesystem::create_directories(state + "/suspended");
  std::set<AgreementId> left;
  bool names = true;
  std::string_view text = input.text();
  while (!text.empty()) {
    const std::string name(text.substr(0, text.find('\n')));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    if (name.find('/') != std::string::npos || name.find('\0') != std::string::npos || name == "." || name == "..")
      continue;
    std::ofstream file(state + "/suspended/" + name);
    if (name.empty() || !file) continue;  // no name that a file can have
    names = names && check_name(name).has_value();
    left.emplace(name);
  }
  adapters::Suspensions suspensions(state);
  const Status looked = suspensions.look();
  CHECK(looked.has_value() == names);
  if (!looked) {
    CHECK(looked.error().kind == ErrorKind::kStop && looked.error().what.find(state) != std::string::npos);
    return;
  }
  CHECK(suspensions.agreements() == left);
}

void key_file(Input input) {
  written(input, "fuzz.key");
  const auto key = crypto::read_key_file(folder().key);
  if (!key) return CHECK(key.error().what.find(folder().key) != std::string::npos);
  const std::string line =
      "steelyard-key:v1:" + std::string(crypto::name_of(key->algorithm)) + ":" + to_base64(key->octets.view());
  CHECK(input.text() == line || input.text() == line + "\n");
  static_cast<void>(crypto::read_signing_key(folder().key));
  static_cast<void>(crypto::read_opening_key(folder().key));
  static_cast<void>(crypto::read_curve_key(folder().key));
}

constexpr void (*kReaders[])(Input) = {broker_config,  identity,       dataset_map, dataset_file, agreement_file,
                                       key_file,       adapter_config, public_keys, network_file, office,
                                       statement_file, bench_plan,     suspended,   catalogue_csv};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
