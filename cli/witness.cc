// steelyard witness: an independent witness of logs, over HTTP (C2SP tlog-witness).
#include <signal.h>

#include <cerrno>
#include <filesystem>

#include "cli/creation.h"
#include "cli/folder.h"
#include "cli/verbs.h"
#include "core/base/os_reason.h"
#include "core/base/plain_text.h"
#include "core/client/public_witness.h"
#include "core/crypto/key_file.h"
#include "core/crypto/verifier_key.h"
#include "core/http/request_server.h"
#include "core/store/dir_lock.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

constexpr const char* kKeyFile = "cosign.key";
constexpr const char* kNameFile = "witness.vkey";
constexpr std::size_t kVkeyBytesMax = 1'024;

struct Options {
  std::string dir, name, listen = "127.0.0.1:7409";
  std::vector<std::string> logs;
};

Result<crypto::VerifierKey> own_key(const std::string& dir) {
  const std::string path = join(dir, kNameFile);
  TRY_ASSIGN(const Bytes octets, store::read_file(path, kVkeyBytesMax));
  std::string_view text = as_text(octets);
  if (text.ends_with('\n')) text.remove_suffix(1);
  auto key = crypto::verifier_key_from_text(text);
  if (!key || key->use != crypto::NoteUse::kCosignature)
    return fail(ErrorKind::kFix, path + " is no key of a witness: make the folder by `steelyard witness make`",
                schemas::code::config);
  return key;
}

Status make(Terminal& terminal, const Options& options) {
  if (!crypto::note_name_usable(options.name))
    return usage("--name: `" + printable(options.name) +
                 "` is no name of a witness: something like witness.example.org/1, without spaces and `+`");
  for (const char* name : {kKeyFile, kNameFile}) TRY(refuse_existing(join(options.dir, name)));
  const auto key = crypto::SigningKey::generate(crypto::suite(crypto::SuiteId::kStandard));
  const std::string text =
      crypto::to_text(crypto::VerifierKey{options.name, crypto::NoteUse::kCosignature, key.public_key()});
  Creation creation;
  TRY(creation.folder(options.dir));
  TRY(crypto::write_key_file(join(options.dir, kKeyFile), key));
  creation.made(join(options.dir, kKeyFile));
  TRY(creation.file(join(options.dir, kNameFile), text + "\n"));
  creation.keep();
  print(terminal, json::object({{"name", options.name}, {"key", text}}));
  terminal.err << "hand the key to whoever is to trust this witness, and to the logs that it will cosign\n";
  return {};
}

Status show(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const crypto::VerifierKey key, own_key(options.dir));
  print(terminal, json::object({{"name", key.name}, {"key", crypto::to_text(key)}}));
  return {};
}

Result<std::vector<crypto::VerifierKey>> logs_of(const Options& options) {
  std::vector<crypto::VerifierKey> logs;
  for (const std::string& text : options.logs) {
    auto key = crypto::verifier_key_from_text(text);
    if (!key) return usage("--log: " + key.error().what + "; `steelyard log key` prints a log's");
    logs.push_back(std::move(*key));
  }
  return logs;
}

void tell_alarms(Terminal& terminal, client::PublicWitness& witness) {
  for (const client::Alarm& alarm : witness.take_alarms())
    terminal.err << "alarm " << alarm.slug << ": " << printable(alarm.what) << "; evidence: " << alarm.evidence_path
                 << std::endl;
}

// SIGTERM and SIGINT end it; blocked before any thread is made, so that none of them takes the signal.
Result<sigset_t> block_ending_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  if (pthread_sigmask(SIG_BLOCK, &signals, nullptr) != 0)
    return fail(ErrorKind::kStop, "blocking signals: " + os_reason(errno));
  return signals;
}

Status run(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const auto logs, logs_of(options));
  TRY_ASSIGN(const crypto::VerifierKey own, own_key(options.dir));
  TRY_ASSIGN(crypto::SigningKey key, crypto::read_signing_key(join(options.dir, kKeyFile)));
  if (key.public_key() != own.key)
    return usage(join(options.dir, kKeyFile) + " is not the key that " + join(options.dir, kNameFile) + " tells");
  // Two processes of one folder could cosign two trees of one size.
  TRY_ASSIGN(const auto lock, store::DirLock::take(options.dir));
  auto opened = client::PublicWitness::open(options.dir, own.name, std::move(key), logs, terminal.clock);
  if (!opened) return usage(opened.error().what);
  client::PublicWitness& witness = **opened;
  TRY_ASSIGN(const sigset_t signals, block_ending_signals());
  http::RequestCounts counts;
  // All of it on the server's thread: only what a log signed and what extends is written to disk, at the log's own
  // pace.
  TRY_ASSIGN(const auto server, http::RequestServer::open(
                                    options.listen,
                                    [&](const http::Request& request, const http::Reply& reply) {
                                      if (request.path != "/add-checkpoint") return reply.send(http::problem_of(404));
                                      if (request.method != "POST") return reply.send(http::problem_of(405));
                                      client::PublicWitness::Answer answer = witness.add_checkpoint(request.body);
                                      tell_alarms(terminal, witness);
                                      reply.send({answer.status, std::move(answer.type), std::move(answer.body), {}});
                                    },
                                    counts, http::Audience::kAnybody));
  const json::Value ready =
      json::object({{"listening", "http://" + server->address()}, {"name", own.name}, {"key", crypto::to_text(own)}});
  terminal.output == Output::kJson
      ? void(terminal.out << json::dump(ready) << std::endl)
      : void(terminal.out << "steelyard-witness ready http://" << server->address() << std::endl);
  int number = 0;
  while (sigwait(&signals, &number) != 0) {
  }
  return {};
}

}  // namespace

void register_witness(Command& root) {
  Command noun = root.verb("witness", "an independent witness of logs, over HTTP (C2SP tlog-witness)");
  auto making = std::make_shared<Options>();
  Command make_verb = noun.verb("make", "makes a witness's folder: its key",
                                "  steelyard witness make witness --name witness.example.org/1\n");
  make_verb.required("folder", making->dir, "folder to make");
  make_verb.required("--name", making->name, "the witness's name, for good");
  make_verb.runs([making](Terminal& terminal) { return make(terminal, *making); });

  auto showing = std::make_shared<Options>();
  Command show_verb =
      noun.verb("show", "prints a witness's verifier key", "  steelyard witness show witness -o json\n");
  show_verb.required("folder", showing->dir, "the witness's folder");
  show_verb.runs([showing](Terminal& terminal) { return show(terminal, *showing); });

  auto running = std::make_shared<Options>();
  Command run_verb = noun.verb("run", "cosigns checkpoints that are brought to it, until it is interrupted",
                               "  steelyard witness run witness --log \"$(steelyard log key broker/network.json)\" \\\n"
                               "      --listen 127.0.0.1:7409\n");
  run_verb.required("folder", running->dir, "the witness's folder");
  run_verb.required("--log", running->logs, "verifier key of a log that it cosigns; may be repeated");
  run_verb.option("--listen", running->listen, "address for POST /add-checkpoint; port 0 takes a free one");
  run_verb.runs([running](Terminal& terminal) { return run(terminal, *running); });
}

}  // namespace steelyard::cli
