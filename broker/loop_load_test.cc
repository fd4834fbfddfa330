// What one member may load on the broker.
#include "broker/loop_fixture.h"
#include "core/base/fail_point.h"

namespace steelyard::broker {
namespace {

class LoadTest : public LoopTest {
 protected:
  void SetUp() override {
    if (kSanitized) GTEST_SKIP() << "a claim about rates, which a sanitizer's build is too slow for";
    LoopTest::SetUp();
  }
  // The most statements that a frame holds; they take more than half of a full bucket.
  Bytes frame_of_rubbish() const {
    exchange::OutMessage rubbish;
    rubbish.kind = MessageKind::kStatement;
    rubbish.envelope = std::make_shared<const Bytes>(Bytes(16, 1));
    rubbish.payload = std::make_shared<const Bytes>();
    const std::vector<exchange::OutMessage> many(limits::kFrameMessagesMax, rubbish);
    return exchange::sign_member_frame(world.suite(), World::kOrigin, kTax, world.keys(kTax).message, many);
  }
  // Whether the broker says `busy` about it, before as many messages as two frames hold are answered otherwise.
  static bool busy(Peer& peer, ByteView frame) {
    peer.dealer().send(frame);
    for (std::size_t answered = 0; answered < 2 * limits::kFrameMessagesMax;) {
      const auto seen = peer.next(MessageKind::kRejection, 5000);
      if (!seen) return false;
      for (const auto& message : seen->frame.messages) {
        if (message.kind != MessageKind::kRejection) continue;
        if (schemas::decode<schemas::Rejection>(message.envelope)->code == code::busy) return true;
        answered += 1;
      }
    }
    return false;
  }
};

TEST_F(LoadTest, StatementsAndHandOversTakeOfTheBucketLikeRequests) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const Bytes frame = frame_of_rubbish();
  tax.dealer().send(frame);
  EXPECT_TRUE(busy(tax, frame));
}

#ifdef STEELYARD_TEST_HOOKS
// A disk so slow that a member with all its credit in flight has some of it waiting for its turn.
class BacklogTest : public LoadTest {
 protected:
  void SetUp() override {
    LoadTest::SetUp();
    if (IsSkipped()) return;
    owner.emplace(connect(kOwner));
    ASSERT_EQ(owner->link(), net::LinkState::kUp);
    owner->hello({kHousehold});
    ASSERT_TRUE(owner->next(MessageKind::kWelcome));
    owner->control(MessageKind::kCredit, schemas::Credit{10 * limits::kCreditMessages, 10 * limits::kCreditBytes});
    tax.emplace(connect(kTax));
    ASSERT_TRUE(tax->up());
    bureau.emplace(connect(World::kRoot));
    ASSERT_TRUE(bureau->up());
    faults->commit_delay_us = 1'000'000;
  }
  void TearDown() override {
    faults->commit_delay_us = 0;
    bureau.reset();
    tax.reset();
    owner.reset();
    LoadTest::TearDown();
  }
  // All that its credit allows.
  void flood() {
    for (std::size_t sent = 0; sent < limits::kCreditMessages; sent += kFrame) {
      std::vector<exchange::OutMessage> many;
      for (std::size_t i = 0; i < kFrame; ++i) many.push_back(request(kTax));
      const Bytes frame =
          exchange::sign_member_frame(world.suite(), World::kOrigin, kTax, world.keys(kTax).message, many);
      ASSERT_EQ(tax->dealer().send(ByteView(frame)), net::SendResult::kSent);
    }
    // It is behind the log long before the first commit is done.
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  // What the peer is told next of this kind is of entries before the flood's last.
  template <class Told>
  void expect_before_the_flood(Peer& peer, MessageKind kind) {
    const auto seen = peer.next(kind, 20'000);
    ASSERT_TRUE(seen);
    for (const auto& message : seen->frame.messages) {
      if (message.kind != kind) continue;
      const auto told = schemas::decode<Told>(message.envelope);
      ASSERT_TRUE(told.has_value());
      EXPECT_LT(told->index.value, flooded());
    }
  }
  std::uint64_t flooded() const { return world.statements().size() + limits::kCreditMessages; }
  exchange::OutMessage suspension() const {
    const schemas::AgreementState state{AgreementId("tax-household"), schemas::AgreementChange::kSuspend,
                                        ReasonId("changed")};
    const auto drawn = world.draw("tax-household/state", state, kOwner, schemas::Role::kOwner);
    const auto statement = world.sign(drawn, {{schemas::Role::kOwner, kOwner, nullptr}});
    return statement_message(statement);
  }

  static constexpr std::size_t kFrame = 64;
  std::optional<Peer> owner, tax, bureau;
};

TEST_F(BacklogTest, AStatementGoesAheadOfWhatAnotherMemberHasWaiting) {
  flood();
  bureau->bundle(suspension());
  expect_before_the_flood<schemas::Recorded>(*bureau, MessageKind::kRecorded);
}

TEST_F(BacklogTest, ANeighboursRequestIsDecidedBeforeWhatAFloodHasWaiting) {
  flood();
  owner->bundle(request(kOwner));  // nobody agreed to that
  expect_before_the_flood<schemas::Refusal>(*owner, MessageKind::kRefusal);
}

// The loop is held before a round until all of this has come.
TEST_F(LoadTest, StatementsTakeHalfARoundAtMostByWhatTheyCost) {
  constexpr std::size_t kSignatures = 16;  // what a statement of less than a kilobyte costs
  constexpr std::size_t kHalf = limits::kMessagesPerRound / 2 / kSignatures, kStatements = 5 * kHalf;
  Peer owner = connect(kOwner), tax = connect(kTax), bureau = connect(World::kRoot);
  ASSERT_TRUE(owner.up() && tax.up() && bureau.up());
  const std::uint64_t before = world.statements().size();
  {
    const FailPointHere held("broker-committed", AtFailPoint::kHeld);
    bureau.bundle(request(World::kRoot));  // refused: an entry, whose commit is what the loop is held at
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (broker->store().size() == before && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    ASSERT_EQ(broker->store().size(), before + 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    owner.bundle(request(kOwner));  // nobody agreed to that
    for (std::size_t i = 0; i < kStatements; ++i) tax.bundle(application(i));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  const auto refused = owner.next(MessageKind::kRefusal);
  ASSERT_TRUE(refused);
  for (const auto& message : refused->frame.messages) {
    if (message.kind != MessageKind::kRefusal) continue;
    EXPECT_EQ(schemas::decode<schemas::Refusal>(message.envelope)->index.value, before + 1 + kHalf);
  }
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (broker->store().size() < before + 2 + kStatements && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_EQ(broker->store().size(), before + 2 + kStatements);
}

TEST_F(BacklogTest, WhatADisconnectedMemberHadWaitingIsDropped) {
  flood();
  tax.reset();
  std::this_thread::sleep_for(std::chrono::seconds(4));  // all that was decided is committed by then
  EXPECT_LT(broker->store().size(), flooded());
}
#endif

class SlowRateTest : public LoadTest {
 protected:
  void shape(Config& made) override { made.requests_per_second = 1; }
};

TEST_F(SlowRateTest, ABucketFillsAsFastAsTheConfigurationSays) {
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const Bytes frame = frame_of_rubbish();
  tax.dealer().send(frame);
  EXPECT_TRUE(busy(tax, frame));
  // Room for the rejections of a third frame.
  tax.control(MessageKind::kCredit, schemas::Credit{10 * limits::kCreditMessages, 10 * limits::kCreditBytes});
  // By the usual rate it would be full again.
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_TRUE(busy(tax, frame));
}

}  // namespace
}  // namespace steelyard::broker
