#include "core/store/env.h"

#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <thread>

#include "core/base/check.h"
#include "core/base/fail_point.h"
#include "core/store/durable_file.h"
#include "core/store/in_commit.h"
#include "core/store/lmdb_wall.h"
#include "core/store/os_error.h"
#include "core/store/txn_state.h"

namespace steelyard::store {
namespace {

constexpr const char* kOwnTable = "store";
constexpr const char* kFormatKey = "format";
constexpr unsigned kReadersMax = 126;  // slots of LMDB's reader table, of all processes

std::uint64_t last_commit(MDB_env* env) {
  MDB_envinfo info{};
  ::mdb_env_info(env, &info);
  return info.me_last_txnid;
}

// Octets from the start of data.mdb to the end of the last page in use.
std::uint64_t octets_used_by(MDB_env* env) {
  MDB_envinfo info{};
  MDB_stat stat{};
  ::mdb_env_info(env, &info);
  ::mdb_env_stat(env, &stat);
  return (static_cast<std::uint64_t>(info.me_last_pgno) + 1) * stat.ms_psize;
}

Result<std::uint64_t> size_of(MDB_env* env, const std::string& dir) {
  int fd = -1;
  struct stat info {};
  if (::mdb_env_get_fd(env, &fd) != 0 || ::fstat(fd, &info) != 0)
    return fail(os_error(ErrorKind::kStop, "reading the size of " + dir + "/data.mdb", errno));
  return static_cast<std::uint64_t>(info.st_size);
}

}  // namespace

Error Env::error(std::string_view doing, int code) const { return lmdb_error(fmt::format("{} {}", doing, dir_), code); }

Result<std::unique_ptr<Env>> Env::open(const std::string& dir, const EnvOptions& options) {
  std::unique_ptr<Env> env(new Env(dir, options));
  TRY(env->start());
  return env;
}

Env::~Env() {
  CHECK(*txns_ == 0);
  if (env_ != nullptr) ::mdb_env_close(env_);
}

Status Env::start() {
  if (options_.read_only) {
    // LMDB's process locks would be lost at the first close of the two.
    if (DirLock::held_by_this_process(dir_))
      return fail(ErrorKind::kFix, fmt::format("{} is already open in this process", dir_));
  } else {
    TRY_ASSIGN(const bool there, exists(dir_));
    if (!there && !options_.create) return fail(ErrorKind::kFix, fmt::format("there is no store at {}", dir_));
    TRY(make_dir(dir_, 0700));
    TRY_ASSIGN(lock_, DirLock::take(dir_));
  }
  TRY(check_data_file());
  if (const int code = ::mdb_env_create(&env_); code != 0) return fail(error("opening", code));
  ::mdb_env_set_mapsize(env_, options_.map_bytes);
  ::mdb_env_set_maxdbs(env_, options_.tables_max + 1);
  ::mdb_env_set_maxreaders(env_, kReadersMax);

  unsigned flags = MDB_NOTLS;
  if (options_.read_only) {
    flags |= MDB_RDONLY;
    const std::string locks = dir_ + "/lock.mdb";
    if (::access(locks.c_str(), R_OK | W_OK) != 0) flags |= MDB_NOLOCK;
  }
  if (const int code = ::mdb_env_open(env_, dir_.c_str(), flags, 0600); code != 0) {
    Error why = error("opening", code);
    ::mdb_env_close(env_);
    env_ = nullptr;
    return fail(std::move(why));
  }
  TRY(check_whole());
  TRY(check_format());
  return options_.read_only ? Status() : sync_all();
}

Status Env::check_data_file() {
  const std::string path = dir_ + "/data.mdb";
  TRY_ASSIGN(const bool there, exists(path));
  is_new_ = !there;
  if (!there) {
    if (options_.read_only || !options_.create)
      return fail(ErrorKind::kFix, fmt::format("there is no store at {}", dir_));
    return {};
  }
  // LMDB would take an empty file for a new store and start over.
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return fail(os_error(ErrorKind::kFix, "opening " + path, errno));
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::kFix, fmt::format("{} is not a regular file: name a store", path));
  if (info.st_size == 0)
    return fail(ErrorKind::kFix,
                fmt::format("{} is empty: restore it, or remove {} if it never held anything", path, dir_));
  return {};
}

