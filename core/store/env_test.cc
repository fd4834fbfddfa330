#include "core/store/env.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include <gtest/gtest.h>

#include "core/base/test_dir.h"
#include "core/store/durable_file.h"
#include "core/store/key.h"

namespace steelyard::store {
namespace {

EnvOptions small() {
  EnvOptions options;
  options.map_bytes = 64 << 20;
  return options;
}

std::string text_of(const Txn& txn, Table table, std::string_view key) {
  auto row = txn.get(table, as_bytes(key));
  EXPECT_TRUE(row) << row.error().what;
  return row && *row ? std::string(as_text(**row)) : "(none)";
}

// Runs `work` in a child process; returns how it ended.
int in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    work();
    ::_exit(0);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  return status;
}

// Commits rows 0..n-1, one transaction; their values repeat the first letter of the table's name.
Status fill(Env& env, const std::string& name, std::uint64_t rows, std::size_t value_bytes = 200) {
  TRY_ASSIGN(Table table, env.open_table(name));
  TRY_ASSIGN(WriteTxn txn, env.write());
  for (std::uint64_t i = 0; i < rows; ++i)
    TRY(txn.append(table, key_of(i), Bytes(value_bytes, static_cast<std::uint8_t>(name.front()))));
  return txn.commit();
}

std::uint64_t rows_of(Env& env, const std::string& name) {
  auto table = env.open_table(name);
  EXPECT_TRUE(table) << table.error().what;
  auto rows = env.read()->count(*table);
  EXPECT_TRUE(rows) << rows.error().what;
  return rows.value_or(0);
}

TEST(Env, CommittedRowsAreThereAfterReopening) {
  TestDir dir;
  {
    auto env = Env::open(dir / "s", small());
    ASSERT_TRUE(env) << env.error().what;
    auto table = (*env)->open_table("entries");
    ASSERT_TRUE(table);
    auto txn = (*env)->write();
    ASSERT_TRUE(txn->put(*table, as_bytes("k"), as_bytes("v")));
    ASSERT_TRUE(txn->commit());
  }
  struct stat info {};
  ASSERT_EQ(::stat((dir / "s").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700U);
  auto env = Env::open(dir / "s", small());
  ASSERT_TRUE(env) << env.error().what;
  Table table = *(*env)->open_table("entries");
  EXPECT_EQ(text_of(*(*env)->read(), table, "k"), "v");
}

TEST(Env, DroppedTransactionsChangeNothing) {
  TestDir dir;
  auto env = *Env::open(dir / "s", small());
  Table table = *env->open_table("t");
  {
    auto txn = env->write();
    ASSERT_TRUE(txn->put(table, as_bytes("k"), as_bytes("v")));
  }
  EXPECT_EQ(text_of(*env->read(), table, "k"), "(none)");
  EXPECT_EQ(env->commits(), 0U);
}

TEST(Env, CommitsOfAKilledProcessSurvive) {
  TestDir dir;
  int status = in_child([&] {
    auto env = Env::open(dir / "s", small());
    if (!env || !fill(**env, "t", 500)) ::_exit(1);
    auto open = (*env)->write();  // never committed
    if (!open->put(*(*env)->open_table("t"), key_of(std::uint64_t{500}), as_bytes("v"))) ::_exit(1);
    ::raise(SIGKILL);
  });
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  auto env = Env::open(dir / "s", small());
  ASSERT_TRUE(env) << env.error().what;
  EXPECT_EQ(rows_of(**env, "t"), 500U);
  EXPECT_TRUE((*env)->reader_check());
}

// A process that reads until it is killed; it opens the store when `start()` is called, and reads when that returns.
// Made before the store is opened here, for no process opens one twice.
class KilledReader {
 public:
  explicit KilledReader(const std::string& dir) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_), 0);
    child_ = ::fork();
    ::close(ends_[child_ != 0 ? 1 : 0]);
    if (child_ != 0) return;
    char octet = 0;
    EnvOptions options = small();
    options.read_only = true;
    if (::read(ends_[1], &octet, 1) != 1) ::_exit(1);
    auto env = Env::open(dir, options);
    if (!env) ::_exit(1);
    const auto reading = (*env)->read();
    if (!reading || ::write(ends_[1], &octet, 1) != 1) ::_exit(1);
    ::_exit(::read(ends_[1], &octet, 1) == 0 ? 0 : 1);  // unless killed before, when the test is over
  }
  ~KilledReader() { ::close(ends_[0]); }
  void start() {
    char octet = 0;
    ASSERT_EQ(::write(ends_[0], &octet, 1), 1);
    ASSERT_EQ(::read(ends_[0], &octet, 1), 1);
  }
  void kill() {
    int status = 0;
    ::kill(child_, SIGKILL);
    ASSERT_EQ(::waitpid(child_, &status, 0), child_);
    ASSERT_TRUE(WIFSIGNALED(status));
  }

 private:
  int ends_[2] = {-1, -1};
  pid_t child_ = 0;
};

