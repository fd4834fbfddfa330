#include "core/net/router.h"

#include "core/net/test_bus.h"

namespace steelyard::net {
namespace {

TEST_F(Bus, AdmittedPairExchangesFrames) {
  auto dealer = connect(alice);
  ASSERT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(dealer->send(as_bytes("ask")), SendResult::kSent);
  auto arrival = next_arrival();
  ASSERT_TRUE(arrival.has_value());
  EXPECT_EQ(text_of(arrival), "ask");
  EXPECT_EQ(arrival->key, alice.public_key);
  EXPECT_EQ(zap->label_of(arrival->key), "alice");
  EXPECT_TRUE(router->monitor().is_live(arrival->peer));

  Bytes large(100'000, 7);
  ASSERT_EQ(router->send(arrival->session.routing_id, Bytes(large)), SendResult::kSent);
  auto answer = next_frame(*dealer);
  ASSERT_TRUE(answer.has_value());
  EXPECT_TRUE(equal(answer->view(), large));
  ASSERT_EQ(router->send(arrival->session.routing_id, as_bytes("small")), SendResult::kSent);
  EXPECT_EQ(text_of(next_frame(*dealer)), "small");
}

TEST_F(Bus, FramesOfAPeerKeepTheirOrderAndTheirToken) {
  auto dealer = connect(alice);
  ASSERT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
  std::optional<SessionHandle> session;
  for (int i = 0; i < 200; ++i) {
    ASSERT_TRUE(sends(*dealer, as_bytes(std::to_string(i))));
    auto arrival = next_arrival();
    ASSERT_EQ(text_of(arrival), std::to_string(i));
    if (!session) session = arrival->session;
    EXPECT_EQ(arrival->session, *session);
  }
}

TEST_F(Bus, EndpointsOtherThanTcpAreRefused) {
  Router::Options options{.endpoint = "inproc://here", .keys = broker};
  auto opened = Router::open(*context, *zap, options);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().kind, ErrorKind::kFix);
  options.endpoint = "tcp://127.0.0.1:notaport";
  EXPECT_FALSE(Router::open(*context, *zap, options).has_value());
  options.endpoint = router->endpoint();  // taken
  EXPECT_FALSE(Router::open(*context, *zap, options).has_value());
}

TEST_F(Bus, UnknownPeerIsGone) { EXPECT_EQ(router->send(Bytes{1, 2, 3, 4, 5}, as_bytes("x")), SendResult::kGone); }

TEST_F(Bus, PeerThatReadsNothingBlocksNobody) {
  auto idle = connect(alice);
  auto lively = connect(bob);
  ASSERT_EQ(idle->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(lively->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(idle->send(as_bytes("hello")), SendResult::kSent);
  const auto to_idle = next_arrival();
  ASSERT_EQ(lively->send(as_bytes("hello")), SendResult::kSent);
  const auto to_lively = next_arrival();
  ASSERT_TRUE(to_idle && to_lively);

  Bytes frame(256 * 1024, 1);
  SendResult result = SendResult::kSent;
  int sent = 0;
  const auto started = std::chrono::steady_clock::now();
  for (; result == SendResult::kSent && sent < 10'000; ++sent)
    result = router->send(to_idle->session.routing_id, Bytes(frame));
  EXPECT_EQ(result, SendResult::kWouldBlock);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));

  Bytes kept = frame;
  if (router->send(to_idle->session.routing_id, std::move(kept)) == SendResult::kWouldBlock) {
    EXPECT_EQ(kept, frame) << "what was not sent stays with the sender";
  }
  ASSERT_EQ(router->send(to_lively->session.routing_id, as_bytes("still here")), SendResult::kSent);
  EXPECT_EQ(text_of(next_frame(*lively)), "still here");
}

TEST_F(Bus, LargestFramePassesAndAnOctetMoreEndsOnlyItsSender) {
  auto dealer = connect(alice);
  auto neighbour = connect(bob);
  ASSERT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(neighbour->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(dealer->send(Bytes(limits::kFrameBytesMax, 3)), SendResult::kSent);
  auto arrival = next_arrival();
  ASSERT_TRUE(arrival.has_value());
  EXPECT_EQ(arrival->frame.size(), limits::kFrameBytesMax);

  ASSERT_EQ(dealer->send(Bytes(limits::kFrameBytesMax + 1, 3)), SendResult::kSent);
  EXPECT_TRUE(eventually([&] { return dealer->state() == LinkState::kDown; }));
  EXPECT_FALSE(router->receive().has_value());
  ASSERT_EQ(neighbour->send(as_bytes("unaffected")), SendResult::kSent);
  EXPECT_EQ(text_of(next_arrival()), "unaffected");
}

TEST_F(Bus, SeveralPartsAreABadPeerWithItsDescriptor) {
  void* peer = raw(ZMQ_DEALER, &alice);
  zmq_send(peer, "one", 3, ZMQ_SNDMORE);
  zmq_send(peer, "two", 3, ZMQ_SNDMORE);
  zmq_send(peer, "three", 5, 0);
  zmq_send(peer, "whole", 5, 0);
  auto event = next_event();
  ASSERT_TRUE(event.has_value());
  ASSERT_TRUE(std::holds_alternative<BadPeer>(*event));
  const Peer bad = std::get<BadPeer>(*event).peer;
  EXPECT_EQ(router->bad_frames(), 1u);
  auto arrival = next_arrival();
  EXPECT_EQ(text_of(arrival), "whole");
  EXPECT_EQ(arrival->peer, bad);
  zmq_close(peer);
}

TEST_F(Bus, DroppedPeerIsCutAndANewDealerGetsANewToken) {
  auto first = connect(alice);
  ASSERT_EQ(first->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(first->send(as_bytes("one")), SendResult::kSent);
  const auto before = next_arrival();
  ASSERT_TRUE(before.has_value());
  EXPECT_TRUE(router->drop(before->peer));
  ASSERT_TRUE(eventually([&] { return first->state() == LinkState::kDown; }));
  EXPECT_TRUE(eventually([&] { return !router->monitor().is_live(before->peer); }));
  EXPECT_FALSE(router->drop(before->peer)) << "it is gone";

  // The old Dealer does not come back by itself, and takes nothing for a dead peer.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_EQ(first->send(as_bytes("lost")), SendResult::kWouldBlock);
  EXPECT_FALSE(router->receive().has_value());
  EXPECT_EQ(router->send(before->session.routing_id, as_bytes("lost")), SendResult::kGone);

  auto second = connect(alice);
  ASSERT_EQ(second->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(second->send(as_bytes("two")), SendResult::kSent);
  const auto after = next_arrival();
  ASSERT_TRUE(after.has_value());
  EXPECT_NE(after->session.token, before->session.token);
  EXPECT_EQ(after->key, before->key);
}

TEST_F(Bus, UnfinishedMessageIsSweptAndItsNeighbourStays) {
  auto neighbour = connect(bob);
  ASSERT_EQ(neighbour->wait_up(seconds(5)), LinkState::kUp);
  // Many whole frames first: what they took on the wire must not count as unframed.
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(sends(*neighbour, Bytes(512 * 1024, 5)));
    ASSERT_TRUE(next_arrival().has_value());
  }
  EXPECT_EQ(router->sweep(), 0u);

  TruncatingRelay relay(router->endpoint(), 12 * 1024 * 1024);
  void* peer = raw(ZMQ_DEALER, &alice, {}, relay.endpoint());
  const Bytes part(64 * 1024, 9);
  for (int i = 0; i < 320; ++i) ASSERT_GE(zmq_send(peer, part.data(), part.size(), ZMQ_SNDMORE), 0);
  ASSERT_GE(zmq_send(peer, "end", 3, 0), 0);  // kept back by the relay: 20 MiB of which 12 arrive
  ASSERT_TRUE(eventually([&] { return relay.exhausted(); }));
  EXPECT_FALSE(router->receive().has_value());
  EXPECT_TRUE(eventually([&] { return router->sweep() == 1; }));
  EXPECT_EQ(router->overfull(), 1u);
  EXPECT_TRUE(eventually([&] { return relay.cut_by_server(); }));
  EXPECT_FALSE(router->receive().has_value());
  zmq_close(peer);
  ASSERT_EQ(neighbour->send(as_bytes("here")), SendResult::kSent);
  EXPECT_EQ(text_of(next_arrival()), "here");
}

TEST_F(Bus, WhoSendsBeyondTheBoundWhileNothingIsReceivedIsCutOnce) {
  auto neighbour = connect(bob);
  ASSERT_EQ(neighbour->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(neighbour->send(as_bytes("here")), SendResult::kSent);
  void* peer = raw(ZMQ_DEALER, &alice);
  const Bytes frame(64 * 1024, 9);
  for (int i = 0; i < 100; ++i) ASSERT_GE(zmq_send(peer, frame.data(), frame.size(), 0), 0);  // 6 MiB: within
  ASSERT_TRUE(eventually([&] {
    for (const auto& live : router->monitor().live())
      if (bytes_received(live.peer).value_or(0) > 100 * frame.size()) return true;
    return false;
  }));
  EXPECT_EQ(router->cut_overfull(), 0u);
  for (int i = 0; i < 100; ++i) ASSERT_GE(zmq_send(peer, frame.data(), frame.size(), 0), 0);
  EXPECT_TRUE(eventually([&] { return router->cut_overfull() == 1; }));
  EXPECT_EQ(router->cut_overfull(), 0u);
  EXPECT_EQ(router->overfull(), 1u);
  zmq_close(peer);
  std::size_t frames = 0;
  while (auto arrival = next_arrival(300)) frames += arrival->frame.size() == frame.size() ? 1 : 0;
  EXPECT_GT(frames, 100u) << "what was sent before stands";
  ASSERT_EQ(neighbour->send(as_bytes("still here")), SendResult::kSent);
  EXPECT_EQ(text_of(next_arrival()), "still here");
}

// libzmq would answer the ping on a connection of which it knows that it has ended, and abort this process.
TEST_F(Bus, AResetBehindPingsThatWaitWithUnreceivedFramesEndsNothing) {
  for (int round = 0; round < 3; ++round) {
    TruncatingRelay relay(router->endpoint(), 64 * 1024 * 1024);
    void* peer = raw(
        ZMQ_DEALER, &alice,
        [](void* socket) {
          const int every_ms = 1, patience_ms = 60'000;
          zmq_setsockopt(socket, ZMQ_HEARTBEAT_IVL, &every_ms, sizeof(every_ms));
          zmq_setsockopt(socket, ZMQ_HEARTBEAT_TIMEOUT, &patience_ms, sizeof(patience_ms));
        },
        relay.endpoint());
    for (int i = 0; i < 1'000; ++i) {
      ASSERT_GE(zmq_send(peer, "frame", 5, 0), 0);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
    relay.reset();
    ASSERT_TRUE(eventually([&] { return relay.cut_by_server(); }));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // so that libzmq has seen it
    std::size_t frames = 0;
    while (next_arrival(300)) ++frames;
    EXPECT_GT(frames, 64u);
    zmq_close(peer);
  }
}

TEST_F(Bus, PeerThatNeverShakesHandsIsSweptOrTimedOut) {
  TruncatingRelay relay(router->endpoint(), 100);  // no handshake fits into 100 octets
  void* peer = raw(ZMQ_DEALER, &alice, {}, relay.endpoint());
  ASSERT_TRUE(eventually([&] { return router->monitor().accepted() == 1; }));
  EXPECT_TRUE(eventually([&] { return router->monitor().handshakes_failed() == 1; }, 6000));
  EXPECT_TRUE(eventually([&] { return router->monitor().live().empty(); }));
  zmq_close(peer);
}

TEST_F(Bus, ConnectionThatNeverSaysAnythingIsCutAndOneThatSpokeStays) {
  open_router(limits::kUndeliveredBytesMax, milliseconds(300));
  auto spoke = connect(bob);
  ASSERT_EQ(spoke->wait_up(seconds(5)), LinkState::kUp);
  ASSERT_EQ(spoke->send(as_bytes("here")), SendResult::kSent);
  ASSERT_TRUE(next_arrival().has_value());
  auto silent = connect(alice);
  ASSERT_EQ(silent->wait_up(seconds(5)), LinkState::kUp);
  EXPECT_EQ(router->sweep(), 0u);  // not yet
  EXPECT_TRUE(eventually([&] { return router->sweep() == 1; }));
  EXPECT_EQ(router->silent(), 1u);
  EXPECT_EQ(router->overfull(), 0u);
  EXPECT_TRUE(eventually([&] { return silent->state() == LinkState::kDown; }));
  EXPECT_EQ(spoke->state(), LinkState::kUp);
}

// A peer whose handshake names another's routing id is not heard, so nothing else would ever end it.
TEST_F(Bus, WhereAllPlacesAreTakenTheOldestThatIsNotGreetedMakesRoom) {
  open_router(limits::kUndeliveredBytesMax, seconds(60), 3);
  const Monitor& monitor = router->monitor();
  const auto comes = [&](const CurveKeyPair& keys) {
    const std::uint64_t before = monitor.accepted();
    auto dealer = connect(keys);
    EXPECT_EQ(dealer->wait_up(seconds(5)), LinkState::kUp);
    EXPECT_TRUE(eventually([&] { return monitor.accepted() > before; }));
    return dealer;
  };
  const auto greet = [&](Dealer& dealer) {
    ASSERT_EQ(dealer.send(as_bytes("hello")), SendResult::kSent);
    const auto arrival = next_arrival();
    ASSERT_TRUE(arrival.has_value());
    EXPECT_TRUE(eventually([&] { return router->monitor().greeted(arrival->peer); }));
  };
  auto greeted = comes(alice);
  greet(*greeted);
  auto first = comes(bob), second = comes(bob);
  auto newcomer = comes(alice);
  EXPECT_TRUE(eventually([&] { return first->state() != LinkState::kUp; }));
  EXPECT_EQ(second->state(), LinkState::kUp);
  EXPECT_EQ(greeted->state(), LinkState::kUp);
  EXPECT_EQ(monitor.cut_for_number(), 1u);
  greet(*newcomer);
  greet(*second);
  // All of them stay: the one that comes is one too many.
  auto beyond = connect(bob);
  EXPECT_TRUE(eventually([&] { return monitor.cut_for_number() == 2; }));
  EXPECT_TRUE(eventually([&] { return beyond->state() != LinkState::kUp; }));
  for (Dealer* stays : {greeted.get(), newcomer.get(), second.get()}) EXPECT_EQ(stays->state(), LinkState::kUp);
}

TEST_F(Bus, RepeatedRoutingIdIsCutForItsSilence) {
  open_router(limits::kUndeliveredBytesMax, milliseconds(300));
  const auto named = [](void* socket) { zmq_setsockopt(socket, ZMQ_ROUTING_ID, "same", 4); };
  void* first = raw(ZMQ_DEALER, &alice, named);
  zmq_send(first, "one", 3, 0);
  ASSERT_TRUE(next_arrival().has_value());
  void* second = raw(ZMQ_DEALER, &bob, named);
  zmq_send(second, "two", 3, 0);
  EXPECT_TRUE(eventually([&] { return router->sweep() == 1; }));
  EXPECT_EQ(router->silent(), 1u);
  EXPECT_FALSE(router->receive().has_value());
  zmq_close(first);
  zmq_close(second);
}

}  // namespace
}  // namespace steelyard::net
