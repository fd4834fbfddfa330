#include "core/provenance/log_store.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <random>

#include "core/provenance/test_log.h"
#include "schemas/errors.h"

namespace steelyard::provenance {
namespace {

const crypto::Suite& suite() { return crypto::suite(crypto::SuiteId::kStandard); }

std::unique_ptr<LogStore> open_at(const std::string& dir) {
  auto store = LogStore::open(dir, {}, suite());
  EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().what);
  return std::move(*store);
}

TEST(LogStore, RecoversWhatWasCommitted) {
  TestLog log;
  log.add_statements();
  log.add_exchanges(4);
  const auto before = log.store().recover();
  const auto peaks = log.store().frontier().peaks();
  log.close();
  log.open();
  const auto recovered = log.store().recover();
  ASSERT_TRUE(recovered) << recovered.error().what;
  EXPECT_EQ(recovered->size, log.world().statements().size() + 9);
  EXPECT_EQ(recovered->next_bundle, BundleNumber(3));
  EXPECT_EQ(recovered->last_time, before->last_time);
  ASSERT_EQ(recovered->statements.size(), log.world().statements().size());
  for (std::size_t i = 0; i < recovered->statements.size(); ++i) {
    EXPECT_EQ(recovered->statements[i].index, LogIndex(i));
    EXPECT_EQ(recovered->statements[i].statement.document, log.world().statements()[i].document);
    EXPECT_EQ(recovered->statements[i].statement.signatures, log.world().statements()[i].signatures);
  }
  ASSERT_EQ(recovered->once.size(), 4u);
  EXPECT_EQ(recovered->once[0].state, OnceState::kAnswered);
  EXPECT_EQ(recovered->registry, log.world().registry().rows());
  EXPECT_EQ(log.store().frontier().peaks(), peaks);
}

// Tables came one after the other: whoever only reads finds none, whoever writes makes them.
TEST(LogStore, AStoreOfBeforeThereWereSomeTablesIsReadAsOneWithout) {
  const TestDir dir;
  store::EnvOptions options;
  options.kind = kLogKind;
  options.format = kLogFormat;
  {
    const auto env = store::Env::open(dir / "log", options);
    ASSERT_TRUE(env);
    for (const char* table : {"entries", "bundles", "statements", "hashes", "once", "registry", "handovers"})
      ASSERT_TRUE((*env)->open_table(table));
  }
  options.read_only = true;
  for (const bool made : {false, true}) {
    const auto log = LogStore::open(dir / "log", options, suite());
    ASSERT_TRUE(log) << log.error().what;
    const auto decided_by = (*log)->decided_by(LogIndex(0));
    ASSERT_TRUE(decided_by) << decided_by.error().what;
    EXPECT_FALSE(*decided_by) << made;
    EXPECT_TRUE((*log)->recover());
    if (!made) static_cast<void>(open_at(dir / "log"));
  }
}

TEST(LogStore, HandsBackTheHandOversThatMayStillBeRepeated) {
  TestLog log;
  log.add_statements();
  log.add_exchanges(3);
  log.add_exchanges(2);
  const auto recovered = log.store().recover();
  ASSERT_TRUE(recovered) << recovered.error().what;
  ASSERT_EQ(recovered->handovers.size(), 2u);
  EXPECT_LT(recovered->handovers[0].index, recovered->handovers[1].index);
  std::size_t answers = 3;
  for (const StoredEntry& entry : recovered->handovers) {
    EXPECT_EQ(exchange::decode_entry(entry.body)->kind, schemas::EntryKind::kReceived);
    EXPECT_EQ(log.store().handover(entry.index)->size(), answers--);
  }
  // Six minutes of log time later nobody can repeat them any more.
  Batch batch;
  batch.first = LogIndex(log.store().size());
  EntryRecord later;
  later.index = batch.first;
  later.body.kind = schemas::EntryKind::kRejections;
  later.body.time = recovered->last_time + minutes(6) + seconds(1);
  later.commitment = exchange::entry_commitment(suite(), later.salt, exchange::encode(later.body));
  batch.entries.push_back(later);
  ASSERT_TRUE(log.store().commit(batch));
  EXPECT_TRUE(log.store().recover()->handovers.empty());
}

TEST(LogStore, OnceRowsAreReplacedAndErased) {
  TestLog log;
  log.add_statements();
  log.add_exchanges(2);
  Batch batch;
  batch.first = LogIndex(log.store().size());
  batch.once_ended.emplace_back(TestLog::kUser, log.last_id());
  ASSERT_TRUE(log.store().commit(batch));
  const auto recovered = log.store().recover();
  ASSERT_EQ(recovered->once.size(), 1u);
  EXPECT_NE(recovered->once[0].id, log.last_id());
}

TEST(LogStore, OfOnceRowsWithOneKeyTheLastOfABatchStands) {
  TestLog log;
  Batch batch = plain_batch(log.suite(), 0, 0, 1);
  OnceRow later, earlier;
  later.id.octets[0] = 2;
  earlier.id.octets[0] = 1;
  later.member = earlier.member = TestLog::kUser;
  batch.once = {later, earlier, later, earlier};
  batch.once[2].state = batch.once[3].state = OnceState::kRefused;
  ASSERT_TRUE(log.store().commit(batch));
  const auto recovered = log.store().recover();
  ASSERT_TRUE(recovered) << recovered.error().what;
  ASSERT_EQ(recovered->once.size(), 2u);
  EXPECT_EQ(recovered->once[0].id, earlier.id);
  for (const OnceRow& row : recovered->once) EXPECT_EQ(row.state, OnceState::kRefused);
}

TEST(LogStore, FrontierIsTheTreeOverAllCommitments) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const TestDir dir;
  auto store = open_at(dir / "log");
  std::vector<Digest> commitments;
  for (std::uint64_t number = 0; commitments.size() < 1'000; ++number) {
    const Batch batch = plain_batch(suite(), number, commitments.size(), 1 + random() % 20);
    ASSERT_TRUE(store->commit(batch));
    for (const auto& entry : batch.entries) commitments.push_back(*Digest::from(entry.commitment.view()));
    if (number % 7 == 3) {
      store.reset();
      store = open_at(dir / "log");
    }
    ASSERT_EQ(store->size(), commitments.size());
    ASSERT_EQ(store->frontier().root(), crypto::tree_root(suite(), commitments)) << commitments.size();
  }
}

