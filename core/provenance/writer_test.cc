#include "core/provenance/writer.h"

#include <gtest/gtest.h>

#include "core/provenance/test_log.h"

namespace steelyard::provenance {
namespace {

const crypto::Suite& suite() { return crypto::suite(crypto::SuiteId::kStandard); }

TEST(Writer, CommitsInOrderAndAllThatWaitsBeforeItEnds) {
  const TestDir dir;
  auto store = std::move(*LogStore::open(dir / "log", {}, suite()));
  std::vector<CommittedBatch> committed;
  {
    Writer writer(
        *store, [&](const CommittedBatch& batch) { committed.push_back(batch); },
        [](Error error) { ADD_FAILURE() << error.what; });
    for (std::uint64_t number = 0; number < 20; ++number) writer.submit(plain_batch(suite(), number, 3 * number, 3));
  }
  ASSERT_EQ(committed.size(), 20u);
  for (std::uint64_t number = 0; number < 20; ++number) {
    EXPECT_EQ(committed[number].number, number);
    EXPECT_EQ(committed[number].first, LogIndex(3 * number));
    EXPECT_EQ(committed[number].size, 3 * number + 3);
    StoreTiles tiles(*store);
    EXPECT_EQ(committed[number].root, *crypto::tree_hash(suite(), tiles, committed[number].size));
  }
}

#ifdef STEELYARD_TEST_HOOKS
TEST(Writer, CommitsNothingMoreAfterAFailure) {
  const TestDir dir;
  store::EnvOptions options;
  options.faults = std::make_shared<store::FaultPlan>();
  auto store = std::move(*LogStore::open(dir / "log", options, suite()));
  options.faults->fail_commit = 2;
  int committed = 0, failed = 0;
  {
    Writer writer(
        *store, [&](const CommittedBatch&) { ++committed; }, [&](Error) { ++failed; });
    for (std::uint64_t number = 0; number < 5; ++number) writer.submit(plain_batch(suite(), number, number, 1));
  }
  EXPECT_EQ(committed, 1);
  EXPECT_EQ(failed, 1);
  EXPECT_EQ(store->size(), 1u);
}
#endif

}  // namespace
}  // namespace steelyard::provenance
