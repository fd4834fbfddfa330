#include "adapters/stream_store.h"

#include <gtest/gtest.h>

#include "core/base/test_dir.h"
#include "core/crypto/random.h"

namespace steelyard::adapters {
namespace {

class StreamStoreTest : public ::testing::Test {
 protected:
  StreamStoreTest() { open(); }
  void open() {
    store.reset();
    auto opened = StreamStore::open(dir / "state");
    ASSERT_TRUE(opened) << opened.error().what;
    store = std::move(*opened);
  }
  StreamState reopened() {
    open();
    auto state = store->load();
    EXPECT_TRUE(state);
    return state ? std::move(*state) : StreamState{};
  }
  static StoredEvent event(std::size_t envelope, std::size_t payload) {
    return {std::make_shared<const Bytes>(Bytes(envelope, 1)), std::make_shared<const Bytes>(Bytes(payload, 2))};
  }

  TestDir dir;
  std::unique_ptr<StreamStore> store;
  const DatasetId dataset{"civil-affairs/household"};
};

TEST_F(StreamStoreTest, WhatIsCommittedComesBack) {
  const auto view = crypto::random<ExchangeId>(), first = crypto::random<ExchangeId>(),
             second = crypto::random<ExchangeId>();
  StreamChange change;
  change.streams[dataset] = {7, 41};
  change.views[view] = {dataset, 3, 6, crypto::random<Digest>()};
  change.subscriptions[first] = {
      view, SubscriptionState::kJoining, 5, Bytes(300, 1), Bytes(9'000, 2), std::string("11010119")};
  change.subscriptions[second] = {view, SubscriptionState::kReading, 0, Bytes(1, 1), {}, std::int64_t{-4}};
  change.events[{dataset, 6}] = event(200, 100'000);
  change.events[{dataset, 7}] = event(200, 0);
  change.events[{DatasetId("civil-affairs/household2"), 1}] = event(1, 1);
  ASSERT_TRUE(store->commit(change));
  const StreamState back = reopened();
  EXPECT_EQ(back.streams, change.streams);
  EXPECT_EQ(back.views, change.views);
  EXPECT_EQ(back.subscriptions, change.subscriptions);
  ASSERT_EQ(back.events.size(), 3U);
  EXPECT_EQ(*back.events.at({dataset, 6}).payload, Bytes(100'000, 2));
  EXPECT_TRUE(back.events.at({dataset, 7}).payload->empty());
}

TEST_F(StreamStoreTest, WhatIsPutAnewReplacesAllOfWhatWasThere) {
  const auto id = crypto::random<ExchangeId>();
  StreamChange change;
  change.subscriptions[id] = {id, SubscriptionState::kUnconfirmed, 0, Bytes(10'000, 1), {}, {}};
  ASSERT_TRUE(store->commit(change));
  change.subscriptions[id].request = Bytes(10, 3);
  ASSERT_TRUE(store->commit(change));
  EXPECT_EQ(reopened().subscriptions, change.subscriptions);
}

TEST_F(StreamStoreTest, WhatEndedIsGone) {
  const auto id = crypto::random<ExchangeId>();
  StreamChange change;
  change.views[id] = {dataset, 1, 0, {}};
  change.subscriptions[id] = {id, SubscriptionState::kReading, 0, Bytes(5'000, 1), Bytes(1, 1), {}};
  change.events[{dataset, 1}] = event(10, 50'000);
  ASSERT_TRUE(store->commit(change));
  StreamChange end;
  end.views_ended = {id};
  end.subscriptions_ended = {id};
  end.events_ended = {{dataset, 1}};
  ASSERT_TRUE(store->commit(end));
  const StreamState back = reopened();
  EXPECT_TRUE(back.views.empty() && back.subscriptions.empty() && back.events.empty());
}

TEST_F(StreamStoreTest, WhatEndsAndIsGivenAnewInOneCommitStays) {
  StreamChange change;
  change.events[{dataset, 1}] = event(10, 50'000);
  ASSERT_TRUE(store->commit(change));
  StreamChange anew;
  anew.events_ended = {{dataset, 1}};
  anew.events[{dataset, 1}] = event(20, 5);
  ASSERT_TRUE(store->commit(anew));
  const StreamState back = reopened();
  ASSERT_EQ(back.events.size(), 1U);
  EXPECT_EQ(*back.events.at({dataset, 1}).envelope, Bytes(20, 1));
}

}  // namespace
}  // namespace steelyard::adapters