TEST(LogStore, ProofsFromTilesVerify) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const TestDir dir;
  auto store = open_at(dir / "log");
  std::vector<Digest> commitments;
  for (std::uint64_t number = 0; number < 4; ++number) {
    const Batch batch = plain_batch(suite(), number, commitments.size(), 200 + random() % 300);
    ASSERT_TRUE(store->commit(batch));
    for (const auto& entry : batch.entries) commitments.push_back(*Digest::from(entry.commitment.view()));
  }
  StoreTiles tiles(*store);
  for (int round = 0; round < 40; ++round) {
    const std::uint64_t size = 1 + random() % commitments.size(), index = random() % size, old_size = random() % size;
    const std::span<const Digest> leaves(commitments);
    const Digest root = crypto::tree_root(suite(), leaves.first(size));
    const Digest leaf = crypto::leaf_hash(suite(), commitments[index].view());
    const auto inclusion = crypto::inclusion_proof(suite(), tiles, index, size);
    ASSERT_TRUE(inclusion) << inclusion.error().what;
    EXPECT_TRUE(crypto::verify_inclusion(suite(), leaf, index, size, *inclusion, root)) << index << " of " << size;
    const auto consistency = crypto::consistency_proof(suite(), tiles, old_size, size);
    ASSERT_TRUE(consistency) << consistency.error().what;
    const Digest old_root = crypto::tree_root(suite(), leaves.first(old_size));
    EXPECT_TRUE(crypto::verify_consistency(suite(), old_size, old_root, size, root, *consistency));
  }
  EXPECT_FALSE(store->tile(0, 0, 0));
  EXPECT_FALSE(store->tile(0, commitments.size() / 256, 256));
  EXPECT_FALSE(store->tile(2, 0, 1));
  EXPECT_FALSE(store->tile(9, 0, 1));
}

TEST(LogStore, ProofsOfMembersMessagesAreRebuilt) {
  TestLog log;
  log.add_statements();
  const std::uint64_t first = log.store().size();
  log.add_exchanges(5);
  exchange::BundleVerifier verifier(log.suite(), log.world().kOrigin);
  for (std::uint64_t index = first; index < log.store().size(); ++index) {
    const auto entry = log.store().entry(LogIndex(index));
    const auto proof = log.store().proof_of(**entry);
    ASSERT_TRUE(proof && *proof);
    const auto key = crypto::VerifyingKey::decode(log.world().keys((*proof)->author).message.public_key());
    EXPECT_TRUE(verifier.verify(exchange::decode_entry((*entry)->body)->digest, **proof, *key)) << index;
  }
  EXPECT_FALSE(*log.store().proof_of(**log.store().entry(LogIndex(0))));
}

