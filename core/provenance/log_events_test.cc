// Spool, streams and subscriptions: kept in the log's own commit, recovered, and held to what the entries say.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/provenance/test_log.h"
#include "core/store/key.h"

namespace steelyard::provenance {
namespace {

bool names(const VerifyReport& report, std::string_view slug) {
  return std::any_of(report.findings.begin(), report.findings.end(),
                     [&](const Finding& finding) { return finding.slug == slug; });
}

class LogEvents : public ::testing::Test {
 protected:
  LogEvents() { log_.add_statements(); }
  void expect_whole() {
    log_.sign_head();
    for (const Finding& finding : log_.verify().findings) ADD_FAILURE() << finding.slug << ": " << finding.what;
  }

  TestLog log_;
};

TEST_F(LogEvents, AreRecoveredAsTheyWereCommitted) {
  const SubscriptionRow row = log_.add_subscription(3);
  const auto recovered = log_.store().recover();
  ASSERT_TRUE(recovered) << recovered.error().what;
  ASSERT_EQ(recovered->subscriptions.size(), 1U);
  EXPECT_EQ(recovered->subscriptions[0].id, row.id);
  EXPECT_EQ(recovered->subscriptions[0].request, row.request);
  EXPECT_EQ(recovered->subscriptions[0].answer, row.answer);
  EXPECT_EQ(recovered->subscriptions[0].position, row.answer);
  EXPECT_EQ(recovered->subscriptions[0].view, row.view);
  ASSERT_EQ(recovered->streams.size(), 1U);
  EXPECT_EQ(recovered->streams[0].dataset, TestLog::kDataset);
  EXPECT_EQ(recovered->streams[0].sequence, 3U);
  ASSERT_EQ(recovered->spool.size(), 3U);
  EXPECT_EQ(recovered->spool[2].index, recovered->streams[0].index);
  EXPECT_TRUE(as_text(*recovered->spool[0].envelope).starts_with("message "));
  expect_whole();
}

TEST_F(LogEvents, WhatIsAcknowledgedIsLetGoOf) {
  const SubscriptionRow row = log_.add_subscription(3);
  const LogIndex second(row.answer.value + 2);
  log_.acknowledge(row, second, {LogIndex(row.answer.value + 1), second});
  const auto recovered = log_.store().recover();
  ASSERT_TRUE(recovered);
  ASSERT_EQ(recovered->spool.size(), 1U);
  EXPECT_EQ(recovered->spool[0].index.value, second.value + 1);
  EXPECT_EQ(recovered->subscriptions[0].position, second);
  EXPECT_TRUE(recovered->handovers.empty()) << "a range names no answers";
  expect_whole();
}

TEST_F(LogEvents, WhatADroppedBodyStartedIsNotHeldAgainstTheLog) {
  const SubscriptionRow stopped = log_.add_subscription(1), standing = log_.add_subscription(1);
  log_.stop(stopped);
  log_.sign_head();
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    for (std::uint64_t index = stopped.request.value; index <= standing.answer.value + 1; ++index) {
      const Bytes row = to_bytes(**txn.get(tables.entries, store::key_of(index)));
      const ByteView head = ByteView(row).first(row.size() - exchange::kEntryBodyBytes);
      ASSERT_TRUE(txn.put(tables.entries, store::key_of(index), head));
    }
  });
  for (const Finding& finding : log_.verify().findings) ADD_FAILURE() << finding.slug << ": " << finding.what;
}

TEST_F(LogEvents, ASubscriptionThatWasStoppedIsGone) {
  log_.stop(log_.add_subscription(1));
  EXPECT_TRUE(log_.store().recover()->subscriptions.empty());
  expect_whole();
}

TEST_F(LogEvents, AnEventOfManyChunksComesBackWhole) {
  SpoolRow row{LogIndex(7), std::make_shared<const Bytes>(Bytes(5'000, 1)),
               std::make_shared<const Bytes>(Bytes(200'000, 2))};
  const auto back = spool_from_row(LogIndex(7), spool_row(row));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back->envelope, *row.envelope);
  EXPECT_EQ(*back->payload, *row.payload);
  EXPECT_FALSE(spool_from_row(LogIndex(7), Bytes{1, 2, 3}));
  EXPECT_FALSE(spool_from_row(LogIndex(7), Bytes{9, 0, 0, 0, 1}));
}

TEST_F(LogEvents, AChangedEventIsFound) {
  const SubscriptionRow row = log_.add_subscription(2);
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    const Bytes other = spool_row({row.answer, std::make_shared<const Bytes>(Bytes(9, 'x')), nullptr});
    CHECK(txn.put(tables.spool, store::key_of(row.answer.value + 1, std::uint16_t{0}), other).has_value());
  });
  EXPECT_TRUE(names(log_.verify(), "event-changed"));
}

TEST_F(LogEvents, ASubscriptionThatIsTakenAwayOrPutInIsFound) {
  const SubscriptionRow row = log_.add_subscription(1);
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    CHECK(txn.erase(tables.subscriptions, row.id.view()).has_value());
  });
  EXPECT_TRUE(names(log_.verify(), "subscription-differs"));
  SubscriptionRow forged = row;
  forged.id.octets[15] ^= 1;
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    CHECK(txn.put(tables.subscriptions, row.id.view(), subscription_row(row)).has_value());
    CHECK(txn.put(tables.subscriptions, forged.id.view(), subscription_row(forged)).has_value());
  });
  EXPECT_TRUE(names(log_.verify(), "subscription-differs"));
}

TEST_F(LogEvents, AStreamThatIsTakenAwayOrSetBackIsFound) {
  const SubscriptionRow row = log_.add_subscription(2);
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    const StreamRow back{TestLog::kDataset, 1, LogIndex(row.answer.value + 1)};
    CHECK(txn.put(tables.streams, as_bytes(back.dataset.text), stream_row(back)).has_value());
  });
  EXPECT_TRUE(names(log_.verify(), "stream-differs"));
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    CHECK(txn.erase(tables.streams, as_bytes(TestLog::kDataset.text)).has_value());
  });
  EXPECT_TRUE(names(log_.verify(), "stream-differs"));
}

TEST_F(LogEvents, RowsThatCannotBeReadStopTheStartAndAreFound) {
  log_.add_subscription(1);
  log_.tamper([&](store::WriteTxn& txn, const Tables& tables) {
    CHECK(txn.put(tables.subscriptions, as_bytes("short"), Bytes(3, 1)).has_value());
    CHECK(txn.put(tables.streams, as_bytes("no dataset"), Bytes(14, 1)).has_value());
  });
  const auto report = log_.verify();
  EXPECT_TRUE(names(report, "row-malformed"));
}

}  // namespace
}  // namespace steelyard::provenance
