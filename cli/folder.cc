#include "cli/folder.h"

#include <filesystem>

#include "cli/in_file.h"
#include "core/crypto/key_file.h"
#include "core/net/endpoint.h"
#include "core/store/durable_file.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kJsonBytesMax = 1024 * 1024;

tl::unexpected<Error> wrong(const std::string& path, const std::string& what) {
  return fail(ErrorKind::kFix, in_file(path, what), schemas::code::config);
}

Result<schemas::Key> key_from(const json::Value& value) {
  TRY_ASSIGN(std::string use, value.string_at("use"));
  TRY_ASSIGN(std::string text, value.string_at("key"));
  const auto named = schemas::key_use_named(use);
  if (!named) return fail(ErrorKind::kFix, "unknown key use `" + use + "`");
  TRY_ASSIGN(crypto::PublicKey key, crypto::public_key_from_text(text));
  return registered(*named, key);
}

template <class Key>
Status put_key(Creation& creation, const std::string& dir, const char* name, schemas::KeyUse use, const Key& key,
               PublicKeys& keys) {
  TRY(crypto::write_key_file(join(dir, name), key));
  creation.made(join(dir, name));
  keys.keys.push_back(registered(use, key.public_key()));
  return {};
}

}  // namespace

std::string join(const std::string& dir, const std::string& name) {
  return dir.empty() || dir.back() == '/' ? dir + name : dir + "/" + name;
}

Status refuse_existing(const std::string& path) {
  TRY_ASSIGN(bool there, store::exists(path));
  if (there) return wrong(path, "exists already, and nothing is overwritten: name another or move it away");
  return {};
}

Status write_text(const std::string& path, const std::string& text, unsigned mode) {
  TRY(refuse_existing(path));
  return store::write_file_durably(path, as_bytes(text), mode);
}

Result<json::Value> read_json(const std::string& path) {
  TRY_ASSIGN(Bytes bytes, store::read_file(path, kJsonBytesMax));
  auto value = json::parse(as_text(bytes));
  if (!value) return wrong(path, value.error().what);
  return value;
}

schemas::Key registered(schemas::KeyUse use, const crypto::PublicKey& key) {
  return {use, static_cast<std::uint8_t>(key.algorithm), key.octets};
}

Result<crypto::PublicKey> public_key_of(const schemas::Key& key) {
  TRY_ASSIGN(crypto::Algorithm algorithm, crypto::find_algorithm(key.algorithm));
  return crypto::PublicKey{algorithm, key.octets};
}

json::Value describe(const schemas::Key& key) {
  auto made = public_key_of(key);
  json::Value value = json::object({{"use", schemas::name_of(key.use)}});
  if (!made) return value;
  value.set("id", to_hex(made->id().view()));
  value.set("key", crypto::to_text(*made));
  return value;
}

Result<MadeKeys> make_keys(const std::string& dir, FolderSort sort, const MemberId& member,
                           const crypto::Suite& suite) {
  Creation creation;
  TRY_ASSIGN(MadeKeys made, make_keys(creation, dir, sort, member, suite));
  creation.keep();
  return made;
}

Result<MadeKeys> make_keys(Creation& creation, const std::string& dir, FolderSort sort, const MemberId& member,
                           const crypto::Suite& suite) {
  using schemas::KeyUse;
  TRY(check_name(member.text));
  TRY(creation.folder(dir));
  for (const char* name : {"office.key", "message.key", "transport.key", "seal.key", "cosign.key", "recovery.key",
                           "office.toml", "public.json"})
    TRY(refuse_existing(join(dir, name)));
  PublicKeys keys{member, {}};
  if (sort == FolderSort::kRecovery) {
    TRY(put_key(creation, dir, "recovery.key", KeyUse::kRecovery, crypto::SigningKey::generate(suite), keys));
    TRY(creation.file(join(dir, "public.json"), public_keys_text(keys)));
    return MadeKeys{std::move(keys.keys)};
  }
  if (sort != FolderSort::kAdapter)
    TRY(put_key(creation, dir, "office.key", KeyUse::kOffice, crypto::SigningKey::generate(suite), keys));
  TRY(put_key(creation, dir, "message.key", KeyUse::kMessage, crypto::SigningKey::generate(suite), keys));
  TRY(put_key(creation, dir, "transport.key", KeyUse::kTransport, crypto::CurveKey::generate(), keys));
  if (sort != FolderSort::kOffice) {
    TRY(put_key(creation, dir, "seal.key", KeyUse::kSeal, crypto::OpeningKey::generate(suite), keys));
    TRY(put_key(creation, dir, "cosign.key", KeyUse::kCosign, crypto::SigningKey::generate(suite), keys));
  }
  if (sort != FolderSort::kAdapter) {
    TRY(creation.file(join(dir, "office.toml"), "member = \"" + member.text + "\"\noffice_key = \"office.key\"\n"));
  }
  TRY(creation.file(join(dir, "public.json"), public_keys_text(keys)));
  return MadeKeys{std::move(keys.keys)};
}

std::string public_keys_text(const PublicKeys& keys) {
  json::Value list = json::array();
  for (const schemas::Key& key : keys.keys) list.push(describe(key));
  const json::Value file =
      json::object({{"format", "steelyard-public-keys/v1"}, {"member", keys.member}, {"keys", std::move(list)}});
  return json::dump(file, 2) + "\n";
}

