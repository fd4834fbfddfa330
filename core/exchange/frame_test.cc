#include "core/exchange/frame.h"

#include "core/base/limits.h"
#include "core/exchange/bundle.h"
#include "core/exchange/digest.h"
#include "core/exchange/exchange_test_values.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::MessageKind;
using testing::kOrigin;
using testing::out_message;

class Frames : public testing::WithSuite {};
INSTANTIATE_TEST_SUITE_P(Suites, Frames, testing::both_suites(), testing::suite_name);

ErrorCode refusal_of(ByteView octets) {
  const auto frame = parse_frame(octets);
  return frame ? 0 : frame.error().code;
}

// Two own messages of the broker around one that it forwards for `tax`.
Bytes broker_frame(const crypto::Suite& suite, const crypto::SigningKey& broker, const crypto::SigningKey& member) {
  const MemberId tax("tax");
  const std::vector<OutMessage> sent = {out_message(MessageKind::kRequest, "first", "sealed"),
                                        out_message(MessageKind::kRequest, "second"),
                                        out_message(MessageKind::kReceived, "third")};
  const Bytes member_frame = sign_member_frame(suite, kOrigin, tax, member, sent);
  const auto verifying = crypto::VerifyingKey::decode(member.public_key());
  const auto bundle = open_bundle(suite, kOrigin, tax, *verifying, *parse_frame(member_frame));
  std::vector<OutMessage> messages = {out_message(MessageKind::kGrant, "grant"), sent[0],
                                      out_message(MessageKind::kRejection, "no")};
  messages[1].proof = bundle->proof_of(0);
  return sign_broker_frame(suite, kOrigin, broker, messages);
}

TEST_P(Frames, AMemberFrameReadsBackAsItWasWritten) {
  const auto key = crypto::SigningKey::generate(suite());
  const std::vector<OutMessage> sent = {out_message(MessageKind::kRequest, "envelope", "payload"),
                                        out_message(MessageKind::kRejection, "gone")};
  const Bytes octets = sign_member_frame(suite(), kOrigin, MemberId("tax"), key, sent);
  EXPECT_EQ(octets.size(), 78 + sent[0].framed_bytes() + sent[1].framed_bytes());
  const auto frame = parse_frame(octets);
  ASSERT_TRUE(frame) << frame.error().what;
  EXPECT_EQ(frame->sort, FrameSort::kMember);
  EXPECT_EQ(frame->key, key.id());
  ASSERT_EQ(frame->messages.size(), 2u);
  EXPECT_EQ(frame->messages[0].kind, MessageKind::kRequest);
  EXPECT_EQ(as_text(frame->messages[0].envelope), "envelope");
  EXPECT_EQ(as_text(frame->messages[0].payload), "payload");
  EXPECT_EQ(frame->messages[1].kind, MessageKind::kRejection);
  EXPECT_TRUE(frame->messages[1].payload.empty());
}

TEST_P(Frames, ABrokerFrameReadsBackWithItsProofs) {
  const auto broker = crypto::SigningKey::generate(suite());
  const auto member = crypto::SigningKey::generate(suite());
  const Bytes octets = broker_frame(suite(), broker, member);
  const auto frame = parse_frame(octets);
  ASSERT_TRUE(frame) << frame.error().what;
  ASSERT_EQ(frame->messages.size(), 3u);
  ASSERT_TRUE(frame->messages[1].proof);
  EXPECT_EQ(frame->messages[1].proof->author, MemberId("tax"));
  EXPECT_EQ(frame->messages[1].proof->key, member.id());
  EXPECT_EQ(frame->messages[1].proof->index, 0);
  EXPECT_EQ(frame->messages[1].proof->size, 3);
  EXPECT_EQ(frame->messages[1].proof->path.size(), 2u);
  EXPECT_EQ(as_text(frame->messages[1].payload), "sealed");
  EXPECT_FALSE(frame->messages[2].proof);
}