TEST(Env, TheSlotOfAReaderThatWasKilledIsFreedWhileOneWrites) {
  for (const bool due : {true, false}) {
    TestDir dir;
    ASSERT_TRUE(Env::open(dir / "s", small()));
    KilledReader reader(dir / "s");
    EnvOptions options = small();
    options.reader_check_every = milliseconds(due ? 1 : 3'600'000);
    auto env = *Env::open(dir / "s", options);
    ASSERT_TRUE(fill(*env, "before", 10));
    reader.start();
    EXPECT_EQ(env->reader_check().value_or(-1), 0);  // it lives
    reader.kill();
    ::usleep(2'000);
    ASSERT_TRUE(fill(*env, "after", 10));
    EXPECT_EQ(env->reader_check().value_or(-1), due ? 0 : 1);
  }
}

TEST(Env, ASecondWriterIsRefusedAndToldWho) {
  TestDir dir;
  auto env = Env::open(dir / "s", small());
  ASSERT_TRUE(env);
  auto second = Env::open(dir / "s", small());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::kFix);
  EXPECT_NE(second.error().what.find("in use by process " + std::to_string(::getpid())), std::string::npos);
  int status = in_child([&] { ::_exit(Env::open(dir / "s", small()) ? 1 : 0); });
  EXPECT_EQ(status, 0);
  env->reset();
  EXPECT_TRUE(Env::open(dir / "s", small()));
}

TEST(Env, AnotherVersionOrKindIsRefused) {
  TestDir dir;
  EnvOptions options = small();
  options.kind = "log";
  options.format = 2;
  ASSERT_TRUE(Env::open(dir / "s", options));
  options.format = 1;
  EXPECT_EQ(Env::open(dir / "s", options).error().what,
            "the store at " + dir / "s" + " is `log/2`, this program reads `log/1`");
  options.format = 2;
  options.kind = "ledger";
  EXPECT_FALSE(Env::open(dir / "s", options));
  options.kind = "log";
  EXPECT_TRUE(Env::open(dir / "s", options));
}

TEST(Env, AMissingStoreIsNotCreatedUnlessAsked) {
  TestDir dir;
  EnvOptions options = small();
  options.create = false;
  EXPECT_FALSE(Env::open(dir / "s", options));
  EXPECT_FALSE(std::filesystem::exists(dir / "s"));
  std::filesystem::create_directory(dir / "s");
  EXPECT_FALSE(Env::open(dir / "s", options));
  EXPECT_FALSE(std::filesystem::exists(dir / "s/data.mdb"));
  options.read_only = true;
  EXPECT_FALSE(Env::open(dir / "s", options));
  EXPECT_FALSE(Env::open(dir / "no/such/folder", small()));
}

