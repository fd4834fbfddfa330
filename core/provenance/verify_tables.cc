#include "core/provenance/log_check.h"
#include "core/store/key.h"

namespace steelyard::provenance {
namespace {

using schemas::EntryKind;

std::string printable(ByteView registry_key) {
  if (registry_key.empty()) return "(empty)";
  return std::to_string(registry_key[0]) + " `" + std::string(as_text(registry_key.subspan(1))) + "`";
}

}  // namespace

void LogCheck::mention(std::string_view table, std::uint64_t index) {
  if (mentioned_.empty())
    mentioned_ = "table `" + std::string(table) + "` speaks of entry " + std::to_string(index) +
                 ", but the log ends before entry " + std::to_string(report_.entries);
}

Status LogCheck::check_tables() {
  TRY(check_bundle_rows());
  TRY(check_numbered(tables_.statements, "statements", EntryKind::kStatement));
  TRY(check_numbered(tables_.handovers, "handovers", EntryKind::kReceived));
  TRY(check_decided());
  TRY(check_hash_rows());
  TRY(check_once());
  TRY(check_event_tables());
  return check_registry();
}

Status LogCheck::check_bundle_rows() {
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.bundles));
  TRY_ASSIGN(bool row, rows.first());
  std::uint64_t records = 0;
  std::optional<LogIndex> unnamed;
  while (row) {
    if (rows.key().size() != 10) {
      find("bundle-malformed", std::nullopt, "a row of bundles has a key of another length");
      return {};
    }
    const BundleNumber number(get_be<std::uint64_t>(rows.key().data()));
    const auto record = read_bundle(txn_, tables_, number);
    if (!record || !*record) {
      find("bundle-malformed", std::nullopt, record ? "a bundle cannot be read" : record.error().what);
    } else if (const auto& found = **record; found.first.value + found.positions.size() > report_.entries) {
      mention("bundles", found.first.value + found.positions.size() - 1);
    } else if (!found.positions.empty()) {
      ++records;
      const auto first = read_entry(txn_, tables_, found.first);
      if (!unnamed && (!first || !*first || (*first)->bundle != number)) unnamed = found.first;
    }
    TRY_ASSIGN(row, rows.seek(store::key_of(number.value + 1)));
  }
  if (records > report_.bundles && unnamed && report_.findings.empty())
    find("bundle-unreferenced", unnamed, "a bundle is kept that no entry names");
  return {};
}

Status LogCheck::check_numbered(store::Table table, std::string_view name, EntryKind kind) {
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(table));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (rows.key().size() != 10) {
      find("row-malformed", std::nullopt, "a row of `" + std::string(name) + "` has a key of another length");
      return {};
    }
    const LogIndex index(get_be<std::uint64_t>(rows.key().data()));
    if (index.value >= report_.entries) {
      mention(name, index.value);
      return {};
    }
    const auto entry = read_entry(txn_, tables_, index);
    if (entry && *entry && !(*entry)->body.empty()) {
      const auto body = exchange::decode_entry((*entry)->body);
      if (body && body->kind != kind)
        find("row-unreferenced", index,
             "table `" + std::string(name) + "` has a record for entry " + std::to_string(index.value) +
                 ", which is of another kind");
    }
    TRY_ASSIGN(row, rows.seek(store::key_of(index.value + 1)));
  }
  return {};
}

Status LogCheck::check_decided() {
  if (!tables_.decisions) return {};
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.decided));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    const auto number = store::integer_of<std::uint64_t>(rows.key());
    if (!number) {
      find("row-malformed", std::nullopt, "a row of `decided` has a key that is no index");
      return {};
    }
    if (*number >= report_.entries) {
      mention("decided", *number);
      return {};
    }
    TRY(check_decided_row(LogIndex(*number), rows.value()));
    TRY_ASSIGN(row, rows.next());
  }
  return {};
}

// The entry's salt follows from the row, and the tree holds the salt: the row cannot be another.
Status LogCheck::check_decided_row(LogIndex index, ByteView row) {
  const auto entry = read_entry(txn_, tables_, index);
  if (!entry || !*entry) return {};  // named already
  const std::string which = "which policies decided entry " + std::to_string(index.value);
  if (exchange::salt_of(suite_, row) != (*entry)->salt) {
    find("decided-by-changed", index, which + " is not what was recorded: the entry's salt does not follow from it");
    return {};
  }
  const auto decided_by = exchange::decode_decided_by(row);
  if (!decided_by) {
    find("decided-by-changed", index, decided_by.error().what);
    return {};
  }
  for (const exchange::DecidedBy::Policy& policy : decided_by->policies) {
    const exchange::Registry::Subject* subject = registry_.subject_at(policy.statement);
    if (policy.statement < index && subject != nullptr &&
        (subject->kind == schemas::StatementKind::kPolicySet || subject->kind == schemas::StatementKind::kAgreement))
      continue;
    find("decided-by-changed", index,
         which + " names statement " + std::to_string(policy.statement.value) + ", which brought no policy before it");
    return {};
  }
  return {};
}

