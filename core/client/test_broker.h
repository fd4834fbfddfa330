// What the tests of this folder share: a broker of a few lines over a World, with a log in memory. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/client/consumer.h"
#include "core/client/node.h"
#include "core/crypto/checkpoint.h"
#include "core/crypto/merkle.h"
#include "core/crypto/random.h"
#include "core/crypto/tiles.h"
#include "core/exchange/bundle.h"
#include "core/exchange/digest.h"
#include "core/exchange/seal.h"
#include "core/exchange/testing/world.h"
#include "core/net/router.h"
#include "core/net/zap.h"
#include "core/store/test_dir.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::client {

using exchange::OutMessage;
using exchange::testing::World;
using schemas::MessageKind;

inline OutMessage out_message(MessageKind kind, Bytes envelope, Bytes payload = {},
                              std::optional<exchange::Proof> proof = {}) {
  return {kind, std::make_shared<const Bytes>(std::move(envelope)), std::make_shared<const Bytes>(std::move(payload)),
          std::move(proof)};
}

// The wall clock of a world; monotonic time is real.
class WorldClock final : public Clock {
 public:
  explicit WorldClock(Instant start) : start_(start), began_(real_.monotonic()) {}
  Instant wall() const override { return start_ + Duration{real_.monotonic().us - began_.us}; }
  Duration monotonic() const override { return real_.monotonic(); }

 private:
  SystemClock real_;
  Instant start_;
  Duration began_;
};

// Proofs of messages that `author` signed together, as the broker forwards them.
inline std::vector<OutMessage> forwarded(const crypto::Suite& suite, const MemberId& author,
                                         const crypto::SigningKey& key, std::vector<OutMessage> messages) {
  const Bytes octets = exchange::sign_member_frame(suite, World::kOrigin, author, key, messages);
  const auto frame = exchange::parse_frame(octets);
  const auto verifying = crypto::VerifyingKey::decode(key.public_key());
  const auto bundle = exchange::open_bundle(suite, World::kOrigin, author, *verifying, *frame);
  EXPECT_TRUE(bundle.has_value());
  for (std::size_t i = 0; i < messages.size(); ++i) messages[i].proof = bundle->proof_of(i);
  return messages;
}

// A log whose tiles are made by hand.
struct TestLog {
  explicit TestLog(const crypto::Suite& used) : suite(used) {}

  const crypto::Suite& suite;
  std::vector<Digest> leaves;  // commitments

  std::uint64_t size() const { return leaves.size(); }
  exchange::Promise add(const exchange::EntryBody& body) {
    exchange::Promise promise{LogIndex{size()}, crypto::random<Salt>(), {}, Instant{}};
    const auto octets = exchange::encode(body);
    promise.body.assign(octets.begin(), octets.end());
    const auto commitment = exchange::entry_commitment(suite, promise.salt, promise.body);
    leaves.push_back(*Digest::from(commitment.view()));
    return promise;
  }
  std::string checkpoint(const crypto::SigningKey& key) const { return checkpoint(key, size()); }
  std::string checkpoint(const crypto::SigningKey& key, std::uint64_t at) const {
    const std::vector<Digest> first(leaves.begin(), leaves.begin() + static_cast<std::ptrdiff_t>(at));
    return crypto::sign_checkpoint({World::kOrigin, at, crypto::tree_root(suite, first), {}}, key);
  }
  std::vector<Digest> tile(std::uint8_t level, std::uint64_t index, std::uint16_t width) const {
    const std::uint64_t span = std::uint64_t{1} << (8 * level);
    std::vector<Digest> hashes;
    for (std::uint64_t i = 0; i < width; ++i) {
      const auto from = static_cast<std::ptrdiff_t>((index * 256 + i) * span);
      const auto to = from + static_cast<std::ptrdiff_t>(span);
      EXPECT_LE(static_cast<std::uint64_t>(to), size());
      const std::vector<Digest> part(leaves.begin() + from, leaves.begin() + to);
      hashes.push_back(level == 0 ? crypto::leaf_hash(suite, part[0].view()) : crypto::tree_root(suite, part));
    }
    return hashes;
  }
};

inline Identity identity_of(const World& world, const MemberId& member, const std::string& endpoint,
                            const std::string& state_dir) {
  auto keys = exchange::testing::member_keys(world.suite(), member.text);
  return {member,
          endpoint,
          world.broker().transport.public_key().octets,
          world.registry().network(),
          std::move(keys.message),
          std::move(keys.transport),
          std::move(keys.seal),
          std::move(keys.cosign),
          state_dir};
}

}  // namespace steelyard::client