TEST(Env, ATruncatedFileIsAnErrorAtEveryLength) {
  TestDir dir;
  {
    auto env = *Env::open(dir / "s", small());
    ASSERT_TRUE(fill(*env, "t", 2'000));
  }
  for (std::uintmax_t bytes : {0, 100, 4'096, 8'192, 12'288, 100'000, 400'000}) {
    std::filesystem::remove_all(dir / "cut");
    std::filesystem::copy(dir / "s", dir / "cut");
    std::filesystem::resize_file(dir / "cut/data.mdb", bytes);
    for (bool read_only : {true, false}) {
      EnvOptions options = small();
      options.read_only = read_only;
      int status = in_child([&] { ::_exit(Env::open(dir / "cut", options) ? 1 : 0); });
      EXPECT_EQ(status, 0) << bytes << " octets, read_only " << read_only;
    }
  }
}

TEST(Env, AFileOfSomethingElseIsRefused) {
  TestDir dir;
  std::filesystem::create_directory(dir / "s");
  std::ofstream(dir / "s/data.mdb") << std::string(20'000, 'z');
  auto env = Env::open(dir / "s", small());
  ASSERT_FALSE(env);
  EXPECT_EQ(env.error().kind, ErrorKind::kFix);
}

TEST(Env, ReadingALiveStoreOfAnotherProcessSeesItsCommits) {
  TestDir dir;
  auto env = *Env::open(dir / "s", small());
  ASSERT_TRUE(fill(*env, "t", 10));
  EnvOptions options = small();
  options.read_only = true;
  EXPECT_NE(Env::open(dir / "s", options).error().what.find("already open in this process"), std::string::npos);
  int status = in_child([&] {
    auto reader = Env::open(dir / "s", options);
    if (!reader) ::_exit(1);
    auto table = (*reader)->open_table("t");
    if (!table || (*reader)->open_table("none")) ::_exit(2);
    auto txn = (*reader)->read();
    ::_exit(txn && *txn->count(*table) == 10 ? 0 : 3);
  });
  EXPECT_EQ(status, 0);
}

TEST(Env, ReadingACopyLeavesTheFolderAsItWas) {
  TestDir dir;
  {
    auto env = *Env::open(dir / "s", small());
    ASSERT_TRUE(fill(*env, "t", 10));
  }
  std::filesystem::create_directory(dir / "copy");
  std::filesystem::copy(dir / "s/data.mdb", dir / "copy/data.mdb");
  EnvOptions options = small();
  options.read_only = true;
  auto env = Env::open(dir / "copy", options);
  ASSERT_TRUE(env) << env.error().what;
  EXPECT_EQ(rows_of(**env, "t"), 10U);
  auto files = std::filesystem::directory_iterator(dir / "copy");
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST(Env, AFullMapIsAnErrorAndTheStoreGoesOn) {
  TestDir dir;
  EnvOptions options = small();
  options.map_bytes = 1 << 20;
  auto env = *Env::open(dir / "s", options);
  ASSERT_TRUE(fill(*env, "small", 10));
  double before = env->used_ratio();
  auto full = fill(*env, "large", 100'000);
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().kind, ErrorKind::kLater);
  ASSERT_TRUE(fill(*env, "large", 1'000));
  EXPECT_GT(env->used_ratio(), before);
  EXPECT_LE(env->used_ratio(), 1.0);
  EXPECT_GT(*env->disk_free_ratio(), 0.0);
}

TEST(Env, SyncsAreCountedWhereSomethingWasWritten) {
  TestDir dir;
  auto env = *Env::open(dir / "s", small());
  Table table = *env->open_table("t");
  const auto start = env->syncs();
  ASSERT_TRUE(env->write()->commit());
  EXPECT_EQ(env->syncs(), start) << "an empty commit writes nothing";
  auto txn = env->write();
  ASSERT_TRUE(txn->put(table, as_bytes("k"), as_bytes("v")));
  ASSERT_TRUE(txn->commit());
  EXPECT_EQ(env->syncs(), start + 1);
  EXPECT_EQ(env->commits(), 2U);
}

#ifdef STEELYARD_TEST_HOOKS
TEST(Env, AfterAFailedCommitNothingIsWrittenUntilItIsOpenedAgain) {
  for (bool persists : {false, true}) {
    TestDir dir;
    EnvOptions options = small();
    options.faults = std::make_shared<FaultPlan>();
    auto env = *Env::open(dir / "s", options);
    Table table = *env->open_table("t");
    options.faults->fail_commit = 2;
    options.faults->failed_commit_persists = persists;
    for (int n = 1; n <= 2; ++n) {
      auto txn = env->write();
      ASSERT_TRUE(txn->put(table, as_bytes(std::to_string(n)), as_bytes("v")));
      auto committed = txn->commit();
      ASSERT_EQ(committed.has_value(), n == 1);
      if (n == 2) {
        EXPECT_EQ(committed.error().kind, ErrorKind::kStop);
        EXPECT_NE(committed.error().what.find("outcome unknown"), std::string::npos);
      }
    }
    EXPECT_EQ(env->write().error().kind, ErrorKind::kStop);
    EXPECT_EQ(env->commits(), 1U);
    env.reset();
    env = *Env::open(dir / "s", small());
    table = *env->open_table("t");
    EXPECT_EQ(text_of(*env->read(), table, "1"), "v");
    EXPECT_EQ(text_of(*env->read(), table, "2"), persists ? "v" : "(none)");
  }
}

// Commits two tables, a and b, in a process that is killed at the second passage of the fail point; then tells what a
// new process finds. A fail point is armed by the environment once per process, so the killed one is this program run
// anew, which must use its parent's folder.
void kill_at(const TestDir& dir, const char* fail_point, std::uint64_t rows_of_b) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  ::setenv("STEELYARD_TEST_STORE_DIR", dir.path().c_str(), 0);
  ::setenv("STEELYARD_TEST_FAIL_POINT", fail_point, 0);
  EXPECT_EXIT(
      {
        auto env = Env::open(std::string(::getenv("STEELYARD_TEST_STORE_DIR")) + "/s", small());
        if (!env || !fill(**env, "a", 1) || !fill(**env, "b", 1)) ::_exit(1);
      },
      testing::KilledBySignal(SIGKILL), "");
  ::unsetenv("STEELYARD_TEST_STORE_DIR");
  ::unsetenv("STEELYARD_TEST_FAIL_POINT");
  auto env = Env::open(dir / "s", small());
  ASSERT_TRUE(env) << env.error().what;
  EXPECT_EQ(rows_of(**env, "a"), 1U);
  EXPECT_EQ(rows_of(**env, "b"), rows_of_b);
}

bool holds(const std::string& file, const std::string& octets) {
  std::ifstream in(file, std::ios::binary);
  const std::string all(std::istreambuf_iterator<char>(in), {});
  return all.find(octets) != std::string::npos;
}

TEST(Env, AKillBeforeACommitLosesThatCommitAlone) {
  const TestDir dir;
  kill_at(dir, "store-before-commit:2", 0);
  EXPECT_FALSE(holds(dir / "s/data.mdb", std::string(200, 'b')));
}

// The rows are in the file, and nothing says so: killed between the sync of the pages and the page that counts.
TEST(Env, AKillInsideACommitLosesThatCommitAlone) {
  const TestDir dir;
  kill_at(dir, "in-commit-steelyard:2", 0);
  EXPECT_TRUE(holds(dir / "s/data.mdb", std::string(200, 'b')));
}

TEST(Env, AKillAfterACommitLosesNothing) {
  const TestDir dir;
  kill_at(dir, "store-after-commit:2", 1);
  EXPECT_TRUE(holds(dir / "s/data.mdb", std::string(200, 'b')));
}
#endif

}  // namespace
}  // namespace steelyard::store
