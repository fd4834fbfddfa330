#include "core/provenance/verify_log.h"

#include "core/base/limits.h"
#include "core/crypto/note.h"
#include "core/provenance/log_check.h"
#include "core/store/durable_file.h"

namespace steelyard::provenance {
namespace {

// What a note says, whoever signed it: enough to know at which size its root is wanted.
std::optional<crypto::Checkpoint> said_by(const std::string& note) {
  const auto parsed = crypto::parse_note(note);
  if (!parsed) return std::nullopt;
  auto checkpoint = crypto::parse_checkpoint(parsed->text);
  return checkpoint ? std::optional(std::move(*checkpoint)) : std::nullopt;
}

}  // namespace

void LogCheck::find(std::string_view slug, std::optional<LogIndex> index, std::string what) {
  if (report_.findings.size() < options_.findings_max)
    report_.findings.push_back({std::string(slug), index, std::move(what)});
}

void LogCheck::check_held(const std::string& note, std::string_view where, bool head_file) {
  const std::string whose(where);
  const auto said = said_by(note);
  if (!said) {
    find("checkpoint-malformed", std::nullopt, whose + " is no checkpoint");
    return;
  }
  const exchange::RegisteredKey* key = registry_.empty() ? nullptr : registry_.broker_key(schemas::KeyUse::kLog);
  if (key == nullptr || !key->verifying) {
    find("log-key-unknown", std::nullopt, whose + " cannot be checked: the statements name no log key");
    return;
  }
  const auto checkpoint = crypto::verify_checkpoint(note, registry_.origin(), *key->verifying);
  if (!checkpoint) {
    find("head-not-signed", std::nullopt, whose + " is not signed by the log's key: " + checkpoint.error().what);
    return;
  }
  if (head_file) {
    report_.head = *checkpoint;
    if (report_.entries > checkpoint->size) report_.beyond_head = report_.entries - checkpoint->size;
  }
  if (checkpoint->size > report_.entries) {
    const std::string sizes = whose + " says " + std::to_string(checkpoint->size) + " entries, the log has " +
                              std::to_string(report_.entries);
    if (mentioned_.empty()) {
      find("older-copy", LogIndex(report_.entries), sizes + " and is whole in itself: an older copy was restored");
    } else {
      find("tail-missing", LogIndex(report_.entries), sizes + ": its end was removed; " + mentioned_);
      mentioned_.clear();
    }
    return;
  }
  const auto root = roots_.find(checkpoint->size);
  if (tree_broken_ || root == roots_.end() || !root->second) return;  // an entry is missing, and was named
  if (*root->second != checkpoint->root)
    find("tree-not-signed", std::nullopt,
         "the tree over the first " + std::to_string(checkpoint->size) + " entries is not the one that " + whose +
             " is signed for: the log was rewritten");
}

void LogCheck::finish() {
  if (!mentioned_.empty()) find("tail-missing", LogIndex(report_.entries), mentioned_ + ": its end was removed");
}

Result<VerifyReport> verify_log(const std::string& dir, const VerifyOptions& options) {
  VerifyReport report;
  // The head first: a live log only grows, so what is read after it must cover it.
  std::optional<std::string> head;
  if (!options.head_path.empty()) {
    if (const auto octets = store::read_file(options.head_path, limits::kNoteBytesMax))
      head = std::string(as_text(*octets));
    else
      report.findings.push_back({"head-missing", std::nullopt, "the head file cannot be read: " + octets.error().what});
  }
  store::EnvOptions env_options;
  env_options.kind = kLogKind;
  env_options.format = kLogFormat;
  env_options.read_only = true;
  TRY_ASSIGN(const auto env, store::Env::open(dir, env_options));
  TRY_ASSIGN(const auto tables, open_tables(*env));
  // One snapshot for all tables. It holds back the pages that a live broker frees meanwhile; nothing else waits for it.
  TRY_ASSIGN(const store::ReadTxn txn, env->read());
  const auto suite = read_suite(txn, tables);
  if (!suite) {
    report.findings.push_back({"genesis-missing", LogIndex(0), suite.error().what});
    return report;
  }
  LogCheck check(txn, tables, **suite, options, report);
  std::vector<std::pair<std::string, std::string>> notes;
  if (head) notes.emplace_back(*head, "the head file");
  for (const auto& note : options.held) notes.emplace_back(note, "a checkpoint held elsewhere");
  for (const auto& note : notes)
    if (const auto said = said_by(note.first)) check.want_root_at(said->size);
  TRY(check.walk_entries());
  TRY(check.check_tables());
  for (std::size_t i = 0; i < notes.size(); ++i) check.check_held(notes[i].first, notes[i].second, head && i == 0);
  check.finish();
  return report;
}

}  // namespace steelyard::provenance
