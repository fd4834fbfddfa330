#include "core/client/receipt_store.h"

#include <gtest/gtest.h>

#include "core/base/test_dir.h"
#include "core/crypto/random.h"
#include "core/store/key.h"

namespace steelyard::client {
namespace {

KeptExchange kept_at(std::int64_t seconds_in) {
  KeptExchange kept;
  kept.id = crypto::make_exchange_id(Instant{1'795'000'000'000'000} + seconds(seconds_in));
  kept.request = Bytes(5'000, 1);  // more than one value of the store holds
  kept.request_digest = crypto::random<Digest>();
  kept.granted = Bytes(700, 2);
  kept.answer = Bytes(900, 3);
  kept.answer_digest = crypto::random<Digest>();
  kept.recorded = Bytes(400, 4);
  return kept;
}

exchange::Receipt receipt_at(std::uint64_t index) {
  exchange::Receipt receipt;
  receipt.index = LogIndex{index};
  receipt.salt = crypto::random<Salt>();
  receipt.body = Bytes(exchange::kEntryBodyBytes, 7);
  for (int i = 0; i < 40; ++i) receipt.path.push_back(crypto::random<Digest>());
  receipt.checkpoint = "steelyard.test/city\n1\nAAAA\n\n— steelyard.test/city AAAA\n";
  return receipt;
}

TEST(ReceiptStore, GivesBackWhatWasPutAlsoAfterReopening) {
  TestDir dir;
  const auto kept = kept_at(0);
  const auto first = receipt_at(900);
  const auto second = receipt_at(7);
  {
    auto receipts = ReceiptStore::open(dir / "receipts");
    ASSERT_TRUE(receipts.has_value()) << receipts.error().what;
    const auto commits = (*receipts)->commits();
    ASSERT_TRUE((*receipts)->put({kept}).has_value());
    ASSERT_TRUE((*receipts)->add_receipts({{kept.id, first}, {kept.id, second}}).has_value());
    ASSERT_TRUE((*receipts)->set_received({kept.id}, LogIndex{42}).has_value());
    EXPECT_EQ((*receipts)->commits(), commits + 3);
  }
  auto receipts = ReceiptStore::open(dir / "receipts", true);
  ASSERT_TRUE(receipts.has_value()) << receipts.error().what;
  const auto found = (*receipts)->get(kept.id);
  ASSERT_TRUE(found.has_value()) << found.error().what;
  ASSERT_TRUE(found->has_value());
  const KeptExchange& again = **found;
  EXPECT_EQ(again.request, kept.request);
  EXPECT_EQ(again.request_digest, kept.request_digest);
  EXPECT_EQ(again.granted, kept.granted);
  EXPECT_EQ(again.answer, kept.answer);
  EXPECT_EQ(again.answer_digest, kept.answer_digest);
  EXPECT_EQ(again.recorded, kept.recorded);
  EXPECT_TRUE(again.acknowledged);
  EXPECT_EQ(again.received_entry, LogIndex{42});
  ASSERT_EQ(again.receipts.size(), 2u);  // in log order
  EXPECT_EQ(again.receipts[0].index, second.index);
  EXPECT_EQ(again.receipts[1].path, first.path);
}

TEST(ReceiptStore, ListsTheNewestFirst) {
  TestDir dir;
  auto receipts = std::move(*ReceiptStore::open(dir / "receipts"));
  const auto a = kept_at(1), b = kept_at(2), c = kept_at(3);
  ASSERT_TRUE(receipts->put({b, c, a}).has_value());
  EXPECT_EQ(*receipts->list(10), (std::vector<ExchangeId>{c.id, b.id, a.id}));
  EXPECT_EQ(*receipts->list(1), (std::vector<ExchangeId>{c.id}));
}

TEST(ReceiptStore, KnowsNothingOfOtherExchanges) {
  TestDir dir;
  auto receipts = std::move(*ReceiptStore::open(dir / "receipts"));
  const auto found = receipts->get(kept_at(0).id);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->has_value());
  ASSERT_TRUE(receipts->set_received({kept_at(1).id}, LogIndex{1}).has_value());
  EXPECT_TRUE(receipts->list(10)->empty());
}

// A row that was cut or bent is never taken for another; whoever reads of it learns which store to restore.
TEST(ReceiptStore, ADamagedRowIsNamedWithItsStore) {
  TestDir dir;
  const auto kept = kept_at(0);
  const auto receipt = receipt_at(900);
  {
    auto receipts = ReceiptStore::open(dir / "receipts");
    ASSERT_TRUE((*receipts)->put({kept}).has_value());
    ASSERT_TRUE((*receipts)->add_receipt(kept.id, receipt).has_value());
  }
  const auto said_after = [&](const char* table, const Bytes& key, const Bytes& value) {
    store::EnvOptions options;
    options.kind = "receipts";
    const auto change = [&](ByteView to) {
      const auto env = store::Env::open(dir / "receipts", options);
      const auto rows = *(*env)->open_table(table);
      auto txn = (*env)->write();
      const auto was = txn->get(rows, key);
      Bytes old = *was ? to_bytes(**was) : Bytes{};
      EXPECT_TRUE((to.empty() ? txn->erase(rows, key).has_value() : txn->put(rows, key, to).has_value()));
      EXPECT_TRUE(txn->commit().has_value());
      return old;
    };
    const Bytes old = change(value);
    const auto receipts = ReceiptStore::open(dir / "receipts", true);
    std::string said;
    if (const auto got = (*receipts)->get(kept.id); !got) said += got.error().what;
    if (const auto listed = (*receipts)->list(9); !listed) said += listed.error().what;
    change(old);
    return said;
  };
  const Bytes id = to_bytes(kept.id.view());
  EXPECT_EQ(said_after("states", id, Bytes{0, 255, 255, 255, 255, 255, 255, 0, 0}), "");
  for (const auto& said :
       {said_after("states", id, Bytes(8, 0)), said_after("states", id, Bytes(9, 7)),
        said_after("states", Bytes{1, 2}, Bytes(9, 0)),
        said_after("exchanges", store::key_of(kept.id.view(), std::uint16_t{0}), Bytes(50, 1)),
        said_after("receipts", store::key_of(kept.id.view(), LogIndex{900}, std::uint16_t{0}), Bytes(50, 'x'))})
    EXPECT_NE(said.find(dir / "receipts: "), std::string::npos) << said;
}

}  // namespace
}  // namespace steelyard::client
