// steelyard keys: makes, shows and binds folders of keys.
#include "cli/folder.h"
#include "cli/verbs.h"
#include "core/crypto/key_file.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

struct MakeOptions {
  std::string office, adapter, recovery, member;
  std::int64_t suite = 1;
};

Table keys_table(const std::vector<schemas::Key>& keys) {
  Table table{{"use", "id", "key"}, {}};
  for (const schemas::Key& key : keys) {
    const json::Value value = describe(key);
    const auto at = [&value](const char* name) { return value.find(name) ? *value.find(name) : json::Value(); };
    table.rows.push_back({at("use"), at("id"), at("key")});
  }
  return table;
}

Status make(Terminal& terminal, const MakeOptions& options) {
  const int named =
      (options.office.empty() ? 0 : 1) + (options.adapter.empty() ? 0 : 1) + (options.recovery.empty() ? 0 : 1);
  if (named != 1) return usage("name one folder: --office DIR or --adapter DIR, or --recovery DIR");
  if (auto good = check_name(options.member); !good) return usage("--member: " + good.error().what);
  if (options.suite < 0 || options.suite > 255) return usage("--suite: a number of docs/formats/keys.md");
  auto suite = crypto::find_suite(static_cast<std::uint8_t>(options.suite));
  if (!suite) return usage("--suite: " + suite.error().what);
  const FolderSort sort = !options.office.empty()    ? FolderSort::kOffice
                          : !options.adapter.empty() ? FolderSort::kAdapter
                                                     : FolderSort::kRecovery;
  const std::string dir = options.office + options.adapter + options.recovery;
  TRY_ASSIGN(const MadeKeys made, make_keys(dir, sort, MemberId(options.member), **suite));
  print(terminal, keys_table(made.keys));
  terminal.err << "hand " << join(dir, "public.json") << " to the root manager\n";
  if (sort == FolderSort::kRecovery) terminal.err << "take " << dir << " off this machine, and keep it offline\n";
  return {};
}

struct BindOptions {
  std::string home, from, genesis, broker_key, endpoint;
};

Status bind(Terminal& terminal, const BindOptions& options) {
  NetworkFile network;
  if (!options.from.empty()) {
    TRY_ASSIGN(network, read_network(options.from));
  } else {
    if (options.genesis.empty() || options.broker_key.empty() || options.endpoint.empty())
      return usage("give --from NETWORK.json, or all of --genesis, --broker-key and --endpoint");
    auto genesis = genesis_from_text(options.genesis);
    if (!genesis) return usage("--genesis: " + genesis.error().what);
    network.genesis = *genesis;
    auto key = crypto::public_key_from_text(options.broker_key);
    if (!key) return usage("--broker-key: " + key.error().what);
    network.broker_key = std::move(*key);
  }
  if (!options.endpoint.empty()) network.endpoint = options.endpoint;
  if (auto good = check_network(network); !good) return usage(good.error().what);
  TRY_ASSIGN(const PublicKeys keys, read_public_keys(join(options.home, "public.json")));
  for (const char* name : {"message.key", "transport.key"}) TRY(crypto::read_key_file(join(options.home, name)));
  TRY_ASSIGN(const std::string text, identity_text(options.home, keys.member, network));
  TRY(write_text(join(options.home, "identity.toml"), text, 0600));
  print(terminal, json::object({{"identity", join(options.home, "identity.toml")},
                                {"member", keys.member},
                                {"genesis", to_hex(network.genesis.view())},
                                {"endpoint", network.endpoint}}));
  return {};
}

}  // namespace

void register_keys(Command& root) {
  Command noun = root.verb("keys", "makes, shows and binds folders of keys");
  auto made = std::make_shared<MakeOptions>();
  Command command = noun.verb("make", "makes a folder with new keys, and public.json to hand to the root manager",
                              "  steelyard keys make --office tax-office --member tax\n"
                              "  steelyard keys make --adapter tax-adapter --member tax\n"
                              "  steelyard keys make --recovery tax-recovery --member tax\n");
  command.option("--office", made->office, "make an office's folder: office, message and transport key");
  command.option("--adapter", made->adapter, "make an adapter's folder: message, transport, seal and cosign key");
  command.option("--recovery", made->recovery, "make the folder of a recovery key, to be kept offline");
  command.required("--member", made->member, "id of the member whose keys these are");
  command.option("--suite", made->suite, "cryptographic suite of the network");
  command.runs([made](Terminal& terminal) { return make(terminal, *made); });

  auto shown = std::make_shared<std::string>();
  Command show = noun.verb("show", "shows a folder's public keys", "  steelyard keys show tax-office\n");
  show.required("folder", *shown, "the folder, or its public.json");
  show.runs([shown](Terminal& terminal) -> Status {
    TRY_ASSIGN(const PublicKeys keys, read_public_keys(*shown));
    print(terminal, keys_table(keys.keys));
    return {};
  });

  auto bound = std::make_shared<BindOptions>();
  Command binding = noun.verb("bind", "writes identity.toml: which network and broker this folder trusts",
                              "  steelyard keys bind --home tax-office --from network.json\n");
  binding.home(bound->home);
  binding.option("--from", bound->from, "the network.json that `init` wrote");
  binding.option("--genesis", bound->genesis, "digest of the genesis statement, in hex");
  binding.option("--broker-key", bound->broker_key, "the broker's transport key, curve:BASE64");
  binding.option("--endpoint", bound->endpoint, "tcp://HOST:PORT of the broker");
  binding.runs([bound](Terminal& terminal) { return bind(terminal, *bound); });
}

}  // namespace steelyard::cli
