// steelyard log key, policy, stamp: what outsiders need to check a log, and what an authority stamped.
#include "cli/folder.h"
#include "cli/session.h"
#include "cli/trusted_log.h"
#include "cli/verbs.h"
#include "core/base/limits.h"
#include "core/base/outside_limits.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/timestamp.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

Status key(Terminal& terminal, const std::string& network) {
  TRY_ASSIGN(const TrustedLog log, trusted_log_of_network(network));
  const std::string text =
      crypto::to_text(crypto::VerifierKey{log.origin, crypto::NoteUse::kSignature, log.key.public_key()});
  if (terminal.output == Output::kTable)
    terminal.out << text << "\n";
  else
    print(terminal, json::object({{"origin", log.origin}, {"key", text}}));
  return {};
}

struct PolicyOptions {
  std::string home;
  std::int64_t quorum = 1;
};

// Every member with a key to cosign by, as of now, is a witness.
Status policy(Terminal& terminal, const PolicyOptions& options) {
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  const exchange::Registry& registry = session.registry();
  const exchange::RegisteredKey* log = registry.broker_key(schemas::KeyUse::kLog);
  if (log == nullptr) return usage("the registry names no key of the log");
  std::string text =
      "log " + crypto::to_text(crypto::VerifierKey{registry.origin(), crypto::NoteUse::kSignature, log->key}) + "\n";
  std::string names;
  std::int64_t count = 0;
  for (const MemberId& id : registry.members()) {
    const exchange::MemberRecord* member = registry.member(id);
    const exchange::RegisteredKey* cosigns = member == nullptr ? nullptr : member->current(schemas::KeyUse::kCosign);
    if (cosigns == nullptr) continue;
    text += "witness " + id.text + " " +
            crypto::to_text(crypto::VerifierKey{id.text, crypto::NoteUse::kCosignature, cosigns->key}) + "\n";
    names += " " + id.text;
    ++count;
  }
  if (options.quorum < 0 || options.quorum > count)
    return usage("--quorum: 0 to " + std::to_string(count) + ", as many members as can cosign");
  text += options.quorum == 0 ? "quorum none\n"
                              : "group members " + std::to_string(options.quorum) + names + "\nquorum members\n";
  if (terminal.output == Output::kTable)
    terminal.out << text;
  else
    print(terminal, json::object({{"policy", text}, {"witnesses", count}, {"quorum", options.quorum}}));
  return {};
}

struct StampOptions {
  std::string stamp, note, ca, key, network;
};

tl::unexpected<Error> does_not_hold(const std::string& path, const Error& why) {
  return tl::unexpected<Error>(schemas::error_of(schemas::code::verification_failed, path + ": " + why.what));
}

Status stamp(Terminal& terminal, const StampOptions& options) {
  if (options.key.empty() == options.network.empty()) return usage("give one of --key and --network");
  TRY_ASSIGN(const TrustedLog log,
             options.key.empty() ? trusted_log_of_network(options.network) : trusted_log(options.key));
  TRY_ASSIGN(const Bytes note, store::read_file(options.note, limits::kNoteBytesMax));
  TRY_ASSIGN(const Bytes stamped, store::read_file(options.stamp, limits::kStampBytesMax));
  TRY(store::read_file(options.ca, limits::kHttpAnswerBytesMax));  // a wrong path is no wrong stamp
  const auto checkpoint = crypto::verify_checkpoint(as_text(note), log.origin, log.key);
  if (!checkpoint) return does_not_hold(options.note, checkpoint.error());
  const auto time = crypto::verify_stamp(stamped, note, options.ca);
  if (!time) return does_not_hold(options.stamp, time.error());
  print(terminal, json::object({{"origin", checkpoint->origin},
                                {"size", checkpoint->size},
                                {"root", to_hex(checkpoint->root.view())},
                                {"stamped", to_rfc3339(*time)}}));
  return {};
}

}  // namespace

void register_log_keys(Command& log) {
  auto network = std::make_shared<std::string>();
  Command key_verb = log.verb("key", "prints the log's verifier key, for other tools and `receipt verify`",
                              "  steelyard log key broker/network.json\n");
  key_verb.required("network", *network, "network.json, or the folder that holds it");
  key_verb.runs([network](Terminal& terminal) { return key(terminal, *network); });

  auto asked = std::make_shared<PolicyOptions>();
  Command policy_verb = log.verb("policy", "prints the log and its members as witnesses, as a policy to verify by",
                                 "  steelyard log policy --quorum 3 --home tax-office > city.policy\n");
  policy_verb.home(asked->home);
  policy_verb.option("--quorum", asked->quorum, "how many of them must have cosigned");
  policy_verb.runs([asked](Terminal& terminal) { return policy(terminal, *asked); });

  auto stamped = std::make_shared<StampOptions>();
  Command stamp_verb =
      log.verb("stamp", "verifies a time stamp (RFC 3161) on a checkpoint, offline",
               "  steelyard log stamp 4096.tsr --note 4096.note --ca tsa.pem --network network.json\n");
  stamp_verb.required("stamp", stamped->stamp, "the stamp, a TimeStampResp");
  stamp_verb.required("--note", stamped->note, "the signed checkpoint that it is on");
  stamp_verb.required("--ca", stamped->ca, "PEM certificates of authorities that you trust");
  stamp_verb.option("--key", stamped->key, "verifier key of the log, as `steelyard log key` prints it");
  stamp_verb.option("--network", stamped->network, "network.json of the network, in place of --key");
  stamp_verb.runs([stamped](Terminal& terminal) { return stamp(terminal, *stamped); });
}

}  // namespace steelyard::cli
