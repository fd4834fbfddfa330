#include "core/net/zap.h"

#include "core/net/test_bus.h"

namespace steelyard::net {
namespace {

TEST_F(Bus, UnknownKeyIsRefused) {
  auto dealer = connect(stranger);
  EXPECT_EQ(dealer->wait_up(seconds(5)), LinkState::kRefused);
  EXPECT_EQ(dealer->send(as_bytes("let me in")), SendResult::kWouldBlock);
  EXPECT_FALSE(next_event(200).has_value());
  EXPECT_GE(zap->refused(), 1u);
  EXPECT_EQ(zap->accepted(), 0u);
}

TEST_F(Bus, ClientWithoutCurveIsRefused) {
  void* peer = raw(ZMQ_DEALER, nullptr);
  zmq_send(peer, "plain", 5, ZMQ_DONTWAIT);
  EXPECT_FALSE(next_event(500).has_value());
  EXPECT_GE(router->monitor().handshakes_failed(), 1u);
  zmq_close(peer);
}

TEST_F(Bus, ClientWithPlainPasswordIsRefused) {
  void* peer = raw(ZMQ_DEALER, nullptr, [](void* socket) {
    zmq_setsockopt(socket, ZMQ_PLAIN_USERNAME, "alice", 5);
    zmq_setsockopt(socket, ZMQ_PLAIN_PASSWORD, "guess", 5);
  });
  zmq_send(peer, "plain", 5, ZMQ_DONTWAIT);
  EXPECT_FALSE(next_event(500).has_value());
  EXPECT_GE(router->monitor().handshakes_failed(), 1u);
  zmq_close(peer);
}

TEST_F(Bus, AdapterWithTheWrongBrokerKeyIsNotUp) {
  auto dealer = connect(alice, stranger.public_key);
  EXPECT_EQ(dealer->wait_up(seconds(5)), LinkState::kRefused);
  EXPECT_EQ(zap->accepted(), 0u);
}

TEST_F(Bus, KeyAdmittedLaterConnectsAndKeyTakenAwayDoesNot) {
  ASSERT_EQ(connect(stranger)->wait_up(seconds(5)), LinkState::kRefused);
  auto live = connect(alice);
  ASSERT_EQ(live->wait_up(seconds(5)), LinkState::kUp);
  zap->allow({{stranger.public_key, "new member"}});
  EXPECT_EQ(connect(stranger)->wait_up(seconds(5)), LinkState::kUp);
  EXPECT_EQ(connect(alice)->wait_up(seconds(5)), LinkState::kRefused);

  // A live connection outlives its key, so whoever reads must ask.
  ASSERT_EQ(live->send(as_bytes("still connected")), SendResult::kSent);
  auto arrival = next_arrival();
  ASSERT_TRUE(arrival.has_value());
  EXPECT_FALSE(zap->label_of(arrival->key).has_value());
}

TEST_F(Bus, ConnectionsOfOneKeyHaveTokensOfTheirOwn) {
  auto one = connect(alice);
  auto two = connect(alice);
  ASSERT_EQ(one->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(two->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(one->send(as_bytes("1")), SendResult::kSent);
  auto first = next_arrival();
  ASSERT_EQ(two->send(as_bytes("2")), SendResult::kSent);
  auto second = next_arrival();
  ASSERT_TRUE(first && second);
  EXPECT_NE(first->session.token, second->session.token);
  EXPECT_FALSE(first->session.token.is_zero());
  EXPECT_EQ(first->key, second->key);
}

TEST_F(Bus, UserIdOfTheClientsOwnMakingChangesNothing) {
  // RFC 37 lets a peer send metadata; this one claims to be bob in every way that libzmq offers.
  const std::string claim = "User-Id:" + std::string(128, 'a');
  constexpr int kZmqMetadata = 95;
  int taken = -1;
  void* peer = raw(ZMQ_DEALER, &alice, [&](void* socket) {
    taken = zmq_setsockopt(socket, kZmqMetadata, claim.data(), claim.size());
    const std::string allowed = "X-User-Id:" + std::string(128, 'b');
    taken |= zmq_setsockopt(socket, kZmqMetadata, allowed.data(), allowed.size()) << 1;
    zmq_setsockopt(socket, ZMQ_ROUTING_ID, bob.public_key.octets.data(), 32);
  });
  zmq_send(peer, "x", 1, 0);
  auto arrival = next_arrival();
  ASSERT_TRUE(arrival.has_value()) << "options taken: " << taken;
  EXPECT_EQ(arrival->key, alice.public_key);
  zmq_close(peer);
}

TEST_F(Bus, OnlyTextsOfThisHandlerAreAuthentic) {
  EXPECT_FALSE(zap->authenticated("").has_value());
  EXPECT_FALSE(zap->authenticated("alice").has_value());
  EXPECT_FALSE(zap->authenticated(std::string(128, '0')).has_value());
  EXPECT_FALSE(zap->authenticated(std::string(128, 'x')).has_value());
}

#ifdef STEELYARD_TEST_HOOKS
TEST_F(Bus, DeadHandlerMeansNobodyIsLetIn) {
  auto before = connect(alice);
  ASSERT_EQ(before->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_TRUE(zap->alive());
  zap->kill_for_test();
  EXPECT_FALSE(zap->alive());
  for (const auto& keys : {alice, stranger}) {
    auto dealer = connect(keys);
    EXPECT_NE(dealer->wait_up(seconds(4)), LinkState::kUp);
    EXPECT_EQ(dealer->send(as_bytes("let me in")), SendResult::kWouldBlock);
  }
  void* plain = raw(ZMQ_DEALER, nullptr);
  zmq_send(plain, "plain", 5, ZMQ_DONTWAIT);
  EXPECT_FALSE(next_event(300).has_value());
  zmq_close(plain);
}
#endif

}  // namespace
}  // namespace steelyard::net
