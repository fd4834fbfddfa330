// steelyard log: verifies, reads and shows the provenance log.
#include <filesystem>

#include "cli/folder.h"
#include "cli/log_reader.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"
#include "core/base/limits.h"
#include "core/crypto/checkpoint.h"
#include "core/provenance/verify_log.h"
#include "core/store/durable_file.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

struct VerifyOptions {
  std::string store, head, genesis;
  std::vector<std::string> held;
};

json::Value finding_value(const provenance::Finding& finding) {
  return json::object({{"slug", finding.slug},
                       {"entry", finding.index ? index_value(*finding.index) : json::Value()},
                       {"what", finding.what}});
}

void print_report(Terminal& terminal, const provenance::VerifyReport& report) {
  const bool whole = report.findings.empty();
  if (terminal.output == Output::kTable) {
    terminal.out << (whole ? "whole: " : "BROKEN: ") << report.entries << " entries, " << report.statements
                 << " statements, " << report.bundles << " bundles, " << report.exchanges << " exchanges of "
                 << printable(report.origin) << ", root " << to_hex(report.root.view()) << "\n";
    for (const provenance::Finding& finding : report.findings) {
      terminal.out << printable(finding.slug);
      if (finding.index) terminal.out << " at entry " << finding.index->value;
      terminal.out << ": " << printable(finding.what) << "\n";
    }
    return;
  }
  json::Value findings = json::array();
  for (const provenance::Finding& finding : report.findings) findings.push(finding_value(finding));
  print(terminal, json::object({{"whole", whole},
                                {"origin", report.origin},
                                {"entries", report.entries},
                                {"statements", report.statements},
                                {"bundles", report.bundles},
                                {"exchanges", report.exchanges},
                                {"root", to_hex(report.root.view())},
                                {"head", report.head ? json::Value(report.head->size) : json::Value()},
                                {"findings", std::move(findings)}}));
}

Status verify(Terminal& terminal, const VerifyOptions& options) {
  provenance::VerifyOptions how;
  how.head_path = options.head;
  if (!options.head.empty()) {
    // A head file that is gone is a finding of the log; one that cannot be read is a wrong path.
    std::error_code ignored;
    if (std::filesystem::is_directory(options.head, ignored))
      return usage("--head: " + options.head + " is a folder: name the file in it, such as " + options.head +
                   "/checkpoint");
  }
  for (const std::string& path : options.held) {
    TRY_ASSIGN(const Bytes note, store::read_file(path, limits::kNoteBytesMax));
    how.held.emplace_back(as_text(note));
  }
  if (!options.genesis.empty()) {
    auto genesis = genesis_from_text(options.genesis);
    if (!genesis) return usage("--genesis: " + genesis.error().what);
    how.pinned_genesis = *genesis;
  }
  TRY_ASSIGN(const provenance::VerifyReport report, provenance::verify_log(options.store, how));
  print_report(terminal, report);
  if (report.findings.empty()) return {};
  return tl::unexpected<Error>(schemas::error_of(schemas::code::verification_failed, report.findings.front().slug));
}

Result<crypto::Checkpoint> checkpoint_in(const std::string& path, std::string& note) {
  TRY_ASSIGN(const Bytes bytes, store::read_file(path, limits::kNoteBytesMax));
  note = as_text(bytes);
  const auto wrong = [&path](const Error& error) {
    return fail(ErrorKind::kFix, path + " is no head file: " + error.what, schemas::code::config);
  };
  const auto parsed = crypto::parse_note(note);
  if (!parsed) return wrong(parsed.error());
  auto checkpoint = crypto::parse_checkpoint(parsed->text);
  if (!checkpoint) return wrong(checkpoint.error());
  return checkpoint;
}

Result<json::Value> head_value(const std::string& path, std::string& note) {
  TRY_ASSIGN(const crypto::Checkpoint checkpoint, checkpoint_in(path, note));
  TRY_ASSIGN(const crypto::Note parsed, crypto::parse_note(note));
  json::Value names = json::array();
  for (const crypto::NoteSignature& signature : parsed.signatures) names.push(signature.name);
  return json::object({{"origin", checkpoint.origin},
                       {"size", checkpoint.size},
                       {"root", to_hex(checkpoint.root.view())},
                       {"signatures", std::move(names)}});
}

