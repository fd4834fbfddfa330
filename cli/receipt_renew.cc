// steelyard receipt renew: a receipt under the log's newest checkpoint, with the cosignatures that this one bears.
#include "cli/creation.h"
#include "cli/log_over_http.h"
#include "cli/statement_text.h"
#include "cli/trusted_log.h"
#include "cli/verbs.h"
#include "core/crypto/merkle.h"
#include "core/exchange/promise.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

constexpr std::size_t kReceiptBytesMax = 128 * 1024;

struct Options {
  std::string file, log, key, network, out;
};

tl::unexpected<Error> does_not_hold(const std::string& what) {
  return tl::unexpected<Error>(schemas::error_of(schemas::code::verification_failed, what));
}

// The newest checkpoint, which extends the one that the receipt bears; a log that shows it to nobody has been found
// out.
Result<crypto::Checkpoint> newest(LogOverHttp& pages, const TrustedLog& log, const crypto::Checkpoint& before,
                                  std::string& note) {
  TRY_ASSIGN(note, pages.checkpoint());
  auto checkpoint = crypto::verify_checkpoint(note, log.origin, log.key);
  if (!checkpoint) return does_not_hold("the log's newest checkpoint: " + checkpoint.error().what);
  if (checkpoint->size < before.size)
    return fail(schemas::error_of(schemas::code::timed_out, "the log's pages show " + std::to_string(checkpoint->size) +
                                                                " entries, fewer than the receipt's " +
                                                                std::to_string(before.size)));
  TRY_ASSIGN(const auto proof, crypto::consistency_proof(*log.suite, pages, before.size, checkpoint->size));
  const auto extends =
      crypto::verify_consistency(*log.suite, before.size, before.root, checkpoint->size, checkpoint->root, proof);
  if (!extends)
    return does_not_hold(
        "the log's newest checkpoint does not extend the receipt's: keep the receipt, and this note:\n" + note);
  return checkpoint;
}

Status renew(Terminal& terminal, const Options& options) {
  if (options.key.empty() == options.network.empty()) return usage("give one of --key and --network");
  TRY_ASSIGN(const TrustedLog log,
             options.key.empty() ? trusted_log_of_network(options.network) : trusted_log(options.key));
  auto url = http::parse_url(options.log);
  if (!url) return usage("--log: " + url.error().what);
  TRY_ASSIGN(const Bytes text, store::read_file(options.file, kReceiptBytesMax));
  auto receipt = exchange::parse_receipt(as_text(text));
  if (!receipt) return fail(ErrorKind::kFix, options.file + ": " + receipt.error().what, schemas::code::config);
  const exchange::ReceiptKeys keys{log.origin, log.suite, &log.key, {}, 0};
  const auto old = exchange::verify_receipt(*receipt, keys);
  if (!old) return does_not_hold(options.file + ": " + old.error().what);
  LogOverHttp pages(std::move(*url));
  std::string note;
  TRY_ASSIGN(const crypto::Checkpoint checkpoint, newest(pages, log, old->checkpoint, note));
  exchange::Receipt made = *receipt;
  TRY_ASSIGN(made.path, crypto::inclusion_proof(*log.suite, pages, receipt->index.value, checkpoint.size));
  made.checkpoint = note;
  const auto holds = exchange::verify_receipt(made, keys);
  if (!holds) return does_not_hold("the log's tiles: " + holds.error().what);
  Creation creation;
  TRY(creation.file(options.out, exchange::format_receipt(made)));
  creation.keep();
  TRY_ASSIGN(const crypto::Note parsed, crypto::parse_note(note));
  json::Value names = json::array();
  for (const crypto::NoteSignature& line : parsed.signatures)
    if (line.name != log.origin) names.push(line.name);
  print(terminal, json::object({{"file", options.out},
                                {"entry", index_value(made.index)},
                                {"log_size", checkpoint.size},
                                {"cosigned_as", std::move(names)}}));
  return {};
}

}  // namespace

void register_receipt_renew(Command& receipt) {
  auto options = std::make_shared<Options>();
  Command command =
      receipt.verb("renew", "writes a receipt anew, under the log's newest checkpoint and its cosignatures",
                   "  steelyard receipt renew case.receipt --log http://127.0.0.1:7405 \\\n"
                   "      --network network.json --out witnessed.receipt\n");
  command.required("file", options->file, "the receipt");
  command.required("--log", options->log, "where the log's pages are, http://HOST:PORT");
  command.required("--out", options->out, "file to make");
  command.option("--key", options->key, "verifier key of the log, as `steelyard log key` prints it");
  command.option("--network", options->network, "network.json of the network, in place of --key");
  command.runs([options](Terminal& terminal) { return renew(terminal, *options); });
}

}  // namespace steelyard::cli