// LMDB reads through the map: a page behind the file's end would kill the process (SIGBUS) when it is touched.
// make_tail_room() keeps our files longer than their last page, so a shorter one has lost its tail.
Status Env::check_whole() {
  const std::uint64_t used = octets_used_by(env_);  // first: a live store grows meanwhile
  TRY_ASSIGN(file_bytes_, size_of(env_, dir_));
  if (file_bytes_ < used)
    return fail(ErrorKind::kFix, fmt::format("{}/data.mdb has {} octets of at least {}: its end is missing, restore it",
                                             dir_, file_bytes_, used));
  return {};
}

Status Env::check_format() {
  const std::string expected = fmt::format("{}/{}", options_.kind, options_.format);
  MDB_txn* txn = nullptr;
  if (const int code = ::mdb_txn_begin(env_, nullptr, options_.read_only ? MDB_RDONLY : 0, &txn); code != 0)
    return fail(error("opening", code));
  std::unique_ptr<MDB_txn, decltype(&::mdb_txn_abort)> guard(txn, &::mdb_txn_abort);

  // A crash between LMDB's creation of the file and our first commit leaves a store without any table: still new.
  MDB_dbi main = 0, own = 0;
  MDB_stat stat{};
  int code = ::mdb_dbi_open(txn, nullptr, 0, &main);
  if (code == 0) code = ::mdb_stat(txn, main, &stat);
  if (code != 0) return fail(error("opening", code));
  is_new_ = stat.ms_entries == 0;
  if (is_new_ && (options_.read_only || !options_.create))
    return fail(ErrorKind::kFix, fmt::format("the store at {} was never finished: create it again", dir_));

  code = ::mdb_dbi_open(txn, kOwnTable, is_new_ ? MDB_CREATE : 0, &own);
  if (code == MDB_NOTFOUND) return fail(ErrorKind::kFix, fmt::format("{} is not a store of this program", dir_));
  if (code != 0) return fail(error("opening", code));
  MDB_val key = to_val(as_bytes(kFormatKey)), value = to_val(as_bytes(expected));
  code = is_new_ ? ::mdb_put(txn, own, &key, &value, 0) : ::mdb_get(txn, own, &key, &value);
  if (code == MDB_NOTFOUND) return fail(ErrorKind::kFix, fmt::format("{} has no format version", dir_));
  if (code != 0) return fail(error("opening", code));
  const std::string found(as_text(to_view(value)));
  if (found != expected)
    return fail(ErrorKind::kFix,
                fmt::format("the store at {} is `{}`, this program reads `{}`", dir_, found.substr(0, 80), expected));
  code = ::mdb_txn_commit(guard.release());
  return code == 0 ? Status() : fail(error("creating", code));
}

// After a crash the newest commit may stand in the page cache alone; and LMDB never syncs the folder.
Status Env::sync_all() {
  TRY(sync_dir(dir_));
  TRY(sync_dir(parent_of(dir_)));
  if (const int code = ::mdb_env_sync(env_, 1); code != 0) {
    Error why = error("syncing", code);
    why.kind = ErrorKind::kStop;
    return fail(std::move(why));
  }
  syncs_ += 1;
  return {};
}

// Runs while LMDB's writer lock is held. LMDB may leave the last pages of a commit unwritten when they were freed
// within it, so a healthy file can be shorter than its last page; kept longer than that ahead of every commit, it never
// is.
Status Env::make_tail_room() {
  const std::uint64_t used = octets_used_by(env_);
  if (file_bytes_ >= used + limits::kStoreTailBytes / 2) return {};
  TRY_ASSIGN(file_bytes_, size_of(env_, dir_));
  const std::uint64_t wanted = std::min(used + limits::kStoreTailBytes, options_.map_bytes);
  if (file_bytes_ >= wanted) return {};
  int fd = -1;
  ::mdb_env_get_fd(env_, &fd);
  if (::ftruncate(fd, static_cast<off_t>(wanted)) != 0)  // longer, never shorter; takes no space
    return fail(os_error(ErrorKind::kLater, "making room in " + dir_, errno));
  file_bytes_ = wanted;
  return {};
}

Result<Table> Env::open_table(const std::string& name) {
  CHECK(name != kOwnTable && !name.empty());
  if (auto known = tables_.find(name); known != tables_.end()) return known->second;
  CHECK(tables_.size() < options_.tables_max);
  MDB_txn* txn = nullptr;
  if (const int code = ::mdb_txn_begin(env_, nullptr, options_.read_only ? MDB_RDONLY : 0, &txn); code != 0)
    return fail(error("opening a table of", code));
  Table table;
  int code = ::mdb_dbi_open(txn, name.c_str(), options_.read_only ? 0 : MDB_CREATE, &table.handle);
  if (code != 0) {
    ::mdb_txn_abort(txn);
    if (code == MDB_NOTFOUND)
      return fail(ErrorKind::kFix, fmt::format("the store at {} has no table `{}`", dir_, name));
    return fail(error("opening a table of", code));
  }
  code = ::mdb_txn_commit(txn);
  if (code != 0) {
    broken_ = true;
    return fail(ErrorKind::kStop, error("creating a table of", code).what);
  }
  tables_.emplace(name, table);
  return table;
}