Status head(Terminal& terminal, const std::string& path) {
  std::string note;
  TRY_ASSIGN(const json::Value value, head_value(path, note));
  print(terminal, value);
  return {};
}

Status show(Terminal& terminal, const std::string& dir, std::int64_t number) {
  if (number < 0) return usage("an entry's index is 0 or more");
  const LogIndex index(static_cast<std::uint64_t>(number));
  TRY_ASSIGN(const auto log, open_log(dir));
  TRY_ASSIGN(const ReadEntry entry, read_entry(*log, index));
  const Epoch epoch = entry.body.kind == schemas::EntryKind::kStatement ? index : entry.body.epoch;
  TRY_ASSIGN(const exchange::Registry registry, registry_at(*log, epoch));
  json::Value value = json::object({{"entry", index_value(index)}});
  const json::Value body = describe(entry.body, &registry);
  TRY_ASSIGN(const json::Object* members, body.as_object());
  for (const auto& [name, member] : *members) value.set(name, member);
  TRY_ASSIGN(const auto decided_by, log->decided_by(index));
  if (decided_by) add_decided_by(*decided_by, registry, value);
  value.set("salt", to_hex(entry.stored.salt.view()));
  value.set("commitment", to_hex(entry.stored.commitment.view()));
  TRY_ASSIGN(const auto statement, log->statement(index));
  if (statement) {
    TRY_ASSIGN(const schemas::Statement read, schemas::decode<schemas::Statement>(statement->document));
    value.set("statement", describe(read));
  }
  print(terminal, value);
  return {};
}

// The signed note itself, for whoever keeps heads elsewhere; as JSON it stands in a member of what `head` shows.
Status checkpoint(Terminal& terminal, const std::string& path) {
  std::string note;
  TRY_ASSIGN(json::Value value, head_value(path, note));
  if (terminal.output != Output::kJson) {
    terminal.out << note;
    return {};
  }
  value.set("note", note);
  print(terminal, value);
  return {};
}

}  // namespace

void register_log(Command& root) {
  Command noun = root.verb("log", "verifies, reads and shows the provenance log");
  auto verifying = std::make_shared<VerifyOptions>();
  Command verify_verb = noun.verb("verify", "re-reads and re-derives a whole log, and names what is wrong",
                                  "  steelyard log verify broker/store --head broker/head/checkpoint\n"
                                  "  steelyard log verify copy/store --head kept/checkpoint --held witness.note\n");
  verify_verb.required("store", verifying->store, "folder of the log, live or a copy");
  verify_verb.option("--head", verifying->head, "the head file kept outside the store");
  verify_verb.option("--held", verifying->held, "a signed checkpoint from elsewhere; may be repeated");
  verify_verb.option("--genesis", verifying->genesis, "digest of the genesis statement, in hex, to hold the log to");
  verify_verb.runs([verifying](Terminal& terminal) { return verify(terminal, *verifying); });

  auto head_path = std::make_shared<std::string>();
  Command head_verb = noun.verb("head", "shows what a head file says", "  steelyard log head broker/head/checkpoint\n");
  head_verb.required("file", *head_path, "head file");
  head_verb.runs([head_path](Terminal& terminal) { return head(terminal, *head_path); });

  auto note_path = std::make_shared<std::string>();
  Command note_verb = noun.verb("checkpoint", "prints the signed checkpoint of a head file, as it is",
                                "  steelyard log checkpoint broker/head/checkpoint > kept/checkpoint\n");
  note_verb.required("file", *note_path, "head file");
  note_verb.runs([note_path](Terminal& terminal) { return checkpoint(terminal, *note_path); });

  struct ShowOptions {
    std::string store;
    std::int64_t index = 0;
  };
  auto shown = std::make_shared<ShowOptions>();
  Command show_verb = noun.verb("show", "shows one entry", "  steelyard log show broker/store 12\n");
  show_verb.required("store", shown->store, "folder of the log");
  show_verb.option("index", shown->index, "the entry's index");
  show_verb.runs([shown](Terminal& terminal) { return show(terminal, shown->store, shown->index); });
  register_log_keys(noun);
}

}  // namespace steelyard::cli
