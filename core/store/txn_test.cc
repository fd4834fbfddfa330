#include "core/store/txn.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "core/base/limits.h"
#include "core/store/key.h"
#include "core/store/test_table.h"

namespace steelyard::store {
namespace {

using Tables = TableTest;

TEST_F(Tables, AppendRefusesAKeyOutOfOrder) {
  auto txn = env_->write();
  ASSERT_TRUE(txn->append(table_, key_of(std::uint64_t{1}), as_bytes("a")));
  ASSERT_TRUE(txn->append(table_, key_of(std::uint64_t{256}), as_bytes("b")));
  auto late = txn->append(table_, key_of(std::uint64_t{255}), as_bytes("c"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, ErrorKind::kStop);
}

TEST_F(Tables, InsertKeepsWhatIsThere) {
  auto txn = env_->write();
  EXPECT_TRUE(*txn->insert(table_, as_bytes("k"), as_bytes("first")));
  EXPECT_FALSE(*txn->insert(table_, as_bytes("k"), as_bytes("second")));
  EXPECT_EQ(as_text(**txn->get(table_, as_bytes("k"))), "first");
  ASSERT_TRUE(txn->put(table_, as_bytes("k"), as_bytes("third")));
  EXPECT_EQ(as_text(**txn->get(table_, as_bytes("k"))), "third");
}

TEST_F(Tables, EraseAndClearSayWhatTheyDid) {
  auto txn = env_->write();
  ASSERT_TRUE(txn->put(table_, as_bytes("a"), {}));
  ASSERT_TRUE(txn->put(table_, as_bytes("b"), {}));
  EXPECT_TRUE(*txn->erase(table_, as_bytes("a")));
  EXPECT_FALSE(*txn->erase(table_, as_bytes("a")));
  EXPECT_TRUE(*txn->has(table_, as_bytes("b")));
  ASSERT_TRUE(txn->clear(table_));
  EXPECT_EQ(*txn->count(table_), 0U);
}

TEST_F(Tables, AReadSeesOneMomentUntilItIsRenewed) {
  auto read = env_->read();
  auto write = env_->write();
  ASSERT_TRUE(write->put(table_, as_bytes("k"), as_bytes("v")));
  ASSERT_TRUE(write->commit());
  EXPECT_FALSE(*read->has(table_, as_bytes("k")));
  ASSERT_TRUE(read->renew());
  EXPECT_TRUE(*read->has(table_, as_bytes("k")));
  read->reset();
  ASSERT_TRUE(read->renew());
  EXPECT_TRUE(*read->has(table_, as_bytes("k")));
}

TEST_F(Tables, OurOwnMistakesAbort) {
  auto txn = env_->write();
  EXPECT_DEATH({ auto s = txn->put(table_, as_bytes("k"), Bytes(limits::kStoreValueBytesMax + 1)); }, "kStoreValue");
  EXPECT_DEATH({ auto s = txn->put(table_, {}, as_bytes("v")); }, "empty");
  EXPECT_TRUE(txn->put(table_, as_bytes("k"), Bytes(limits::kStoreValueBytesMax)));
}

TEST_F(Tables, NumbersSortByValueAsKeys) {
  EXPECT_LT(key_of(std::uint64_t{255}), key_of(std::uint64_t{256}));
  EXPECT_EQ(key_of(LogIndex{0x0102}, std::uint16_t{3}), (std::array<std::uint8_t, 10>{0, 0, 0, 0, 0, 0, 1, 2, 0, 3}));
  EXPECT_EQ(key_of(as_bytes("ab"), std::uint16_t{3}), (Bytes{'a', 'b', 0, 3}));
  EXPECT_EQ(integer_of<std::uint64_t>(key_of(std::uint64_t{77})), 77U);
  EXPECT_FALSE(integer_of<std::uint64_t>(Bytes(7)));
}

using Model = std::map<Bytes, Bytes>;

// All keys within the bounds, in the direction asked for, as the cursor tells them.
std::vector<Bytes> walk(const Txn& txn, Table table, const Bounds& bounds, bool forward) {
  std::vector<Bytes> keys;
  auto cursor = txn.cursor(table, bounds);
  for (auto row = forward ? cursor->first() : cursor->last(); *row; row = forward ? cursor->next() : cursor->prev())
    keys.push_back(to_bytes(cursor->key()));
  return keys;
}

RC_GTEST_FIXTURE_PROP(Tables, CursorsAgreeWithAMap, ()) {
  // Few octet values, so that prefixes and neighbours are common; 0xff among them, where prefixes end oddly.
  auto octets = rc::gen::container<Bytes>(rc::gen::element<std::uint8_t>(0, 1, 0x7f, 0xfe, 0xff));
  Model model;
  auto txn = env_->write();
  RC_ASSERT(txn.has_value());
  for (const Bytes& key : *rc::gen::container<std::vector<Bytes>>(octets)) {
    if (key.empty() || key.size() > 100) continue;
    model[key] = key;
    RC_ASSERT(txn->put(table_, key, key).has_value());
  }
  Bytes from = *octets, to = *octets;
  for (const Bounds& bounds :
       {Bounds::all(), Bounds::prefix(from), Bounds::range(from, to), Bounds::starting_at(from)}) {
    std::vector<Bytes> expected;
    for (const auto& [key, value] : model)
      if (bounds.contains(key)) expected.push_back(key);
    RC_ASSERT(walk(*txn, table_, bounds, true) == expected);
    auto cursor = txn->cursor(table_, bounds);
    auto sought = cursor->seek(to);
    auto at = std::find_if(expected.begin(), expected.end(), [&](const Bytes& key) { return key >= to; });
    RC_ASSERT(*sought == (at != expected.end()));
    if (*sought) RC_ASSERT(to_bytes(cursor->value()) == *at);
    std::reverse(expected.begin(), expected.end());
    RC_ASSERT(walk(*txn, table_, bounds, false) == expected);
  }
  for (const auto& [key, value] : model) {
    auto starts = [&](const Bytes& prefix) { return std::equal(prefix.begin(), prefix.end(), key.begin()); };
    bool inside = from.size() <= key.size() && starts(from);
    RC_ASSERT(Bounds::prefix(from).contains(key) == inside);
  }
}

}  // namespace
}  // namespace steelyard::store