TEST(LogStore, TheLargestRecordsComeBackWhole) {
  const TestDir dir;
  auto store = open_at(dir / "log");
  Batch batch = plain_batch(suite(), 0, 0, 1);
  BundleRecord bundle;
  bundle.number = BundleNumber(7);
  bundle.author = MemberId(std::string(64, 'a'));
  bundle.size = 512;
  bundle.positions = {511};
  for (int i = 0; i < 511; ++i) bundle.others.push_back(crypto::random<Digest>());
  batch.bundles.push_back(bundle);
  batch.statements.push_back({LogIndex(0), {Bytes(60'000, 1), Bytes(3'000, 2)}});
  batch.handovers.push_back({LogIndex(0), bundle.others});
  ASSERT_TRUE(store->commit(batch));
  EXPECT_EQ((**store->bundle(BundleNumber(7))).others, bundle.others);
  EXPECT_EQ((**store->bundle(BundleNumber(7))).positions, bundle.positions);
  EXPECT_EQ((**store->statement(LogIndex(0))).document, Bytes(60'000, 1));
  EXPECT_EQ((**store->statement(LogIndex(0))).signatures, Bytes(3'000, 2));
  EXPECT_EQ(*store->handover(LogIndex(0)), bundle.others);
  EXPECT_FALSE(*store->bundle(BundleNumber(8)));
}

TEST(LogStore, DoesNotBuildOnHashRowsThatAreNotItsOwn) {
  TestLog log;
  log.add_statements();
  log.add_rejections(300);
  log.tamper([](store::WriteTxn& txn, const Tables& tables) {
    ASSERT_TRUE(txn.put(tables.hashes, store::key_of(std::uint8_t{1}, std::uint64_t{0}), Digest{}.view()));
  });
  const auto opened = LogStore::open(log.store_dir(), {});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, schemas::code::store_failed);
  EXPECT_EQ(opened.error().kind, ErrorKind::kStop);
}

#ifdef STEELYARD_TEST_HOOKS

TEST(LogStore, AFailedCommitStopsAndItsOutcomeShowsAtTheNextOpening) {
  for (const bool persists : {false, true}) {
    const TestDir dir;
    store::EnvOptions options;
    options.faults = std::make_shared<store::FaultPlan>();
    auto store = std::move(*LogStore::open(dir / "log", options, suite()));
    ASSERT_TRUE(store->commit(plain_batch(suite(), 0, 0, 3)));
    options.faults->failed_commit_persists = persists;
    options.faults->fail_commit = 1;
    const auto failed = store->commit(plain_batch(suite(), 1, 3, 2));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, ErrorKind::kStop);
    EXPECT_EQ(failed.error().code, schemas::code::store_failed);
    EXPECT_EQ(store->size(), 3u);
    EXPECT_FALSE(store->commit(plain_batch(suite(), 2, 3, 2)));
    store.reset();
    store = open_at(dir / "log");
    EXPECT_EQ(store->size(), persists ? 5u : 3u);
    EXPECT_TRUE(store->commit(plain_batch(suite(), 3, store->size(), 1)));
  }
}

constexpr const char* kChildDir = "STEELYARD_TEST_LOG_DIR";

// Run by CommitSurvivesAKillAt in a process of its own, until its fail point kills it.
TEST(CommitChild, DISABLED_Commits) {
  auto store = open_at(std::getenv(kChildDir));
  for (std::uint64_t number = 0; number < 10; ++number)
    ASSERT_TRUE(store->commit(plain_batch(suite(), number, store->size(), 150)));
}

int run_child(const std::string& dir, const std::string& fail_point) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::setenv(kChildDir, dir.c_str(), 1);
    ::setenv("STEELYARD_TEST_FAIL_POINT", fail_point.c_str(), 1);
    ::execl("/proc/self/exe", "core_provenance_test", "--gtest_filter=CommitChild.*", "--gtest_also_run_disabled_tests",
            "--gtest_brief=1", nullptr);
    ::_exit(127);
  }
  int status = 0;
  EXPECT_EQ(::waitpid(pid, &status, 0), pid);
  return status;
}

class CommitSurvivesAKillAt : public ::testing::TestWithParam<std::pair<const char*, std::uint64_t>> {};

TEST_P(CommitSurvivesAKillAt, AndLeavesWholeBatches) {
  const auto [point, batches] = GetParam();
  const TestDir dir;
  const int status = run_child(dir / "log", std::string(point) + ":3");
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  auto store = open_at(dir / "log");
  EXPECT_EQ(store->size(), batches * 150);
  std::vector<Digest> commitments;
  for (std::uint64_t i = 0; i < store->size(); ++i)
    commitments.push_back(*Digest::from((**store->entry(LogIndex(i))).commitment.view()));
  EXPECT_EQ(store->frontier().root(), crypto::tree_root(suite(), commitments));
  EXPECT_TRUE(store->commit(plain_batch(suite(), 100, store->size(), 10)));
}

INSTANTIATE_TEST_SUITE_P(EachFailPoint, CommitSurvivesAKillAt,
                         ::testing::Values(std::pair<const char*, std::uint64_t>{"log-before-commit", 2},
                                           std::pair<const char*, std::uint64_t>{"log-put", 2},
                                           std::pair<const char*, std::uint64_t>{"in-commit-log", 2},
                                           std::pair<const char*, std::uint64_t>{"log-after-commit", 3}));

#endif

}  // namespace
}  // namespace steelyard::provenance
