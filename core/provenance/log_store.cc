#include "core/provenance/log_store.h"

#include <algorithm>
#include <atomic>

#include "core/base/check.h"
#include "core/base/fail_point.h"
#include "core/base/limits.h"
#include "core/crypto/merkle.h"
#include "core/provenance/rows.h"
#include "core/store/key.h"

namespace steelyard::provenance {

struct LogStore::State {
  std::unique_ptr<store::Env> env;
  Tables tables;
  const crypto::Suite* suite = nullptr;
  std::optional<crypto::Frontier> frontier;
  std::atomic<std::uint64_t> size{0};

  Status load() {
    TRY_ASSIGN(const store::ReadTxn txn, env->read());
    TRY_ASSIGN(const std::uint64_t entries, read_size(txn, tables));
    TRY_ASSIGN(frontier, read_frontier(txn, tables, *suite, entries));
    size = entries;
    return {};
  }
};

namespace {

Result<std::pair<std::unique_ptr<store::Env>, Tables>> open_env(const std::string& dir, store::EnvOptions options) {
  options.kind = kLogKind;
  options.format = kLogFormat;
  TRY_ASSIGN(auto env, store::Env::open(dir, options));
  TRY_ASSIGN(const Tables tables, open_tables(*env));
  return std::pair(std::move(env), tables);
}

Status put_entries(store::WriteTxn& txn, const Tables& tables, const crypto::Suite& suite, const Batch& batch,
                   crypto::Frontier& frontier) {
  std::vector<crypto::Frontier::Node> completed;
  for (const auto& entry : batch.entries) {
    CHECK(entry.index.value == frontier.size());
    TRY(txn.append(tables.entries, store::key_of(entry.index), entry_row(entry)));
    if (!entry.decided_by.empty()) TRY(txn.append(tables.decided, store::key_of(entry.index), entry.decided_by));
    completed.clear();
    frontier.append(crypto::leaf_hash(suite, entry.commitment.view()), completed);
    for (const auto& node : completed) {
      if (node.level == 0 || node.level % crypto::kTileHeight != 0) continue;
      const auto level = static_cast<std::uint8_t>(node.level / crypto::kTileHeight);
      TRY(txn.put(tables.hashes, store::key_of(level, node.index), node.hash.view()));
    }
  }
  return {};
}

// In the order of their ids' first octets: rows of one page follow each other, and of one key the last stays the last.
Status put_once(store::WriteTxn& txn, const Tables& tables, const std::vector<OnceRow>& rows) {
  std::vector<std::pair<std::uint64_t, const OnceRow*>> order;
  order.reserve(rows.size());
  for (const auto& row : rows) order.emplace_back(get_be<std::uint64_t>(row.id.octets.data()), &row);
  std::sort(order.begin(), order.end());
  TRY_ASSIGN(store::SortedPuts once, txn.sorted_puts(tables.once));
  for (const auto& [octets, row] : order) TRY(once.put(once_key(row->member, row->id), once_row(*row)));
  return {};
}

Status put_others(store::WriteTxn& txn, const Tables& tables, const Batch& batch) {
  for (const auto& bundle : batch.bundles)
    TRY(append_chunks(txn, tables.bundles, bundle.number.value, bundle_row(bundle)));
  for (const auto& row : batch.statements)
    TRY(append_chunks(txn, tables.statements, row.index.value, statement_row(row.statement)));
  for (const auto& row : batch.handovers)
    TRY(append_chunks(txn, tables.handovers, row.index.value, handover_row(row.answers)));
  TRY(put_once(txn, tables, batch.once));
  for (const auto& [member, id] : batch.once_ended) TRY(txn.erase(tables.once, once_key(member, id)));
  for (const auto& row : batch.registry) TRY(txn.put(tables.registry, row.key, row.value));
  return {};
}

Status put_events(store::WriteTxn& txn, const Tables& tables, const Batch& batch) {
  for (const auto& row : batch.spool) TRY(append_chunks(txn, tables.spool, row.index.value, spool_row(row)));
  for (const LogIndex index : batch.spool_ended) TRY(erase_chunks(txn, tables.spool, index.value));
  for (const auto& row : batch.streams) TRY(txn.put(tables.streams, as_bytes(row.dataset.text), stream_row(row)));
  for (const auto& row : batch.subscriptions) TRY(txn.put(tables.subscriptions, row.id.view(), subscription_row(row)));
  for (const auto& id : batch.subscriptions_ended) TRY(txn.erase(tables.subscriptions, id.view()));
  return {};
}

}  // namespace

LogStore::LogStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
LogStore::~LogStore() = default;

Result<std::unique_ptr<LogStore>> LogStore::open(const std::string& dir, const store::EnvOptions& options,
                                                 const crypto::Suite& suite) {
  auto state = std::make_unique<State>();
  TRY_ASSIGN(auto opened, open_env(dir, options));
  state->env = std::move(opened.first);
  state->tables = opened.second;
  state->suite = &suite;
  if (auto loaded = state->load(); !loaded) return fail(std::move(loaded).error());
  return std::unique_ptr<LogStore>(new LogStore(std::move(state)));
}

Result<std::unique_ptr<LogStore>> LogStore::open(const std::string& dir, const store::EnvOptions& options) {
  store::EnvOptions existing = options;
  existing.create = false;
  auto state = std::make_unique<State>();
  TRY_ASSIGN(auto opened, open_env(dir, existing));
  state->env = std::move(opened.first);
  state->tables = opened.second;
  {
    TRY_ASSIGN(const store::ReadTxn txn, state->env->read());
    TRY_ASSIGN(state->suite, read_suite(txn, state->tables));
  }
  if (auto loaded = state->load(); !loaded) return fail(std::move(loaded).error());
  return std::unique_ptr<LogStore>(new LogStore(std::move(state)));
}

// One transaction; nothing of the batch has left the process before it returns.
//
// 1. Put rows into LMDB's write transaction. A crash leaves the store as it was: the batch was never promised to
//    anyone, members repeat or ask anew.
// 2. Commit: LMDB syncs the data pages, then writes and syncs the page that makes them count. A crash leaves the
//    whole batch or nothing of it. An error says neither: the Env takes no more writes, the process ends, and opening
//    again tells which.
// 3. Move the frontier on. A crash leaves a batch that is recorded and of which nobody was told: opening again finds
//    it, and open exchanges in it are closed in their time or answered when they are repeated.
Status LogStore::commit(const Batch& batch) {
  CHECK(batch.first.value == state_->frontier->size());
  FAIL_POINT("log-before-commit");
  crypto::Frontier frontier = *state_->frontier;
  const auto written = [&]() -> Status {
    TRY_ASSIGN(store::WriteTxn txn, state_->env->write());
    TRY(put_entries(txn, state_->tables, *state_->suite, batch, frontier));
    TRY(put_others(txn, state_->tables, batch));
    TRY(put_events(txn, state_->tables, batch));
    FAIL_POINT("log-put");
    return txn.commit();
  }();
  if (!written) return fail(store_error(written.error()).in("committing batch " + std::to_string(batch.number)));
  FAIL_POINT("log-after-commit");
  state_->frontier = std::move(frontier);
  state_->size = state_->frontier->size();
  return {};
}

Status LogStore::write_registry(const std::vector<exchange::RegistryRow>& rows) {
  const auto written = [&]() -> Status {
    TRY_ASSIGN(store::WriteTxn txn, state_->env->write());
    TRY(txn.clear(state_->tables.registry));
    for (const auto& row : rows) TRY(txn.put(state_->tables.registry, row.key, row.value));
    return txn.commit();
  }();
  if (!written) return fail(store_error(written.error()).in("writing the registry"));
  return {};
}

std::uint64_t LogStore::size() const { return state_->size; }
const crypto::Frontier& LogStore::frontier() const { return *state_->frontier; }
store::Env& LogStore::env() { return *state_->env; }
const crypto::Suite& LogStore::suite() const { return *state_->suite; }

namespace {

Status recover_statements(const store::Txn& txn, const Tables& tables, Recovered& recovered) {
  TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.statements));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    if (rows.key().size() != 8 + 2) return fail(bad_row("statements", 0, "a key has another length"));
    const LogIndex index(get_be<std::uint64_t>(rows.key().data()));
    TRY_ASSIGN(const auto whole, read_chunks(txn, tables.statements, index.value));
    if (!whole) return fail(bad_row("statements", index.value, "it cannot be read"));
    TRY_ASSIGN(auto statement, statement_from_row(index, *whole));
    recovered.statements.push_back({index, std::move(statement)});
    TRY_ASSIGN(row, rows.seek(store::key_of(index.value + 1)));
  }
  return {};
}

