#include "tests/kill/facts.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/log_reader.h"
#include "core/provenance/verify_log.h"
#include "core/store/durable_file.h"

namespace steelyard::kill {
namespace {

Error unreadable(const std::string& what) { return {ErrorKind::kFix, 0, what}; }

Result<LogIndex> index_of(const std::string& text) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != '\0') return fail(unreadable("the journal's number `" + text + "`"));
  return LogIndex(value);
}

Status read_line(const std::string& line, Journal& journal) {
  std::istringstream words(line);
  std::string kind, id_text, first, second;
  words >> kind >> id_text >> first >> second;
  if (kind == "!") {
    journal.alarms.push_back(line.substr(2));
    return {};
  }
  TRY_ASSIGN(const ExchangeId id, exchange_id_from_text(id_text));
  if (kind == "Q") {
    journal.asked.insert(id);
  } else if (kind == "A") {
    TRY_ASSIGN(const LogIndex request, index_of(first));
    TRY_ASSIGN(const LogIndex closing, index_of(second));
    journal.delivered.push_back({id, true, request, closing});
  } else if (kind == "R") {
    TRY_ASSIGN(const LogIndex closing, index_of(first));
    journal.delivered.push_back({id, false, kNoIndex, closing});
  } else if (kind == "J") {
    ++journal.rejected;
  } else if (kind == "T") {
    ++journal.timed_out;
  } else {
    return fail(unreadable("the journal's line `" + line + "`"));
  }
  return {};
}

// Evidence that a process left; its slug stands in the file's name.
void read_alarms(const std::string& name, const std::string& state_dir, Findings& findings) {
  std::error_code none;
  for (const auto& file : std::filesystem::directory_iterator(state_dir + "/alarms", none))
    findings.add("alarm", name + " left " + file.path().filename().string());
}

}  // namespace

Result<Log> read_log(const std::string& dir, const std::string& head, const std::vector<std::string>& held,
                     Findings& findings) {
  provenance::VerifyOptions options;
  options.head_path = head;
  for (const std::string& path : held) {
    TRY_ASSIGN(const bool there, store::exists(path));
    if (!there) continue;
    TRY_ASSIGN(const Bytes note, store::read_file(path, limits::kNoteBytesMax));
    options.held.emplace_back(as_text(note));
  }
  TRY_ASSIGN(const provenance::VerifyReport report, provenance::verify_log(dir, options));
  for (const provenance::Finding& finding : report.findings)
    findings.add("log-not-whole", finding.slug + ": " + finding.what);

  Log log;
  TRY_ASSIGN(log.store, cli::open_log(dir));
  Epoch epoch = kNoIndex;
  log.entries.reserve(log.store->size());
  for (std::uint64_t i = 0; i < log.store->size(); ++i) {
    TRY_ASSIGN(cli::ReadEntry entry, cli::read_entry(*log.store, LogIndex(i)));
    if (entry.body.kind == schemas::EntryKind::kStatement) epoch = LogIndex(i);
    log.entries.push_back({entry.body, entry.stored.commitment});
  }
  TRY_ASSIGN(log.registry, cli::registry_at(*log.store, epoch));
  return log;
}

Status read_ledger(const std::string& owner, const std::string& state_dir, Ledgers& ledgers, Findings& findings) {
  struct Context {
    const std::string* owner;
    Ledgers* ledgers;
  } context{&owner, &ledgers};
  ledgers.heads[owner];
  const auto take = [](const adapters::VerifiedRecord& verified, void* into) {
    auto& [name, all] = *static_cast<Context*>(into);
    all->by_id[verified.record.id].push_back(all->lines.size());
    all->lines.push_back({*name, verified.record});
    all->heads[*name].push_back(verified.head);
  };
  const auto verified = adapters::verify_ledger(state_dir, take, &context);
  if (!verified && verified.error().kind == ErrorKind::kStop) return fail(verified.error());
  if (!verified) findings.add("ledger-not-whole", owner + ": " + verified.error().what);
  read_alarms(owner, state_dir, findings);
  return {};
}

Result<Party> read_party(const std::string& name, const std::string& state_dir, const std::string& journal,
                         Findings& findings) {
  Party party;
  party.name = name;
  read_alarms(name, state_dir, findings);
  TRY_ASSIGN(party.receipts, client::ReceiptStore::open(state_dir + "/receipts", true));
  std::ifstream file(journal);
  if (!file) return fail(unreadable("no journal at " + journal));
  for (std::string line; std::getline(file, line);) TRY(read_line(line, party.journal));
  return party;
}

}  // namespace steelyard::kill
