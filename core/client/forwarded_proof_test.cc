// The paths of what a broker forwards are judged here: a message that its author's bundle does not hold at that place
// is nobody's word.
#include <algorithm>

#include "core/client/node_fixture.h"

namespace steelyard::client {
namespace {

class ForwardedProof : public NodeTest {
 protected:
  using Bend = std::function<void(exchange::Proof&)>;

  void SetUp() override {
    NodeTest::SetUp();
    ASSERT_TRUE(until([&] { return node->up(); }));
  }
  // The answer stands at place 2 of the 5 that its owner signed together.
  OutMessage among_others(const OutMessage& answer) const {
    const auto other = [](std::uint8_t octet) { return out_message(MessageKind::kAnswer, Bytes(40, octet)); };
    OutMessage bare = answer;
    bare.proof.reset();
    bare.digest.reset();
    return forwarded(world.suite(), kOwner, world.keys(kOwner).message,
                     {other(1), other(2), bare, other(3), other(4)})[2];
  }
  // Asks, and is answered with this proof: whether the answer was taken.
  bool taken(const Bend& bend, const std::function<void(Bytes&)>& in_octets = {}) {
    outcomes.clear();
    broker.lie = [&](OutMessage& message) {
      if (message.kind != MessageKind::kAnswer) return;
      message = among_others(message);
      bend(*message.proof);
      sent = *message.proof;
    };
    broker.lie_in_octets = in_octets;
    const auto before = node->counters().rejected_frames;
    const int pongs = broker.seen[MessageKind::kPong];
    const std::size_t asked = broker.requests.size();
    EXPECT_TRUE(consumer->ask(query()).has_value());
    EXPECT_TRUE(until([&] { return broker.requests.size() > asked; }));
    broker.control(MessageKind::kPing, schemas::Ping{});  // what was sent before it has come
    EXPECT_TRUE(until([&] { return broker.seen[MessageKind::kPong] > pongs; }));
    broker.lie = {};
    broker.lie_in_octets = {};
    EXPECT_EQ(node->counters().rejected_frames - before, outcomes.empty() ? 1u : 0u);
    return !outcomes.empty() && outcomes[0].kind == OutcomeKind::kAnswered;
  }
  // Where the path of the last proof that was sent begins in a frame.
  std::ptrdiff_t path_in(const Bytes& frame) const {
    const ByteView first = sent.path.at(0).view();
    const auto at = std::search(frame.begin(), frame.end(), first.begin(), first.end());
    EXPECT_NE(at, frame.end());
    return at - frame.begin();
  }

  const MemberId kOwner{"civil-affairs"};
  exchange::Proof sent;
};

TEST_F(ForwardedProof, TheRightOneIsTaken) {
  EXPECT_TRUE(taken([](exchange::Proof&) {}));
}

TEST_F(ForwardedProof, AnotherPlaceInTheBundleIsNotTaken) {
  for (const std::uint16_t index : std::initializer_list<std::uint16_t>{0, 1, 3, 4})
    EXPECT_FALSE(taken([&](exchange::Proof& proof) {
      proof.index = index;
      proof.path.resize(crypto::inclusion_path_length(proof.index, proof.size));
    })) << index;
}

TEST_F(ForwardedProof, AnotherSizeOfTheBundleIsNotTaken) {
  for (const std::uint16_t size : std::initializer_list<std::uint16_t>{3, 4, 6, 8, 512})
    EXPECT_FALSE(taken([&](exchange::Proof& proof) {
      proof.size = size;
      proof.path.resize(crypto::inclusion_path_length(proof.index, proof.size));
    })) << size;
}

TEST_F(ForwardedProof, AnotherPathIsNotTaken) {
  for (std::size_t at = 0; at < 3; ++at)
    EXPECT_FALSE(taken([&](exchange::Proof& proof) { proof.path.at(at).octets[31] ^= 1; })) << at;
  EXPECT_FALSE(taken([](exchange::Proof& proof) { std::swap(proof.path.at(0), proof.path.at(1)); }));
}

TEST_F(ForwardedProof, APathThatIsTooLongOrTooShortIsNotTaken) {
  const auto right = [](exchange::Proof&) {};
  EXPECT_FALSE(taken(right, [&](Bytes& frame) {
    const auto end = frame.begin() + path_in(frame) + 3 * static_cast<std::ptrdiff_t>(Digest::kSize);
    frame.insert(end, Digest::kSize, std::uint8_t{7});
  }));
  EXPECT_FALSE(taken(right, [&](Bytes& frame) {
    const auto begin = frame.begin() + path_in(frame);
    frame.erase(begin, begin + static_cast<std::ptrdiff_t>(Digest::kSize));
  }));
}

TEST_F(ForwardedProof, AnotherAuthorKeyOrSignatureIsNotTaken) {
  EXPECT_FALSE(taken([](exchange::Proof& proof) { proof.author = MemberId("tax"); }));
  EXPECT_FALSE(taken([&](exchange::Proof& proof) { proof.key = world.keys(MemberId("tax")).message.id(); }));
  EXPECT_FALSE(taken([&](exchange::Proof& proof) { proof.key = world.keys(kOwner).cosign.id(); }));
  EXPECT_FALSE(taken([](exchange::Proof& proof) { proof.signature[5] ^= 1; }));
}

TEST_F(ForwardedProof, WhatWasNotTakenIsTakenWhenItComesAsItWasSigned) {
  EXPECT_FALSE(taken([](exchange::Proof& proof) { proof.signature[5] ^= 1; }));
  EXPECT_TRUE(until([&] { return !outcomes.empty(); }));  // repeated after a second
  EXPECT_EQ(outcomes.at(0).kind, OutcomeKind::kAnswered);
}

}  // namespace
}  // namespace steelyard::client
