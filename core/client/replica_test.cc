#include "core/client/replica.h"

#include <gtest/gtest.h>

#include <functional>

#include "core/base/test_dir.h"
#include "core/client/kept_statement.h"
#include "core/crypto/random.h"
#include "core/exchange/digest.h"
#include "core/exchange/testing/world.h"
#include "core/store/key.h"
#include "schemas/errors.h"

namespace steelyard::client {
namespace {

using exchange::testing::World;

class ReplicaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto replica = open();
    ASSERT_TRUE(replica.has_value()) << replica.error().what;
    LogIndex index{0};
    for (const auto& statement : world.statements()) {
      exchange::EntryBody entry;
      entry.kind = schemas::EntryKind::kStatement;
      entry.digest = exchange::message_digest(world.suite(), schemas::MessageKind::kStatement, statement.document,
                                              statement.signatures);
      entry.related = (*replica)->registry().epoch();
      entry.time = World::kStart + seconds(static_cast<std::int64_t>(index.value));
      const auto taken = (*replica)->take(
          statement, {index, crypto::random<Salt>(), to_bytes(exchange::encode(entry)), Instant{}}, entry);
      ASSERT_TRUE(taken.has_value()) << taken.error().what;
      index = LogIndex{index.value + 1};
    }
    ASSERT_TRUE((*replica)->save().has_value());
  }

  Result<std::unique_ptr<Replica>> open() const { return Replica::open(folder, world.registry().network()); }

  // As somebody with access to the disk could, or the disk itself.
  void change(const std::function<void(store::WriteTxn&, store::Table)>& how) const {
    store::EnvOptions options;
    options.kind = "replica";
    const auto env = store::Env::open(folder, options);
    ASSERT_TRUE(env.has_value()) << env.error().what;
    const auto table = (*env)->open_table("statements");
    auto txn = (*env)->write();
    how(*txn, *table);
    ASSERT_TRUE(txn->commit().has_value());
  }
  // One row, with one octet of it changed.
  void flip(LogIndex index, std::size_t at) const {
    change([&](store::WriteTxn& txn, store::Table table) {
      const auto key = store::key_of(index, std::uint16_t{0});
      const auto row = txn.get(table, key);
      ASSERT_TRUE(row && *row);
      Bytes value = to_bytes(**row);
      value.at(at) ^= 1;
      ASSERT_TRUE(txn.put(table, key, value).has_value());
    });
  }
  void expect_refused(const char* what) const {
    const auto opened = open();
    ASSERT_FALSE(opened.has_value()) << what;
    EXPECT_EQ(opened.error().code, schemas::code::store_failed) << what;
    EXPECT_NE(opened.error().what.find(folder), std::string::npos) << opened.error().what;
  }

  const World world = World::city();
  const TestDir dir;
  const std::string folder = dir / "replica";
};

TEST_F(ReplicaTest, ComesToTheSameRowsFromWhatItKept) {
  const auto again = open();
  ASSERT_TRUE(again.has_value()) << again.error().what;
  EXPECT_EQ((*again)->registry().rows(), world.registry().rows());
  EXPECT_EQ((*again)->next(), LogIndex{world.statements().size()});
}

TEST_F(ReplicaTest, AChangedStatementIsNotFolded) {
  constexpr std::size_t kDocumentAt = Salt::kSize + 2 + exchange::kEntryBodyBytes + 4;
  const auto& statement = world.statements().at(3);
  const std::size_t last = kDocumentAt + statement.document.size() + statement.signatures.size() - 1;
  for (const std::size_t at : {kDocumentAt + 60, last}) {  // of the document; of the signatures
    flip(LogIndex{3}, at);
    expect_refused("an octet of a statement");
    flip(LogIndex{3}, at);
    EXPECT_TRUE(open().has_value());
  }
}

TEST_F(ReplicaTest, AStatementThatIsMissingIsNoticed) {
  change([](store::WriteTxn& txn, store::Table table) {
    EXPECT_TRUE(*txn.erase(table, store::key_of(LogIndex{3}, std::uint16_t{0})));
  });
  expect_refused("a row that is gone");
}

TEST_F(ReplicaTest, AKeyOfAnotherLengthIsNoticed) {
  change([](store::WriteTxn& txn, store::Table table) {
    EXPECT_TRUE(txn.put(table, Bytes{0xff, 0xff}, Bytes{1}).has_value());
  });
  expect_refused("a key of two octets");
}

TEST_F(ReplicaTest, AnotherNetworkIsNoDamage) {
  const auto other = Replica::open(folder, crypto::random<Digest>());
  ASSERT_FALSE(other.has_value());
  EXPECT_EQ(other.error().code, schemas::code::config);
  EXPECT_NE(other.error().what.find(folder), std::string::npos) << other.error().what;
}

TEST(KeptStatement, ACutRecordIsRefused) {
  KeptStatement kept{{Bytes(300, 1), Bytes(70, 2)}, {LogIndex{1}, crypto::random<Salt>(), Bytes(209, 3), Instant{}}};
  const Bytes record = encode(kept);
  const std::size_t signatures = kept.statement.signatures.size();  // they are whatever is left
  for (std::size_t size = 0; size < record.size() - signatures; ++size)
    EXPECT_FALSE(decode_kept_statement(ByteView(record).first(size)).has_value()) << size;
  EXPECT_EQ(encode(*decode_kept_statement(record)), record);
}

}  // namespace
}  // namespace steelyard::client
