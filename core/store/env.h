// store::Env: one LMDB folder, opened once by one process for writing, by any number for reading.
//
// The folder holds data.mdb, LMDB's lock.mdb and our LOCK. LMDB lets two processes write and syncs no directory, so
// opening for writing takes LOCK (flock) for as long as the Env lives, and syncs data, folder and parent folder before
// it returns: what an Env shows is on disk, and may be signed. Commits are durable (default flags: no WRITEMAP, no
// NOSYNC). A failed commit has an unknown outcome: the Env refuses to write from then on, and the process must end and
// recover by opening again.
//
// A process that is killed while it reads leaves its slot in LMDB's reader table, and with it every page freed since to
// no use: write() looks for such slots about once a minute and frees them.
//
// Read-only opening takes no LOCK and changes nothing: of a live store it registers with LMDB's reader table; of a
// folder without lock.mdb, or one that may not be written, it reads without locks, which is right for copies only.
// Never open the store that this same process has open: the call is refused.
//
// Owns: the folder's lock and LMDB's handle. Outlives its transactions.
// Threads: open_table() before threads share the Env; then any thread may read(), one at a time may write().
// Errors: kFix (folder, version, damage), kStop (the disk failed), kLater (map or reader table full).
// Format: docs/formats/store.md. Table "store" holds the row "format": "<kind>/<version>".
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/limits.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "core/store/dir_lock.h"
#include "core/store/fault_plan.h"
#include "core/store/txn.h"

struct MDB_env;

namespace steelyard::store {

struct EnvOptions {
  std::string kind = "steelyard";  // what the store holds ("log", "ledger"): a store of another kind is refused
  std::uint32_t format = 1;        // a store of another version is refused
  std::uint64_t map_bytes = limits::kStoreMapBytes;  // the most it can ever hold; the file grows as it fills
  unsigned tables_max = 32;
  bool read_only = false;
  bool create = true;  // false: a missing store is an error
  Duration reader_check_every = limits::kReaderCheckEvery;
#ifdef STEELYARD_TEST_HOOKS
  std::shared_ptr<FaultPlan> faults;
#endif
};

class Env {
 public:
  static Result<std::unique_ptr<Env>> open(const std::string& dir, const EnvOptions& options);
  ~Env();  // CHECKs that no transaction is left
  Env(const Env&) = delete;
  Env& operator=(const Env&) = delete;

  // Creates the table where it is missing, unless read-only: then a missing table is an error. No write transaction
  // may be open on the calling thread; transactions begun earlier do not know the table.
  Result<Table> open_table(const std::string& name);

  Result<ReadTxn> read();    // what is committed now; keep it short, it holds old pages back
  Result<WriteTxn> write();  // waits for another thread's to end; at most about limits::kStoreTailBytes of new pages

  double used_ratio() const;         // of the map, by its highest page; freed pages count as used
  std::uint64_t used_bytes() const;  // the same in octets
  std::uint64_t map_bytes() const;
  Result<std::uint64_t> disk_free_bytes() const;      // of the file system, for unprivileged users
  Result<double> disk_free_ratio() const;             // of the file system, for unprivileged users
  std::uint64_t commits() const { return commits_; }  // successful ones
  std::uint64_t syncs() const { return syncs_; }      // commits that LMDB made durable, and the sync at opening
  Result<int> reader_check();                         // frees slots of readers that died; how many there were
  const std::string& dir() const { return dir_; }
  bool read_only() const { return options_.read_only; }

 private:
  friend class WriteTxn;

  Env(std::string dir, EnvOptions options) : dir_(std::move(dir)), options_(std::move(options)) {}
  Status start();
  Status check_data_file();
  Status check_whole();
  Status check_format();
  Status sync_all();
  Status make_tail_room();
  Status free_dead_readers();
  Status commit(MDB_txn* txn);
  Error error(std::string_view doing, int code) const;

  std::string dir_;
  EnvOptions options_;
  DirLock lock_;
  MDB_env* env_ = nullptr;
  std::map<std::string, Table> tables_;
  bool is_new_ = false;
  std::uint64_t file_bytes_ = 0;  // known lower bound of data.mdb's size; guarded by LMDB's writer lock
  Duration readers_checked_;      // when, on the monotonic clock; guarded by LMDB's writer lock
  std::shared_ptr<std::atomic<int>> txns_ = std::make_shared<std::atomic<int>>(0);
  std::atomic<bool> broken_{false};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> syncs_{0};
};

}  // namespace steelyard::store