Result<ReadTxn> Env::read() {
  MDB_txn* txn = nullptr;
  if (const int code = ::mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn); code != 0) return fail(error("reading", code));
  return ReadTxn(std::unique_ptr<ReadTxn::State>(new ReadTxn::State{this, txn, true, 0, txns_}));
}

Result<WriteTxn> Env::write() {
  CHECK(!options_.read_only);
  if (broken_) return fail(ErrorKind::kStop, fmt::format("{}: an earlier commit failed, restart to recover", dir_));
  MDB_txn* txn = nullptr;
  if (const int code = ::mdb_txn_begin(env_, nullptr, 0, &txn); code != 0) return fail(error("writing", code));
  WriteTxn made(std::unique_ptr<WriteTxn::State>(new WriteTxn::State{this, txn, true, 0, txns_}));
  TRY(make_tail_room());
  TRY(free_dead_readers());
  return made;
}

// Runs while LMDB's writer lock is held: here, because what a dead reader holds back matters to writers alone.
Status Env::free_dead_readers() {
  const Duration now = SystemClock().monotonic();
  if (now < readers_checked_ + options_.reader_check_every) return {};
  readers_checked_ = now;
  TRY(reader_check());
  return {};
}

Status Env::commit(MDB_txn* txn) {
  FAIL_POINT("store-before-commit");
  bool injected = false;
#ifdef STEELYARD_TEST_HOOKS
  if (FaultPlan* plan = options_.faults.get()) {
    std::this_thread::sleep_for(std::chrono::microseconds(plan->commit_delay_us.load()));
    injected = plan->fail_commit != 0 && plan->fail_commit.fetch_sub(1) == 1;
    if (injected && !plan->failed_commit_persists) {
      ::mdb_txn_abort(txn);
      broken_ = true;
      return fail(ErrorKind::kStop, fmt::format("committing to {}: outcome unknown: injected", dir_));
    }
  }
#endif
  const std::uint64_t before = last_commit(env_);
  const int code = [&] {
#ifdef STEELYARD_TEST_HOOKS
    const std::string fail_point = "in-commit-" + options_.kind;
    const InCommit here(fail_point.c_str());
#endif
    return ::mdb_txn_commit(txn);
  }();
  if (code != 0 || injected) {
    broken_ = true;
    return fail(ErrorKind::kStop, fmt::format("committing to {}: outcome unknown: {}", dir_, ::mdb_strerror(code)));
  }
  commits_ += 1;
  if (last_commit(env_) != before) syncs_ += 1;  // LMDB skips commits that change nothing
  FAIL_POINT("store-after-commit");
  return {};
}

double Env::used_ratio() const {
  MDB_envinfo info{};
  ::mdb_env_info(env_, &info);
  return static_cast<double>(octets_used_by(env_)) / static_cast<double>(info.me_mapsize);
}

std::uint64_t Env::used_bytes() const { return octets_used_by(env_); }

std::uint64_t Env::map_bytes() const {
  MDB_envinfo info{};
  ::mdb_env_info(env_, &info);
  return info.me_mapsize;
}

Result<std::uint64_t> Env::disk_free_bytes() const {
  struct statvfs info {};
  if (::statvfs(dir_.c_str(), &info) != 0)
    return fail(os_error(ErrorKind::kStop, "asking for the free space at " + dir_, errno));
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

Result<double> Env::disk_free_ratio() const {
#ifdef STEELYARD_TEST_HOOKS
  if (options_.faults != nullptr && options_.faults->disk_free_ratio >= 0)
    return options_.faults->disk_free_ratio.load();
#endif
  struct statvfs info {};
  if (::statvfs(dir_.c_str(), &info) != 0)
    return fail(os_error(ErrorKind::kStop, "asking for the free space at " + dir_, errno));
  if (info.f_blocks == 0) return 1.0;
  return static_cast<double>(info.f_bavail) / static_cast<double>(info.f_blocks);
}

Result<int> Env::reader_check() {
  int dead = 0;
  if (const int code = ::mdb_reader_check(env_, &dead); code != 0) return fail(error("checking the readers of", code));
  return dead;
}

}  // namespace steelyard::store