Status recover_once_and_registry(const store::Txn& txn, const Tables& tables, Recovered& recovered) {
  {
    TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.once));
    TRY_ASSIGN(bool row, rows.first());
    while (row) {
      TRY_ASSIGN(auto once, once_from_row(rows.key(), rows.value()));
      recovered.once.push_back(std::move(once));
      TRY_ASSIGN(row, rows.next());
    }
  }
  TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.registry));
  TRY_ASSIGN(bool row, rows.first());
  while (row) {
    recovered.registry.push_back({to_bytes(rows.key()), to_bytes(rows.value())});
    TRY_ASSIGN(row, rows.next());
  }
  return {};
}

// A Received is recorded at most kSkew before its `created`, lives kLifeMax, and is fresh for kSkew more. Bodies that
// were dropped are older than that by far.
Status recover_handovers(const store::Txn& txn, const Tables& tables, Recovered& recovered) {
  const Instant oldest = recovered.last_time - limits::kLifeMax - limits::kSkew - limits::kSkew;
  TRY_ASSIGN(store::Cursor rows, txn.cursor(tables.handovers));
  TRY_ASSIGN(bool row, rows.last());
  while (row) {
    if (rows.key().size() != 8 + 2) return fail(bad_row("handovers", 0, "a key has another length"));
    const LogIndex index(get_be<std::uint64_t>(rows.key().data()));
    if (recovered.handovers.empty() || recovered.handovers.back().index != index) {  // not another chunk of the same
      TRY_ASSIGN(auto entry, read_entry(txn, tables, index));
      if (!entry) return fail(bad_row("handovers", index.value, "it has no entry"));
      if (entry->body.empty()) break;
      TRY_ASSIGN(const auto body, exchange::decode_entry(entry->body));
      if (body.time < oldest) break;
      recovered.handovers.push_back(std::move(*entry));
    }
    TRY_ASSIGN(row, rows.prev());
  }
  std::reverse(recovered.handovers.begin(), recovered.handovers.end());
  return {};
}

}  // namespace

