#include "core/provenance/log_index.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "core/provenance/index_rows.h"
#include "core/provenance/test_log.h"

namespace steelyard::provenance {
namespace {

std::uint64_t indexed_entries(const std::string& dir, const LogStore& log) {
  const auto env = store::Env::open(dir, index_options(true));
  const auto tables = open_index_tables(**env);
  const auto txn = (*env)->read();
  return *index_end(*txn, *tables, log);
}

// Lets an indexer run until it has covered the log.
void catch_up(const std::string& dir, const LogStore& log) {
  for (int tries = 0; tries < 20; ++tries) {
    {
      auto indexer = LogIndexer::open(dir, log);
      ASSERT_TRUE(indexer) << indexer.error().what;
      (*indexer)->follow(log.size());
    }
    if (indexed_entries(dir, log) == log.size()) return;
  }
  FAIL() << "the index never caught up";
}

std::vector<LogIndex> entries_of(const Trace& trace) {
  std::vector<LogIndex> indexes;
  for (const auto& entry : trace.entries) indexes.push_back(entry.index);
  return indexes;
}

TEST(Trace, FindsAllEntriesOfAnExchangeWithAndWithoutTheIndex) {
  TestLog log;
  log.add_statements();
  log.add_exchanges(3);
  const ExchangeId id = log.last_id();
  log.add_exchanges(2);
  const std::uint64_t first = log.world().statements().size();
  const std::vector<LogIndex> expected{LogIndex(first + 2), LogIndex(first + 5), LogIndex(first + 6)};
  const std::string dir = log.dir() / "index";

  const auto without = trace(log.store(), dir, id);
  ASSERT_TRUE(without) << without.error().what;
  EXPECT_EQ(entries_of(*without), expected);  // request, answer, hand-over

  catch_up(dir, log.store());
  const auto with = trace(log.store(), dir, id);
  ASSERT_TRUE(with) << with.error().what;
  EXPECT_EQ(entries_of(*with), expected);
  ASSERT_EQ(with->statements.size(), 3u);  // the two members, and the agreement whose policy decided
  EXPECT_EQ(with->decided_by, (std::map<LogIndex, exchange::DecidedBy>{{expected.front(), log.decided_by()}}));
  EXPECT_EQ(with->statements, without->statements);

  log.add_exchanges(1);  // behind the index's end
  EXPECT_EQ(trace(log.store(), dir, log.last_id())->entries.size(), 3u);
  EXPECT_TRUE(trace(log.store(), dir, ExchangeId{})->entries.empty());
}

TEST(LogIndexer, MakesTheIndexOfAnotherLogAnew) {
  TestLog one, other;
  const std::string dir = one.dir() / "index";
  for (TestLog* log : {&one, &other}) {
    log->add_statements();
    log->add_exchanges(3);
  }
  catch_up(dir, one.store());
  EXPECT_EQ(indexed_entries(dir, other.store()), 0u);
  catch_up(dir, other.store());
  EXPECT_EQ(trace(other.store(), dir, other.last_id())->entries.size(), 3u);
  const auto env = store::Env::open(dir, index_options(true));
  const auto tables = open_index_tables(**env);
  const auto txn = (*env)->read();
  EXPECT_TRUE(indexed(*txn, tables->ids, one.last_id().view())->empty());
  EXPECT_EQ(indexed(*txn, tables->ids, other.last_id().view())->size(), 2u);
}

TEST(LogIndexer, MakesAnIndexOfAnotherLayoutAnew) {
  TestLog log;
  const std::string dir = log.dir() / "index";
  log.add_statements();
  log.add_exchanges(3);
  catch_up(dir, log.store());
  {
    const auto env = store::Env::open(dir, index_options(false));
    const auto tables = open_index_tables(**env);
    auto txn = (*env)->write();
    auto row = **txn->get(tables->meta, as_bytes(kIndexEndKey));
    Bytes other = to_bytes(row);
    other[0] = 1;
    ASSERT_TRUE(txn->put(tables->meta, as_bytes(kIndexEndKey), other));
    ASSERT_TRUE(txn->commit());
  }
  EXPECT_EQ(indexed_entries(dir, log.store()), 0u);
  EXPECT_EQ(trace(log.store(), dir, log.last_id())->entries.size(), 3u) << "read from the log itself";
  catch_up(dir, log.store());
  EXPECT_EQ(indexed_entries(dir, log.store()), log.store().size());
}

}  // namespace
}  // namespace steelyard::provenance
