// steelyard receipt verify: an exported receipt, offline, by what the verifier trusts.
#include <list>

#include "cli/statement_text.h"
#include "cli/trusted_log.h"
#include "cli/verbs.h"
#include "core/exchange/promise.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kReceiptBytesMax = 128 * 1024;

struct Options {
  std::string file, network, key, policy;
  std::vector<std::string> witnesses;
  std::int64_t quorum = 0;
};

// Those of --network or --key; without either the policy's.
Result<std::vector<TrustedLog>> trusted_logs(const Options& options, const std::optional<crypto::LogPolicy>& policy) {
  if (!options.network.empty() && !options.key.empty()) return usage("give --key or --network, not both");
  std::vector<TrustedLog> logs;
  if (!options.key.empty()) {
    TRY_ASSIGN(TrustedLog log, trusted_log(options.key));
    logs.push_back(std::move(log));
  } else if (!options.network.empty()) {
    TRY_ASSIGN(TrustedLog log, trusted_log_of_network(options.network));
    logs.push_back(std::move(log));
  } else if (policy) {
    for (const crypto::VerifierKey& key : policy->logs()) {
      TRY_ASSIGN(TrustedLog log, trusted_log(crypto::to_text(key)));
      logs.push_back(std::move(log));
    }
  }
  if (logs.empty()) return usage("say which log you trust: --key VKEY, --network FILE, or `log` lines in --policy");
  return logs;
}

// NAME=ed25519:BASE64, or a verifier key.
Result<std::pair<std::string, crypto::PublicKey>> witness_of(const std::string& text) {
  if (const auto vkey = crypto::verifier_key_from_text(text)) {
    if (vkey->use != crypto::NoteUse::kCosignature) return usage("--witness: this is the key of a log");
    return std::pair(vkey->name, vkey->key);
  }
  const std::size_t at = text.find('=');
  if (at == std::string::npos) return usage("--witness: write NAME=ed25519:BASE64, or a verifier key");
  const auto key = crypto::public_key_from_text(text.substr(at + 1));
  if (!key) return usage("--witness: " + key.error().what);
  return std::pair(text.substr(0, at), *key);
}

struct Verdict {
  std::string origin;
  exchange::ReceiptVerdict receipt;
  bool witnessed = false;  // by a quorum of those that the verifier pins
};

tl::unexpected<Error> does_not_hold(const std::string& what) {
  return tl::unexpected<Error>(schemas::error_of(schemas::code::verification_failed, what));
}

// What the verifier trusts, before anything of the receipt is looked at.
struct Trusted {
  std::optional<crypto::LogPolicy> policy;
  std::vector<TrustedLog> logs;
};

Result<Trusted> trusted(const Options& options) {
  Trusted made;
  if (!options.policy.empty()) {
    TRY_ASSIGN(made.policy, read_log_policy(options.policy));
  }
  TRY_ASSIGN(made.logs, trusted_logs(options, made.policy));
  return made;
}

Result<Verdict> judge(const exchange::Receipt& receipt, const Trusted& trust, const Options& options) {
  if (options.quorum < 0 || options.quorum > static_cast<std::int64_t>(options.witnesses.size()))
    return usage("--quorum: 0 to as many as there are --witness");
  exchange::ReceiptKeys keys;
  keys.quorum = static_cast<std::size_t>(options.quorum);
  std::list<crypto::VerifyingKey> decoded;
  for (const std::string& text : options.witnesses) {
    TRY_ASSIGN(const auto witness, witness_of(text));
    auto key = crypto::VerifyingKey::decode(witness.second);
    if (!key) return usage("--witness: " + key.error().what);
    keys.witnesses.emplace_back(witness.first, &decoded.emplace_back(std::move(*key)));
  }
  Result<exchange::ReceiptVerdict> verdict = fail(ErrorKind::kFix, "");
  Verdict found;
  for (const TrustedLog& log : trust.logs) {
    keys.origin = found.origin = log.origin;
    keys.suite = log.suite;
    keys.log_key = &log.key;
    verdict = exchange::verify_receipt(receipt, keys);
    if (verdict) break;
  }
  if (!verdict) return does_not_hold(verdict.error().what);
  found.receipt = std::move(*verdict);
  found.witnessed = keys.quorum > 0;
  if (!trust.policy) return found;
  TRY_ASSIGN(const crypto::Note note, crypto::parse_note(receipt.checkpoint));
  auto cosigned = trust.policy->check(note);
  if (!cosigned) return does_not_hold(cosigned.error().what);
  found.witnessed = found.witnessed || trust.policy->wants_witnesses();
  for (std::string& name : *cosigned) found.receipt.witnessed_by.push_back(std::move(name));
  return found;
}

Status verify(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const Trusted trust, trusted(options));
  TRY_ASSIGN(const Bytes text, store::read_file(options.file, kReceiptBytesMax));
  const auto receipt = exchange::parse_receipt(as_text(text));
  if (!receipt) return fail(ErrorKind::kFix, options.file + ": " + receipt.error().what, schemas::code::config);
  auto verdict = judge(*receipt, trust, options);
  if (!verdict) {
    if (verdict.error().code != schemas::code::verification_failed) return fail(std::move(verdict).error());
    return fail(std::move(verdict).error().in(options.file));
  }
  json::Value witnessed = json::array();
  std::string names;
  for (const std::string& name : verdict->receipt.witnessed_by) {
    witnessed.push(name);
    names += (names.empty() ? "" : ", ") + printable(name);
  }
  const std::string assurance = verdict->witnessed ? "witnessed" : "signed by the log";
  json::Value value = describe(verdict->receipt.entry, nullptr);
  value.set("entry", index_value(receipt->index));
  value.set("log_size", verdict->receipt.checkpoint.size);
  value.set("assurance", assurance);
  value.set("witnessed_by", std::move(witnessed));
  terminal.err << "holds: entry " << receipt->index.value << " stands in " << printable(verdict->origin) << ", "
               << assurance << (verdict->witnessed ? " by " + names : "") << "\n";
  print(terminal, value);
  return {};
}

}  // namespace

void register_receipt_verify(Command& receipt) {
  auto options = std::make_shared<Options>();
  Command command = receipt.verb("verify", "verifies an exported receipt, offline",
                                 "  steelyard receipt verify case.receipt --key log.city.example+7f3a9c01+AQ...\n"
                                 "  steelyard receipt verify case.receipt --key log.city.example+7f3a9c01+AQ... "
                                 "--policy witnesses.policy\n"
                                 "  steelyard receipt verify case.receipt --network network.json "
                                 "--witness civil-affairs=ed25519:... --quorum 1\n");
  command.required("file", options->file, "the receipt");
  command.option("--key", options->key, "verifier key of the log, as `steelyard log key` prints it");
  command.option("--network", options->network, "network.json of the network, in place of --key");
  command.option("--policy", options->policy, "file of logs, witnesses and a quorum that you trust (C2SP tlog-policy)");
  command.option("--witness", options->witnesses, "a witness's name and key that you trust; may be repeated");
  command.option("--quorum", options->quorum, "how many of them must have cosigned");
  command.runs([options](Terminal& terminal) { return verify(terminal, *options); });
}

}  // namespace steelyard::cli