Result<PublicKeys> read_public_keys(const std::string& given) {
  // Below a file nothing exists, and asking is an error: then `given` is the file itself.
  const auto inside = store::exists(join(given, "public.json"));
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(given, ignored);
  const std::string path = (inside && *inside) || folder ? join(given, "public.json") : given;
  TRY_ASSIGN(json::Value file, read_json(path));
  const auto read = [&]() -> Result<PublicKeys> {
    TRY_ASSIGN(std::string format, file.string_at("format"));
    if (format != "steelyard-public-keys/v1")
      return fail(ErrorKind::kFix, "not a file of public keys: give the public.json that `steelyard keys make` wrote");
    PublicKeys keys;
    TRY_ASSIGN(keys.member.text, file.string_at("member"));
    TRY(check_name(keys.member.text));
    TRY_ASSIGN(const json::Array* list, file.array_at("keys"));
    for (const json::Value& value : *list) {
      TRY_ASSIGN(schemas::Key key, key_from(value));
      keys.keys.push_back(std::move(key));
    }
    return keys;
  };
  auto keys = read();
  if (!keys) return wrong(path, keys.error().what);
  return keys;
}

std::string network_text(const NetworkFile& network) {
  const json::Value file = json::object({{"format", "steelyard-network/v1"},
                                         {"origin", network.origin},
                                         {"genesis", to_hex(network.genesis.view())},
                                         {"suite", network.suite},
                                         {"endpoint", network.endpoint},
                                         {"broker_key", crypto::to_text(network.broker_key)},
                                         {"log_key", crypto::to_text(network.log_key)}});
  return json::dump(file, 2) + "\n";
}

Result<NetworkFile> read_network(const std::string& path) {
  TRY_ASSIGN(json::Value file, read_json(path));
  const auto read = [&]() -> Result<NetworkFile> {
    NetworkFile network;
    TRY_ASSIGN(std::string format, file.string_at("format"));
    if (format != "steelyard-network/v1")
      return fail(ErrorKind::kFix, "not a network file: give the network.json that `steelyard init` wrote");
    TRY_ASSIGN(network.origin, file.string_at("origin"));
    TRY_ASSIGN(std::string genesis, file.string_at("genesis"));
    TRY_ASSIGN(network.genesis, genesis_from_text(genesis));
    TRY_ASSIGN(const std::int64_t suite, file.integer_at("suite"));
    if (suite < 1 || suite > 255) return fail(ErrorKind::kFix, "`suite` is not between 1 and 255");
    network.suite = static_cast<std::uint8_t>(suite);
    TRY_ASSIGN(network.endpoint, file.string_at("endpoint"));
    TRY_ASSIGN(std::string broker, file.string_at("broker_key"));
    TRY_ASSIGN(network.broker_key, crypto::public_key_from_text(broker));
    TRY_ASSIGN(std::string log, file.string_at("log_key"));
    TRY_ASSIGN(network.log_key, crypto::public_key_from_text(log));
    TRY(check_network(network));
    return network;
  };
  auto network = read();
  if (!network) return wrong(path, network.error().what);
  return network;
}

Result<Digest> genesis_from_text(const std::string& hex) {
  auto octets = from_hex(hex);
  auto digest = octets ? Digest::from(*octets) : Result<Digest>(tl::unexpected(octets.error()));
  if (!digest) return fail(ErrorKind::kFix, "the genesis is a digest: 64 hexadecimal digits, found `" + hex + "`");
  return digest;
}

Status check_network(const NetworkFile& network) {
  TRY(net::check_endpoint(network.endpoint, net::EndpointUse::kConnect));
  if (network.broker_key.algorithm != crypto::Algorithm::kCurve)
    return fail(ErrorKind::kFix, "the broker's transport key is written as curve:BASE64, found one of " +
                                     std::string(crypto::name_of(network.broker_key.algorithm)));
  return {};
}

Result<std::string> identity_text(const std::string& dir, const MemberId& member, const NetworkFile& network) {
  std::string text = "member = \"" + member.text + "\"\n";
  text += "endpoint = \"" + network.endpoint + "\"\n";
  text += "broker_key = \"" + crypto::to_text(network.broker_key) + "\"\n";
  text += "genesis = \"" + to_hex(network.genesis.view()) + "\"\n";
  text += "message_key = \"message.key\"\ntransport_key = \"transport.key\"\n";
  for (const auto& [name, file] : {std::pair{"seal_key", "seal.key"}, std::pair{"cosign_key", "cosign.key"}}) {
    TRY_ASSIGN(const bool there, store::exists(join(dir, file)));
    if (there) text += std::string(name) + " = \"" + file + "\"\n";
  }
  text += "state = \"state\"\n";
  return text;
}

Result<client::Identity> read_home(const std::string& dir) {
  const std::string path = join(dir, "identity.toml");
  TRY_ASSIGN(const bool there, store::exists(path));
  if (!there) return wrong(path, "missing: write it with `steelyard keys bind --home " + dir + " --from NETWORK.json`");
  return client::read_identity_file(path);
}

Result<Office> read_office(const std::string& dir) {
  const std::string file = join(dir, "office.toml");
  TRY_ASSIGN(const bool there, store::exists(file));
  if (!there)
    return wrong(file,
                 "missing: statements are signed by an office; name its folder, made with `steelyard keys make "
                 "--office DIR --member ID`");
  TRY_ASSIGN(config::Table table, config::read_file(file));
  TRY_ASSIGN(MemberId member, table.id<MemberId>("member"));
  TRY_ASSIGN(std::string path, table.secret_path("office_key"));
  TRY(table.finish());
  TRY_ASSIGN(crypto::SigningKey key, crypto::read_signing_key(path));
  return Office{std::move(member), std::move(key)};
}

const crypto::Suite& suite_of(const crypto::SigningKey& key) {
  const bool standard = key.public_key().algorithm == crypto::suite(crypto::SuiteId::kStandard).signing;
  return crypto::suite(standard ? crypto::SuiteId::kStandard : crypto::SuiteId::kTestSecond);
}

}  // namespace steelyard::cli
