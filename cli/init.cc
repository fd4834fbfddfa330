// steelyard init: a new network: the root manager's office, the broker's folder with the genesis as entry 0.
#include <filesystem>

#include "cli/folder.h"
#include "cli/statement_signing.h"
#include "cli/verbs.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/random.h"
#include "core/exchange/bundle.h"
#include "core/exchange/digest.h"
#include "core/exchange/registry.h"
#include "core/http/address.h"
#include "core/net/endpoint.h"
#include "core/provenance/head_file.h"
#include "core/provenance/log_store.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"

namespace steelyard::cli {
namespace {

struct Options {
  std::string root, name_zh, name_en, origin, broker, office;
  std::string listen = "tcp://127.0.0.1:7401";
  std::string operators = "127.0.0.1:7402";
  std::string public_address;
  std::int64_t suite = 1;
};

constexpr std::size_t kOriginOctetsMax = 160;  // a subject's (docs/formats/statement.md)

struct BrokerKeys {
  crypto::SigningKey bundle;
  crypto::SigningKey log;
  crypto::CurveKey transport;
};

Status check(const Options& options) {
  if (auto good = check_name(options.root); !good) return usage("--root: " + good.error().what);
  if (options.name_zh.empty() || options.name_en.empty()) return usage("--name-zh and --name-en must not be empty");
  if (options.origin.empty() || options.origin.size() > kOriginOctetsMax ||
      options.origin.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-/") != std::string::npos)
    return usage("--origin: `" + options.origin + "` is no name of a log: 1 to 160 of a-z, 0-9, . _ - and /");
  if (auto good = net::check_endpoint(options.listen, net::EndpointUse::kConnect); !good)
    return usage("--listen: " + good.error().what);
  if (!options.public_address.empty())
    if (auto good = http::parse_address(options.public_address); !good) return usage("--public: " + good.error().what);
  if (options.broker.empty() || options.office.empty()) return usage("--broker and --office: name a folder each");
  const auto plain = [](const std::string& dir) { return std::filesystem::path(dir + "/").lexically_normal(); };
  if (plain(options.broker) == plain(options.office))
    return usage("--broker and --office must be two folders: the broker never holds an office's key");
  TRY(refuse_existing(join(options.broker, "store.new")));
  for (const char* name : {"broker.toml", "bundle.key", "log.key", "transport.key", "store", "head", "network.json"})
    TRY(refuse_existing(join(options.broker, name)));
  return refuse_existing(join(options.office, "office.key"));
}

schemas::Statement genesis_of(const Options& options, std::vector<schemas::Key> root_keys, const BrokerKeys& keys,
                              Instant now) {
  using schemas::KeyUse;
  schemas::Genesis body;
  body.origin = options.origin;
  body.suite = static_cast<std::uint8_t>(options.suite);
  body.root_manager = MemberId(options.root);
  body.names = {options.name_zh, options.name_en};
  body.root_keys = std::move(root_keys);
  body.broker_keys = {registered(KeyUse::kTransport, keys.transport.public_key()),
                      registered(KeyUse::kBundle, keys.bundle.public_key()),
                      registered(KeyUse::kLog, keys.log.public_key())};
  schemas::Statement statement;
  statement.head = {Digest{},
                    schemas::StatementKind::kGenesis,
                    options.origin,
                    1,
                    Digest{},
                    body.root_manager,
                    schemas::Role::kRootManager,
                    now};
  statement.body = std::move(body);
  return statement;
}

// Entry 0 as if the root manager had sent it: in a bundle of its own, signed by its message key, so that the broker
// forwards the genesis with a proof like any statement.
Result<provenance::Batch> genesis_batch(const crypto::Suite& suite, const std::string& origin,
                                        const exchange::StatementBytes& genesis, const MemberId& root,
                                        const crypto::SigningKey& message_key, Instant now) {
  using schemas::MessageKind;
  exchange::Registry registry;
  TRY_ASSIGN(exchange::RegistryChange change, registry.apply(genesis, LogIndex(0), now));
  const exchange::OutMessage message{MessageKind::kStatement,
                                     std::make_shared<const Bytes>(genesis.document),
                                     std::make_shared<const Bytes>(genesis.signatures),
                                     {}};
  const Bytes octets = exchange::sign_member_frame(suite, origin, root, message_key, {&message, 1});
  TRY_ASSIGN(const exchange::Frame frame, exchange::parse_frame(octets));
  provenance::BundleRecord bundle;
  bundle.number = provenance::BundleNumber(0);
  bundle.author = root;
  bundle.key = frame.key;
  bundle.signature = frame.signature;
  bundle.size = 1;
  bundle.first = LogIndex(0);
  bundle.positions = {0};
  provenance::EntryRecord entry;
  entry.index = LogIndex(0);
  entry.body.kind = schemas::EntryKind::kStatement;
  entry.body.digest = exchange::message_digest(suite, MessageKind::kStatement, genesis.document, genesis.signatures);
  entry.body.member = LogIndex(0);
  entry.body.epoch = LogIndex(0);
  entry.body.time = now;
  entry.salt = crypto::random<Salt>();
  entry.commitment = exchange::entry_commitment(suite, entry.salt, exchange::encode(entry.body));
  entry.bundle = bundle.number;
  provenance::Batch batch;
  batch.number = 1;
  batch.first = LogIndex(0);
  batch.entries.push_back(std::move(entry));
  batch.bundles.push_back(std::move(bundle));
  batch.statements.push_back({LogIndex(0), genesis});
  batch.registry = std::move(change.rows);
  return batch;
}

// Store and head stand under temporary names until both are whole; the store gets its name last, so that a folder
// with a store is a folder that is ready.
Status make_log(Creation& creation, const Options& options, const crypto::Suite& suite,
                const exchange::StatementBytes& genesis, const crypto::SigningKey& log_key, Instant now) {
  const std::string building = join(options.broker, "store.new");
  creation.made(building);
  TRY_ASSIGN(const crypto::SigningKey message_key, crypto::read_signing_key(join(options.office, "message.key")));
  TRY_ASSIGN(const provenance::Batch batch,
             genesis_batch(suite, options.origin, genesis, MemberId(options.root), message_key, now));
  crypto::Checkpoint checkpoint;
  {
    TRY_ASSIGN(auto store, provenance::LogStore::open(building, store::EnvOptions{}, suite));
    TRY(store->recover());
    TRY(store->commit(batch));
    checkpoint = {options.origin, store->frontier().size(), store->frontier().root(), {}};
  }
  creation.made(join(options.broker, "head"));
  TRY(store::make_dir(join(options.broker, "head"), 0700));
  const provenance::HeadFile head(join(options.broker, "head/checkpoint"), options.origin);
  TRY(head.write(crypto::sign_checkpoint(checkpoint, log_key)));
  return store::rename_durably(building, join(options.broker, "store"));
}

std::string broker_toml(const Options& options) {
  return "# The broker's configuration; docs/configuration.md says what may stand here. Paths start at this file's "
         "folder.\n"
         "listen = \"" +
         options.listen +
         "\"\n"
         "operators = \"" +
         options.operators + "\"  # /metrics, /status, /healthz, /readyz, and the log: /checkpoint, /tile/...\n" +
         (options.public_address.empty()
              ? "# public = \"127.0.0.1:7405\"  # the log alone, for anybody\n"
              : "public = \"" + options.public_address + "\"  # the log alone, for anybody\n") +
         "store = \"store\"\n"
         "head = \"head/checkpoint\"  # better on another file system than the store\n"
         "index = \"index\"\n"
         "transport_key = \"transport.key\"\n"
         "bundle_key = \"bundle.key\"\n"
         "log_key = \"log.key\"\n";
}

Status run(Terminal& terminal, const Options& options) {
  TRY(check(options));
  if (options.suite < 0 || options.suite > 255) return usage("--suite: a number of docs/formats/keys.md");
  const auto found = crypto::find_suite(static_cast<std::uint8_t>(options.suite));
  if (!found) return usage("--suite: " + found.error().what);
  const crypto::Suite* suite = *found;
  const MemberId root(options.root);
  const Instant now = terminal.clock.wall();
  Creation creation;
  TRY_ASSIGN(MadeKeys root_keys, make_keys(creation, options.office, FolderSort::kRootOffice, root, *suite));
  TRY(creation.folder(options.broker));
  const BrokerKeys keys{crypto::SigningKey::generate(*suite), crypto::SigningKey::generate(*suite),
                        crypto::CurveKey::generate()};
  const auto put = [&](const char* name, const auto& key) -> Status {
    TRY(crypto::write_key_file(join(options.broker, name), key));
    creation.made(join(options.broker, name));
    return {};
  };
  TRY(put("bundle.key", keys.bundle));
  TRY(put("log.key", keys.log));
  TRY(put("transport.key", keys.transport));
  TRY_ASSIGN(const Office office, read_office(options.office));
  exchange::StatementBytes genesis{schemas::encode(genesis_of(options, std::move(root_keys.keys), keys, now)), {}};
  TRY(sign_as(office, genesis));
  NetworkFile network{options.origin,
                      exchange::statement_digest(*suite, genesis.document),
                      static_cast<std::uint8_t>(options.suite),
                      options.listen,
                      keys.transport.public_key(),
                      keys.log.public_key()};
  TRY_ASSIGN(const std::string identity, identity_text(options.office, root, network));
  TRY(creation.file(join(options.broker, "network.json"), network_text(network)));
  TRY(creation.file(join(options.office, "identity.toml"), identity, 0600));
  TRY(creation.file(join(options.broker, "broker.toml"), broker_toml(options)));
  TRY(make_log(creation, options, *suite, genesis, keys.log, now));
  creation.keep();
  print(terminal, json::object({{"origin", network.origin},
                                {"genesis", to_hex(network.genesis.view())},
                                {"root_manager", root},
                                {"broker", options.broker},
                                {"office", options.office},
                                {"network", join(options.broker, "network.json")}}));
  terminal.err << "hand " << join(options.broker, "network.json")
               << " to every member; start the broker with `steelyard-broker --config "
               << join(options.broker, "broker.toml") << "`\n";
  return {};
}

}  // namespace

void register_init(Command& root) {
  auto options = std::make_shared<Options>();
  Command command = root.verb("init", "makes a new network: the root manager's office and the broker's folder",
                              "  steelyard init --root data-bureau --name-zh 数据局 --name-en \"Data Bureau\" \\\n"
                              "      --origin log.city.example --broker broker --office data-bureau-office\n");
  command.required("--root", options->root, "member id of the root manager");
  command.required("--name-zh", options->name_zh, "its name in Chinese");
  command.required("--name-en", options->name_en, "its name in English");
  command.required("--origin", options->origin, "name of the log, such as log.city.example");
  command.required("--broker", options->broker, "folder to make for the broker");
  command.required("--office", options->office, "folder to make for the root manager's office");
  command.option("--listen", options->listen, "where the broker will listen, and members connect");
  command.option("--operators", options->operators, "where its operators will read metrics and status, on loopback");
  command.option("--public", options->public_address,
                 "where anybody will read the log, at any address; none if left out");
  command.option("--suite", options->suite, "cryptographic suite of the network");
  command.runs([options](Terminal& terminal) { return run(terminal, *options); });
}

}  // namespace steelyard::cli
