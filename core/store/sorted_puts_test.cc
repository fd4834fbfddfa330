#include "core/store/sorted_puts.h"

#include <algorithm>
#include <map>
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/base/limits.h"
#include "core/store/key.h"
#include "core/store/test_table.h"

namespace steelyard::store {
namespace {

using Model = std::map<Bytes, Bytes>;

class SortedPutsTest : public TableTest {
 protected:
  Model rows(const Txn& txn) const {
    Model found;
    auto cursor = txn.cursor(table_);
    for (auto row = cursor->first(); *row; row = cursor->next())
      found[to_bytes(cursor->key())] = to_bytes(cursor->value());
    return found;
  }
};

// Three levels of pages, over commits: new rows between old ones, and old ones replaced by longer and shorter values.
TEST_F(SortedPutsTest, StandAsPutWouldHaveLeftThemInAnyOrder) {
  std::mt19937 random(7);
  Model model;
  const auto put_many = [&](bool sorted) {
    std::vector<std::pair<Bytes, Bytes>> batch;
    for (int i = 0; i < 6'000; ++i) {
      const auto number = static_cast<std::uint32_t>(random() % 30'000);
      Bytes key = to_bytes(key_of(number));
      key.resize(44);
      batch.emplace_back(std::move(key), Bytes(random() % 40, static_cast<std::uint8_t>(i)));
    }
    if (sorted) std::stable_sort(batch.begin(), batch.end(), [](auto& a, auto& b) { return a.first < b.first; });
    auto txn = env_->write();
    {
      auto puts = txn->sorted_puts(table_);
      for (const auto& [key, value] : batch) {
        ASSERT_TRUE(puts->put(key, value));
        model[key] = value;
      }
    }
    ASSERT_TRUE(txn->commit());
  };
  for (const bool sorted : {true, false, true, true, false}) {
    put_many(sorted);
    const auto txn = env_->read();
    EXPECT_EQ(rows(*txn), model);
    EXPECT_EQ(*txn->count(table_), model.size());
  }
}

// Values of a quarter of a page: some tens of rows split, empty and join pages under the place that is kept.
RC_GTEST_FIXTURE_PROP(SortedPutsTest, AgreeWithAMapBesideOtherChanges, ()) {
  auto txn = env_->write();
  RC_ASSERT(txn.has_value());
  RC_ASSERT(txn->clear(table_).has_value());
  Model model;
  {
    auto puts = txn->sorted_puts(table_);
    RC_ASSERT(puts.has_value());
    const int steps = *rc::gen::inRange(1, 400);
    for (int i = 0; i < steps; ++i) {
      const auto key = to_bytes(key_of(*rc::gen::inRange<std::uint16_t>(0, 200)));
      const Bytes value(*rc::gen::inRange<std::size_t>(0, 1'000), static_cast<std::uint8_t>(i));
      const int what = *rc::gen::inRange(0, 12);
      if (what < 6) {
        RC_ASSERT(puts->put(key, value).has_value());
        model[key] = value;
      } else if (what < 8) {
        RC_ASSERT(txn->put(table_, key, value).has_value());
        model[key] = value;
      } else if (what < 11 || i % 50 != 0) {
        RC_ASSERT(*txn->erase(table_, key) == (model.erase(key) > 0));
      } else {
        RC_ASSERT(txn->clear(table_).has_value());
        model.clear();
      }
    }
  }
  RC_ASSERT(rows(*txn) == model);
}

TEST_F(SortedPutsTest, OurOwnMistakesAbort) {
  auto txn = env_->write();
  {
    auto puts = txn->sorted_puts(table_);
    EXPECT_DEATH({ auto s = puts->put({}, as_bytes("v")); }, "empty");
    EXPECT_DEATH({ auto s = puts->put(as_bytes("k"), Bytes(limits::kStoreValueBytesMax + 1)); }, "kStoreValue");
    EXPECT_DEATH({ auto s = txn->commit(); }, "cursors == 0");
    ASSERT_TRUE(puts->put(as_bytes("k"), Bytes(limits::kStoreValueBytesMax)));
  }
  EXPECT_TRUE(txn->commit());
}

}  // namespace
}  // namespace steelyard::store