Status LogCheck::check_hash_rows() {
  TRY_ASSIGN(const std::uint64_t rows_there, txn_.count(tables_.hashes));
  const std::uint64_t rows_due = hash_rows_of(report_.entries);
  if (rows_there <= rows_due) return {};  // each of those that are due was read
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.hashes));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (rows.key().size() == 9 && rows.key()[0] >= 1 && rows.key()[0] < 8) {
      const int level = rows.key()[0];
      const auto index = get_be<std::uint64_t>(rows.key().data() + 1);
      if (index >= report_.entries >> (8 * level)) {
        mention("hashes", ((index + 1) << (8 * level)) - 1);
        return {};
      }
    }
    TRY_ASSIGN(row, rows.next());
  }
  find("row-malformed", std::nullopt, "table `hashes` has rows that no log has");
  return {};
}

Status LogCheck::check_once() {
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.once));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (const auto once = once_from_row(rows.key(), rows.value())) {
      TRY(check_once_row(*once));
    } else {
      find("once-differs", std::nullopt, once.error().what);
    }
    TRY_ASSIGN(row, rows.next());
  }
  return {};
}

Status LogCheck::check_once_row(const OnceRow& row) {
  if (row.entry.value >= report_.entries || (row.closing != kNoIndex && row.closing.value >= report_.entries)) {
    mention("once", row.closing != kNoIndex && row.closing > row.entry ? row.closing.value : row.entry.value);
    return {};
  }
  const auto body_at = [&](LogIndex index) -> std::optional<exchange::EntryBody> {
    const auto entry = read_entry(txn_, tables_, index);
    if (!entry || !*entry) return std::nullopt;
    auto body = exchange::decode_entry((*entry)->body);
    return body ? std::optional(*body) : std::nullopt;
  };
  const auto asked = body_at(row.entry);
  if (!asked) return {};  // named already, or dropped
  const exchange::Registry::Subject* member = registry_.subject_at(asked->member);
  // The root manager goes by the number of the genesis until a member statement of its own follows.
  const bool is_root = member != nullptr && member->kind == schemas::StatementKind::kGenesis;
  const bool same_member =
      member == nullptr || (is_root ? registry_.root_manager() == row.member : member->subject == row.member.text);
  bool right = asked->id == row.id && asked->digest == row.digest && same_member;
  const auto closed = row.closing == kNoIndex ? std::nullopt : body_at(row.closing);
  switch (row.state) {
    case OnceState::kOpen: right = right && asked->kind == EntryKind::kRequest && row.closing == kNoIndex; break;
    case OnceState::kAnswered:
      right = right && asked->kind == EntryKind::kRequest && closed && closed->kind == EntryKind::kAnswer &&
              closed->related == row.entry && closed->digest == row.answer;
      break;
    case OnceState::kRefused:
      right = right && (asked->kind == EntryKind::kRefusal || (closed && closed->kind == EntryKind::kRefusal));
      break;
  }
  if (!right)
    find("once-differs", row.entry,
         "what is kept of the exchange of entry " + std::to_string(row.entry.value) + " is not what the log says");
  return {};
}

// The rows are those of a full fold. Where the log's end is missing they say more than the fold; that is named apart.
Status LogCheck::check_registry() {
  std::map<Bytes, Bytes> folded;
  for (auto& row : registry_.rows()) folded.emplace(std::move(row.key), std::move(row.value));
  TRY_ASSIGN(store::Cursor rows, txn_.cursor(tables_.registry));
  TRY_ASSIGN(bool row, rows.first());
  std::vector<std::string> differ;
  while (row) {
    const auto found = folded.find(to_bytes(rows.key()));
    const std::uint64_t index = rows.value().size() >= 8 ? get_le<std::uint64_t>(rows.value().data()) : 0;
    if (index >= report_.entries && index < kNoIndex.value) {
      mention("registry", index);
    } else if (found == folded.end() || !equal(found->second, rows.value())) {
      differ.push_back(printable(rows.key()));
    }
    if (found != folded.end()) folded.erase(found);
    TRY_ASSIGN(row, rows.next());
  }
  for (const auto& missing : folded) differ.push_back(printable(missing.first));
  if (!mentioned_.empty() || differ.empty()) return {};
  find("registry-differs", std::nullopt,
       "the registry's row " + differ.front() + " is not what the statements fold to" +
           (differ.size() > 1 ? ", nor are " + std::to_string(differ.size() - 1) + " others" : ""));
  return {};
}

}  // namespace steelyard::provenance
