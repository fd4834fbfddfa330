// Contexts, keys, frames, wakers, pollers and monitors, each by itself.
#include <set>

#include "core/net/test_bus.h"

namespace steelyard::net {
namespace {

TEST(Curve, KeysComeBackFromTheirSecretAndDiffer) {
  const auto one = new_keys();
  const auto two = new_keys();
  EXPECT_NE(one.public_key, two.public_key);
  const auto again = CurveKeyPair::from_secret(one.secret_key.view());
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->public_key, one.public_key);
  EXPECT_FALSE(CurveKeyPair::from_secret(Bytes(31)).has_value());
}

TEST(Frame, KeepsItsOctetsWhenMoved) {
  Frame frame(Bytes{1, 2, 3});
  Frame moved(std::move(frame));
  EXPECT_TRUE(equal(moved.view(), Bytes{1, 2, 3}));
  Frame assigned;
  EXPECT_EQ(assigned.size(), 0u);
  assigned = std::move(moved);
  EXPECT_TRUE(equal(assigned.view(), Bytes{1, 2, 3}));
}

TEST(Context, SeedsTheRoutingNumbersWithEntropy) {
  std::set<int> first_numbers;
  for (int i = 0; i < 4; ++i) {
    auto context = Context::open();
    ASSERT_TRUE(context.has_value());
    first_numbers.insert(std::rand());
  }
  EXPECT_GT(first_numbers.size(), 1u);
}

TEST(Poller, WakesForAnotherThreadAndOnlyOncePerDrain) {
  Waker waker;
  Poller poller;
  const auto jobs = poller.add(waker);
  EXPECT_EQ(poller.wait(milliseconds(1)), 0u);
  EXPECT_FALSE(poller.ready(jobs));
  std::thread other([&] {
    waker.wake();
    waker.wake();
  });
  EXPECT_EQ(poller.wait(seconds(5)), 1u);
  EXPECT_TRUE(poller.ready(jobs));
  other.join();
  waker.drain();
  EXPECT_EQ(poller.wait(milliseconds(1)), 0u);
  waker.wake();
  EXPECT_EQ(poller.wait(milliseconds(1)), 1u);
}

TEST(Poller, NoWakeIsLostBetweenTwoThreads) {
  Waker waker;
  Poller poller;
  poller.add(waker);
  std::atomic<int> queued{0};
  constexpr int kJobs = 20'000;
  std::thread producer([&] {
    for (int i = 0; i < kJobs; ++i) {
      queued.fetch_add(1);
      waker.wake();
    }
  });
  int taken = 0;
  while (taken < kJobs) {
    ASSERT_EQ(poller.wait(seconds(5)), 1u) << "after " << taken;
    waker.drain();
    taken += queued.exchange(0);
  }
  producer.join();
  EXPECT_EQ(taken, kJobs);
}

TEST_F(Bus, PollerTellsWhichSocketHasFrames) {
  auto dealer = connect(alice);
  ASSERT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
  Waker waker;
  Poller poller;
  const auto frames = poller.add(*router);
  const auto answers = poller.add(*dealer);
  const auto jobs = poller.add(waker);
  ASSERT_EQ(dealer->send(as_bytes("one")), SendResult::kSent);
  ASSERT_EQ(dealer->send(as_bytes("two")), SendResult::kSent);
  ASSERT_TRUE(eventually([&] { return poller.wait(seconds(1)) == 1; }));
  EXPECT_TRUE(poller.ready(frames));
  EXPECT_FALSE(poller.ready(answers));
  EXPECT_FALSE(poller.ready(jobs));
  EXPECT_EQ(text_of(next_arrival()), "one");
  // Level, not edge: what was left unread is told again.
  ASSERT_EQ(poller.wait(seconds(1)), 1u);
  EXPECT_TRUE(poller.ready(frames));
  EXPECT_EQ(text_of(next_arrival()), "two");
}

TEST_F(Bus, DescriptorThatIsReusedMeansAnotherPeer) {
  std::set<std::uint64_t> generations;
  std::set<int> descriptors;
  std::vector<Peer> peers;
  for (int i = 0; i < 5; ++i) {
    auto dealer = connect(alice);
    ASSERT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
    ASSERT_EQ(dealer->send(as_bytes("x")), SendResult::kSent);
    auto arrival = next_arrival();
    ASSERT_TRUE(arrival.has_value());
    peers.push_back(arrival->peer);
    generations.insert(arrival->peer.generation);
    descriptors.insert(arrival->peer.fd);
    if (i < 4) {
      dealer.reset();
      ASSERT_TRUE(eventually([&] { return !router->monitor().is_live(peers.back()); }));
      continue;
    }
    // With this one live, nobody who names an earlier one can touch it.
    for (std::size_t k = 0; k + 1 < peers.size(); ++k) {
      EXPECT_FALSE(drop_peer(peers[k]));
      EXPECT_FALSE(router->monitor().is_live(peers[k]));
    }
    ASSERT_EQ(dealer->send(as_bytes("y")), SendResult::kSent);
    EXPECT_EQ(text_of(next_arrival()), "y");
    EXPECT_GT(bytes_received(arrival->peer).value_or(0), 200u);
  }
  EXPECT_EQ(generations.size(), 5u);
  EXPECT_LT(descriptors.size(), 5u) << "no descriptor was reused, so this run showed nothing";
}

TEST_F(Bus, NobodyThereIsDownAndSoIsABrokerThatLeft) {
  auto dealer = connect(alice);
  ASSERT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
  const std::string endpoint = router->endpoint();
  router.reset();
  EXPECT_TRUE(eventually([&] { return dealer->state() == LinkState::kDown; }));
  auto late = Dealer::open(*context, {.endpoint = endpoint, .server_key = broker.public_key, .keys = alice});
  ASSERT_TRUE(late.has_value());
  EXPECT_EQ((*late)->wait_up(seconds(5)), LinkState::kDown);
  EXPECT_FALSE(Dealer::open(*context, {.endpoint = "ipc:///x", .server_key = broker.public_key, .keys = alice}));
}

}  // namespace
}  // namespace steelyard::net
