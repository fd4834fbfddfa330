// Files that people write: configuration, maps, identities, dataset and agreement files, key files. Refused with the
// file's name in front, or taken as something that keeps its own rules.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/dataset_map.h"
#include "broker/config.h"
#include "cli/documents.h"
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

void key_file(Input input) {
  const int file = ::open(folder().key.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const std::string_view text = input.text();
  CHECK(file >= 0 && ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(file);
  const auto key = crypto::read_key_file(folder().key);
  if (!key) return CHECK(key.error().what.find(folder().key) != std::string::npos);
  const std::string line =
      "steelyard-key:v1:" + std::string(crypto::name_of(key->algorithm)) + ":" + to_base64(key->octets.view());
  CHECK(text == line || text == line + "\n");
  static_cast<void>(crypto::read_signing_key(folder().key));
  static_cast<void>(crypto::read_opening_key(folder().key));
  static_cast<void>(crypto::read_curve_key(folder().key));
}

constexpr void (*kReaders[])(Input) = {broker_config, identity, dataset_map, dataset_file, agreement_file, key_file};

}  // namespace

FUZZ(input) { fuzz::choose(input, kReaders); }