TEST(Frame, AControlFrameHasTheDocumentedOctets) {
  const Bytes octets = control_frame(MessageKind::kPing, as_bytes("ab"));
  EXPECT_EQ(to_hex(octets), "010442000000020000006162");
  const auto frame = parse_frame(octets);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->sort, FrameSort::kControl);
  EXPECT_TRUE(frame->key.is_zero());
  EXPECT_EQ(as_text(frame->messages.at(0).envelope), "ab");
}

TEST_P(Frames, EveryTruncationIsRefused) {
  const auto key = crypto::SigningKey::generate(suite());
  const Bytes frames[] = {broker_frame(suite(), key, key), control_frame(MessageKind::kHello, as_bytes("hello"))};
  for (const Bytes& whole : frames)
    for (std::size_t size = 0; size < whole.size(); ++size) {
      const Bytes part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_EQ(refusal_of(part), schemas::code::malformed) << size;
    }
}

TEST_P(Frames, TrailingOctetsAreRefused) {
  const auto key = crypto::SigningKey::generate(suite());
  for (Bytes octets : {broker_frame(suite(), key, key), control_frame(MessageKind::kHello, as_bytes("hello"))}) {
    octets.push_back(0);
    EXPECT_EQ(refusal_of(octets), schemas::code::malformed);
  }
}

TEST_P(Frames, RandomMutationsNeverCrashNorReadBeyond) {
  const auto key = crypto::SigningKey::generate(suite());
  const Bytes whole = broker_frame(suite(), key, key);
  std::mt19937_64 random(testing::seed_of_this_run());
  std::size_t refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    Bytes octets = whole;
    for (auto changes = 1 + random() % 4; changes > 0; --changes) {
      const auto at = random() % octets.size();
      switch (random() % 3) {
        case 0: octets[at] = static_cast<std::uint8_t>(random()); break;
        case 1: octets.erase(octets.begin() + static_cast<std::ptrdiff_t>(at)); break;
        default: octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(random()));
      }
    }
    const auto frame = parse_frame(octets);
    if (!frame) {
      ++refused;
      continue;
    }
    std::size_t held = 0;
    for (const FrameMessage& message : frame->messages) {
      EXPECT_GE(message.envelope.data(), octets.data());
      EXPECT_LE(message.payload.data() + message.payload.size(), octets.data() + octets.size());
      held += message.envelope.size() + message.payload.size();
    }
    EXPECT_LT(held, octets.size());
  }
  EXPECT_GT(refused, 0u);
}

