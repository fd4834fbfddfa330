// trace(): everything that the log says of one exchange.
#include <algorithm>
#include <set>

#include "core/provenance/index_rows.h"
#include "core/provenance/log_index.h"
#include "schemas/codec.h"

namespace steelyard::provenance {
namespace {

// What the index knows, and up to which entry it is right.
struct Indexed {
  std::uint64_t end = 0;
  std::vector<LogIndex> entries;
};

Result<Indexed> look_up(const LogStore& log, const std::string& index_dir, const ExchangeId& id) {
  TRY_ASSIGN(const auto env, store::Env::open(index_dir, index_options(true)));
  TRY_ASSIGN(const auto tables, open_index_tables(*env));
  TRY_ASSIGN(const store::ReadTxn txn, env->read());
  Indexed found;
  TRY_ASSIGN(found.end, index_end(txn, tables, log));
  if (found.end == 0) return found;
  TRY_ASSIGN(found.entries, indexed(txn, tables.ids, id.view()));
  std::vector<LogIndex> handovers;
  for (const LogIndex index : found.entries) {
    TRY_ASSIGN(const auto entry, log.entry(index));
    if (!entry || entry->body.empty()) continue;
    TRY_ASSIGN(const auto body, exchange::decode_entry(entry->body));
    if (body.kind != schemas::EntryKind::kAnswer) continue;
    // A hand-over comes after the answer: in its segment or a later one.
    for (LogIndex at = index; at.value < found.end; at = LogIndex((at.value / kSegmentEntries + 1) * kSegmentEntries)) {
      TRY_ASSIGN(const auto naming, indexed(txn, tables.digests, digest_key(at, body.digest)));
      handovers.insert(handovers.end(), naming.begin(), naming.end());
    }
  }
  found.entries.insert(found.entries.end(), handovers.begin(), handovers.end());
  return found;
}

// Reads entries one by one and keeps those of the exchange.
class Collector {
 public:
  Collector(const LogStore& log, const ExchangeId& id) : log_(log), id_(id) {}

  Status take(LogIndex index) {
    TRY_ASSIGN(auto entry, log_.entry(index));
    if (!entry || entry->body.empty()) return {};
    TRY_ASSIGN(const auto body, exchange::decode_entry(entry->body));
    bool ours = body.id == id_;
    if (!ours && body.kind == schemas::EntryKind::kReceived && !answers_.empty()) {
      TRY_ASSIGN(const auto digests, log_.handover(index));
      ours = std::any_of(digests.begin(), digests.end(), [&](const Digest& d) { return answers_.count(d) > 0; });
    }
    if (!ours) return {};
    if (body.kind == schemas::EntryKind::kAnswer) answers_.insert(body.digest);
    for (const LogIndex number : {body.member, body.peer, body.application, body.dataset, body.purpose, body.agreement})
      if (number != kNoIndex) numbers_.insert(number);
    trace_.entries.push_back(std::move(*entry));
    TRY_ASSIGN(auto decided_by, log_.decided_by(index));
    if (!decided_by) return {};
    for (const exchange::DecidedBy::Policy& policy : decided_by->policies) numbers_.insert(policy.statement);
    trace_.decided_by.emplace(index, std::move(*decided_by));
    return {};
  }

  Result<Trace> finish() {
    for (const LogIndex number : numbers_) {
      TRY_ASSIGN(const auto bytes, log_.statement(number));
      if (!bytes) continue;
      TRY_ASSIGN(const auto statement, schemas::decode<schemas::Statement>(bytes->document));
      trace_.statements.emplace_back(number, statement.head.subject);
    }
    return std::move(trace_);
  }

 private:
  const LogStore& log_;
  const ExchangeId& id_;
  std::set<Digest> answers_;
  std::set<LogIndex> numbers_;
  Trace trace_;
};

}  // namespace

Result<Trace> trace(const LogStore& log, const std::string& index_dir, const ExchangeId& id) {
  auto known = look_up(log, index_dir, id);
  if (!known) known = Indexed{};  // no index, or it is in use by this process: the log says it all
  std::sort(known->entries.begin(), known->entries.end());
  known->entries.erase(std::unique(known->entries.begin(), known->entries.end()), known->entries.end());
  Collector collector(log, id);
  for (const LogIndex index : known->entries)
    if (index.value < known->end) TRY(collector.take(index));
  for (std::uint64_t index = known->end; index < log.size(); ++index) TRY(collector.take(LogIndex(index)));
  return collector.finish();
}

}  // namespace steelyard::provenance
