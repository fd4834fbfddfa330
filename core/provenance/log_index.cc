#include "core/provenance/log_index.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/provenance/index_rows.h"
#include "core/store/key.h"

namespace steelyard::provenance {
namespace {

constexpr std::uint64_t kEntriesPerCommit = 4'096;
// Between commits while it keeps up: its syncs compete with the log's for the same disk.
constexpr std::chrono::milliseconds kBetweenCommits{250};

// Keys of one commit: digests are random, and in their own order neighbours share a page.
struct Keys {
  std::vector<Bytes> ids;
  std::vector<Bytes> digests;
};

Status add_keys(Keys& keys, const LogStore& log, const StoredEntry& entry) {
  if (entry.body.empty()) return {};
  TRY_ASSIGN(const auto body, exchange::decode_entry(entry.body));
  if (!body.id.is_zero()) keys.ids.push_back(store::key_of(body.id.view(), entry.index));
  keys.digests.push_back(store::key_of(body.digest.view(), entry.index));
  if (body.kind != schemas::EntryKind::kReceived) return {};
  TRY_ASSIGN(const auto answers, log.handover(entry.index));
  for (const auto& answer : answers) keys.digests.push_back(store::key_of(answer.view(), entry.index));
  return {};
}

Status put_sorted(store::WriteTxn& txn, store::Table table, std::vector<Bytes>& keys) {
  std::sort(keys.begin(), keys.end());
  for (const Bytes& key : keys) TRY(txn.put(table, key, {}));
  return {};
}

}  // namespace

struct LogIndexer::State {
  const LogStore* log = nullptr;
  std::unique_ptr<store::Env> env;
  IndexTables tables;
  std::uint64_t next = 0;  // its thread's
  std::mutex mutex;
  std::condition_variable wake;
  std::uint64_t size = 0;
  bool ending = false;
  std::thread thread;

  // Where the index ends; of another log, or of this log before it was cut: emptied, and made anew.
  Status start() {
    TRY_ASSIGN(store::WriteTxn txn, env->write());
    TRY_ASSIGN(next, index_end(txn, tables, *log));
    if (next > 0) return {};
    TRY(txn.clear(tables.ids));
    TRY(txn.clear(tables.digests));
    TRY(txn.clear(tables.meta));
    return txn.commit();
  }

  Status add_until(std::uint64_t end) {
    TRY_ASSIGN(store::WriteTxn txn, env->write());
    Commitment last;
    Keys keys;
    for (std::uint64_t index = next; index < end; ++index) {
      TRY_ASSIGN(const auto entry, log->entry(LogIndex(index)));
      if (!entry) return fail(ErrorKind::kLater, "entry " + std::to_string(index) + " is not there yet");
      TRY(add_keys(keys, *log, *entry));
      last = entry->commitment;
    }
    TRY(put_sorted(txn, tables.ids, keys.ids));
    TRY(put_sorted(txn, tables.digests, keys.digests));
    TRY(txn.put(tables.meta, as_bytes(kIndexEndKey), index_end_row(end, last)));
    TRY(txn.commit());
    next = end;
    return {};
  }

  // An index that cannot be written is left behind: trace reads the rest of the log itself.
  void run() {
    while (true) {
      std::uint64_t end = 0;
      {
        std::unique_lock lock(mutex);
        wake.wait(lock, [this] { return ending || size > next; });
        if (!ending && size - next < kEntriesPerCommit)
          wake.wait_for(lock, kBetweenCommits, [this] { return ending || size - next >= kEntriesPerCommit; });
        if (ending) return;
        end = std::min(size, next + kEntriesPerCommit);
      }
      if (!add_until(end)) return;
    }
  }
};

LogIndexer::LogIndexer(std::unique_ptr<State> state) : state_(std::move(state)) {}

LogIndexer::~LogIndexer() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ending = true;
  }
  state_->wake.notify_one();
  state_->thread.join();
}

Result<std::unique_ptr<LogIndexer>> LogIndexer::open(const std::string& dir, const LogStore& log) {
  auto state = std::make_unique<State>();
  state->log = &log;
  TRY_ASSIGN(state->env, store::Env::open(dir, index_options(false)));
  TRY_ASSIGN(state->tables, open_index_tables(*state->env));
  TRY(state->start());
  state->size = log.size();
  State* running = state.get();
  state->thread = std::thread([running] { running->run(); });
  return std::unique_ptr<LogIndexer>(new LogIndexer(std::move(state)));
}

void LogIndexer::follow(std::uint64_t size) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->size = std::max(state_->size, size);
  }
  state_->wake.notify_one();
}

}  // namespace steelyard::provenance
