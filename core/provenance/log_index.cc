#include "core/provenance/log_index.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "core/provenance/index_rows.h"
#include "core/store/key.h"

namespace steelyard::provenance {
namespace {

constexpr std::uint64_t kEntriesPerCommit = 16'384;  // their new pages stay below limits::kStoreTailBytes
constexpr std::size_t kEntriesPerRead = 256;         // a read transaction is to be short
// Between commits while it keeps up: its syncs compete with the log's for the same disk, and what is not covered yet
// trace reads from the log.
constexpr std::chrono::milliseconds kBetweenCommits{2'000};

// Keys of one commit for one table, put in the order of their first octets: digests are random, and in their own order
// neighbours share a page. Keys that agree in those octets are neighbours already.
template <std::size_t kKeyBytes>
class Keys {
 public:
  using Key = std::array<std::uint8_t, kKeyBytes>;

  void add(const Key& key) {
    order_.emplace_back(get_be<std::uint64_t>(key.data()), keys_.size());
    keys_.push_back(key);
  }
  void clear() {  // keeps its memory for the next commit
    order_.clear();
    keys_.clear();
  }
  Status put(store::WriteTxn& txn, store::Table table) {
    std::sort(order_.begin(), order_.end());
    TRY_ASSIGN(store::SortedPuts rows, txn.sorted_puts(table));
    for (const auto& [octets, at] : order_) TRY(rows.put(keys_[at], {}));
    return {};
  }

 private:
  std::vector<std::pair<std::uint64_t, std::size_t>> order_;  // first octets, place in keys_
  std::vector<Key> keys_;
};

struct AllKeys {
  Keys<ExchangeId::kSize + 8> ids;
  Keys<4 + Digest::kSize + 8> digests;
};

Status add_keys(AllKeys& keys, const LogStore& log, const StoredEntry& entry) {
  if (entry.body.empty()) return {};
  TRY_ASSIGN(const auto body, exchange::decode_entry(entry.body));
  if (!body.id.is_zero()) keys.ids.add(store::key_of(body.id, entry.index));
  keys.digests.add(store::key_of(digest_key(entry.index, body.digest), entry.index));
  if (body.kind != schemas::EntryKind::kReceived) return {};
  TRY_ASSIGN(const auto answers, log.handover(entry.index));
  for (const auto& answer : answers) keys.digests.add(store::key_of(digest_key(entry.index, answer), entry.index));
  return {};
}

}  // namespace

struct LogIndexer::State {
  const LogStore* log = nullptr;
  std::unique_ptr<store::Env> env;
  IndexTables tables;
  std::uint64_t next = 0;  // these two are its thread's
  AllKeys keys;
  std::mutex mutex;
  std::condition_variable wake;
  std::uint64_t size = 0;
  std::uint64_t wake_at = 0;  // its thread sleeps until the log is that large
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
    keys.ids.clear();
    keys.digests.clear();
    Commitment last;
    for (std::uint64_t index = next; index < end;) {
      const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(end - index, kEntriesPerRead));
      TRY_ASSIGN(const auto entries, log->entries(LogIndex(index), wanted));
      if (entries.size() < wanted)
        return fail(ErrorKind::kLater, "entries up to " + std::to_string(end) + " are not there yet");
      for (const auto& entry : entries) TRY(add_keys(keys, *log, entry));
      last = entries.back().commitment;
      index += wanted;
    }
    TRY(keys.ids.put(txn, tables.ids));
    TRY(keys.digests.put(txn, tables.digests));
    TRY(txn.put(tables.meta, as_bytes(kIndexEndKey), index_end_row(end, last)));
    TRY(txn.commit());
    next = end;
    return {};
  }

  // An index that cannot be written is left behind: trace reads the rest of the log itself. At the end one more commit
  // covers what is missing, all of it but where the index was far behind.
  void run() {
    while (true) {
      std::uint64_t end = 0;
      bool last = false;
      {
        std::unique_lock lock(mutex);
        const auto reached = [this] { return ending || size >= wake_at; };
        wake_at = next + 1;
        wake.wait(lock, reached);
        wake_at = next + kEntriesPerCommit;
        wake.wait_for(lock, kBetweenCommits, reached);
        if (ending && size <= next) return;
        end = std::min(size, next + kEntriesPerCommit);
        last = ending;
      }
      if (!add_until(end) || last) return;
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
  auto env = store::Env::open(dir, index_options(false));
  if (!env)
    return fail(std::move(env).error().in("the log's index, which is made anew where its folder is taken away"));
  state->env = std::move(*env);
  TRY_ASSIGN(state->tables, open_index_tables(*state->env));
  TRY(state->start());
  state->size = log.size();
  State* running = state.get();
  state->thread = std::thread([running] { running->run(); });
  return std::unique_ptr<LogIndexer>(new LogIndexer(std::move(state)));
}

void LogIndexer::follow(std::uint64_t size) {
  bool wake = false;  // not for every commit of the log
  {
    const std::lock_guard lock(state_->mutex);
    wake = state_->size < state_->wake_at && size >= state_->wake_at;
    state_->size = std::max(state_->size, size);
  }
  if (wake) state_->wake.notify_one();
}

}  // namespace steelyard::provenance