Result<Recovered> LogStore::recover() {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  const Tables& tables = state_->tables;
  Recovered recovered;
  TRY_ASSIGN(recovered.size, read_size(txn, tables));
  TRY_ASSIGN(const auto last_bundle, last_number(txn, tables.bundles));
  recovered.next_bundle = BundleNumber(last_bundle ? *last_bundle + 1 : 0);
  if (recovered.size > 0) {
    const LogIndex last(recovered.size - 1);
    TRY_ASSIGN(const auto entry, read_entry(txn, tables, last));
    if (!entry) return fail(bad_row("entries", last.value, "it cannot be read"));
    TRY_ASSIGN(const auto body, exchange::decode_entry(entry->body));
    recovered.last_time = body.time;
  }
  TRY(recover_statements(txn, tables, recovered));
  TRY(recover_once_and_registry(txn, tables, recovered));
  TRY(recover_handovers(txn, tables, recovered));
  TRY(read_event_rows(txn, tables, recovered));
  return recovered;
}

Result<std::optional<StoredEntry>> LogStore::entry(LogIndex index) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  return read_entry(txn, state_->tables, index);
}

Result<std::optional<exchange::DecidedBy>> LogStore::decided_by(LogIndex index) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  return read_decided_by(txn, state_->tables, index);
}

Result<std::vector<StoredEntry>> LogStore::entries(LogIndex first, std::size_t count) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  std::vector<StoredEntry> read;
  read.reserve(count);
  TRY_ASSIGN(store::Cursor rows, txn.cursor(state_->tables.entries));
  TRY_ASSIGN(bool row, rows.seek(store::key_of(first)));
  for (LogIndex index = first; row && read.size() < count; index = LogIndex(index.value + 1)) {
    if (!equal(rows.key(), store::key_of(index))) return fail(bad_row("entries", index.value, "it is missing"));
    TRY_ASSIGN(StoredEntry entry, entry_from_row(index, rows.value()));
    read.push_back(std::move(entry));
    TRY_ASSIGN(row, rows.next());
  }
  return read;
}

Result<std::optional<BundleRecord>> LogStore::bundle(BundleNumber number) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  return read_bundle(txn, state_->tables, number);
}

Result<std::optional<exchange::StatementBytes>> LogStore::statement(LogIndex index) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  TRY_ASSIGN(const auto whole, read_chunks(txn, state_->tables.statements, index.value));
  if (!whole) return std::nullopt;
  TRY_ASSIGN(auto statement, statement_from_row(index, *whole));
  return statement;
}

Result<std::vector<Digest>> LogStore::handover(LogIndex index) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  TRY_ASSIGN(const auto whole, read_chunks(txn, state_->tables.handovers, index.value));
  if (!whole) return std::vector<Digest>();
  return handover_from_row(index, *whole);
}

Result<std::optional<exchange::Proof>> LogStore::proof_of(const StoredEntry& entry) const {
  if (entry.bundle == kNoBundle) return std::nullopt;
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  TRY_ASSIGN(const auto bundle, read_bundle(txn, state_->tables, entry.bundle));
  if (!bundle || entry.position >= bundle->size)
    return fail(bad_row("bundles", entry.bundle.value, "entry " + std::to_string(entry.index.value) + " names it"));
  TRY_ASSIGN(const auto digests, read_bundle_digests(txn, state_->tables, *bundle));
  if (!digests) return std::nullopt;
  exchange::Proof proof;
  proof.author = bundle->author;
  proof.key = bundle->key;
  proof.index = entry.position;
  proof.size = bundle->size;
  proof.signature = bundle->signature;
  proof.path = crypto::inclusion_path(suite(), *digests, entry.position);
  return proof;
}

Result<std::vector<Digest>> LogStore::tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) const {
  TRY_ASSIGN(const store::ReadTxn txn, state_->env->read());
  return read_tile(txn, state_->tables, *state_->suite, level, index, width);
}

}  // namespace steelyard::provenance