TEST_P(Frames, EveryFlippedBitIsCaught) {
  const auto broker = crypto::SigningKey::generate(suite());
  const auto member = crypto::SigningKey::generate(suite());
  const auto broker_key = crypto::VerifyingKey::decode(broker.public_key());
  const auto member_key = crypto::VerifyingKey::decode(member.public_key());
  const auto stands = [&](const Bytes& octets) {
    const auto frame = parse_frame(octets);
    if (!frame || !open_bundle(suite(), kOrigin, MemberId(std::string(kOrigin)), *broker_key, *frame)) return false;
    BundleVerifier verifier(suite(), std::string(kOrigin));
    for (const FrameMessage& message : frame->messages)
      if (message.proof && !verifier.verify(message_digest(suite(), message.kind, message.envelope, message.payload),
                                            *message.proof, *member_key))
        return false;
    return true;
  };
  Bytes octets = broker_frame(suite(), broker, member);
  ASSERT_TRUE(stands(octets));
  for (std::size_t bit = 0; bit < octets.size() * 8; ++bit) {
    octets[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
    EXPECT_FALSE(stands(octets)) << "bit " << bit % 8 << " of octet " << bit / 8;
    octets[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
  }
}

TEST(Frame, KindsStandOnlyWhereTheyBelong) {
  const auto key = crypto::SigningKey::generate(crypto::suite(crypto::SuiteId::kStandard));
  Bytes octets = sign_member_frame(crypto::suite(crypto::SuiteId::kStandard), kOrigin, MemberId("tax"), key,
                                   std::vector{out_message(MessageKind::kRequest, "x")});
  for (int number = 0; number < 256; ++number) {
    octets[78] = static_cast<std::uint8_t>(number);
    const bool known = !schemas::name_of(static_cast<MessageKind>(number)).empty();
    const bool member = (number >= 1 && number <= 5) || number == 32;
    const bool broker = (number >= 16 && number <= 18) || number == 32;
    const auto no = known ? schemas::code::malformed : schemas::code::unknown_kind;
    octets[1] = 1;
    EXPECT_EQ(refusal_of(octets), member ? 0 : no) << number;
    octets[1] = 2;
    EXPECT_EQ(refusal_of(octets), broker ? 0 : no) << number;
    Bytes control = control_frame(MessageKind::kPing, as_bytes("x"));
    control[2] = static_cast<std::uint8_t>(number);
    EXPECT_EQ(refusal_of(control), known && number >= 64 ? 0 : no) << number;
  }
}

TEST(Frame, WhatMustBeZeroIsChecked) {
  const auto& suite = crypto::suite(crypto::SuiteId::kStandard);
  const auto key = crypto::SigningKey::generate(suite);
  const Bytes whole =
      sign_member_frame(suite, kOrigin, MemberId("tax"), key, std::vector{out_message(MessageKind::kRequest, "x")});
  for (const std::size_t at : {4, 5, 79, 80, 81}) {
    Bytes octets = whole;
    octets[at] = 2;
    EXPECT_EQ(refusal_of(octets), schemas::code::malformed) << at;
  }
  Bytes control = control_frame(MessageKind::kPing, as_bytes("x"));
  for (const std::size_t at : {3, 4, 5}) {
    control[at] = 1;
    EXPECT_EQ(refusal_of(control), schemas::code::malformed) << at;
    control[at] = 0;
  }
}

TEST(Frame, LimitsAreKept) {
  const auto& suite = crypto::suite(crypto::SuiteId::kStandard);
  const auto key = crypto::SigningKey::generate(suite);
  const auto frame_of = [&](std::size_t envelope, std::size_t payload) {
    return sign_member_frame(
        suite, kOrigin, MemberId("tax"), key,
        std::vector{out_message(MessageKind::kAnswer, std::string(envelope, 'e'), std::string(payload, 'p'))});
  };
  EXPECT_EQ(refusal_of(frame_of(limits::kEnvelopeBytesMax, limits::kMessageBytesMax - limits::kEnvelopeBytesMax)), 0);
  const auto patched = [&](std::size_t at, std::uint32_t value) {
    Bytes octets = frame_of(1, limits::kMessageBytesMax - 1);
    for (std::size_t i = 0; i < 4; ++i) octets[at + i] = static_cast<std::uint8_t>(value >> 8 * i);
    return octets;
  };
  EXPECT_EQ(refusal_of(patched(82, 0)), schemas::code::malformed);       // no envelope
  EXPECT_EQ(refusal_of(patched(82, 65'537)), schemas::code::malformed);  // a long one
  EXPECT_EQ(refusal_of(patched(86, 0xffff'ffff)), schemas::code::malformed);
  Bytes longer = patched(86, limits::kMessageBytesMax);
  longer.push_back('p');
  EXPECT_EQ(refusal_of(longer), schemas::code::malformed);
  EXPECT_EQ(refusal_of(Bytes(limits::kFrameBytesMax + 1, 1)), schemas::code::malformed);
  Bytes none = frame_of(1, 0);
  none[2] = 0;
  EXPECT_EQ(refusal_of(none), schemas::code::malformed);
}

TEST(Frame, CountForFrameStopsAtTheTargetButTakesOne) {
  std::vector<OutMessage> waiting(600, out_message(MessageKind::kReceived, "x"));
  EXPECT_EQ(count_for_frame(waiting, 0), limits::kFrameMessagesMax);
  EXPECT_EQ(count_for_frame(waiting, 599), 1u);
  waiting.assign(3, out_message(MessageKind::kAnswer, "x", std::string(100 * 1024, 'p')));
  EXPECT_EQ(count_for_frame(waiting, 0), 2u);
  waiting.insert(waiting.begin(), out_message(MessageKind::kAnswer, "x", std::string(900 * 1024, 'p')));
  EXPECT_EQ(count_for_frame(waiting, 0), 1u);
}

}  // namespace
}  // namespace steelyard::exchange
