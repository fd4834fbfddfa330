// Attacks on the broker's time: what is dear to evaluate, dear to read, or ends all at once.
#include <fstream>

#include "core/crypto/key_file.h"
#include "core/crypto/random.h"
#include "core/exchange/statement.h"
#include "core/store/durable_file.h"
#include "tests/hostile/stage.h"

namespace steelyard::hostile {
namespace {

using schemas::MessageKind;
using schemas::Role;

// Forbids nothing, and sorts some six thousand elements for each field to find that out.
std::string costly_policy(std::size_t elements = 6'000) {
  std::string text = "forbid (principal, action, resource in Dataset::\"" + kPlayedData.text + "\") when { [resource";
  for (std::size_t i = 1; i < elements; ++i) text += ",resource";
  return text + "].isEmpty() };";
}

// The next version of the played owner's policy set. Which one that is, its last statement says, kept beside the world.
Status publish(Stage& stage, Peer& owner, const std::string& text) {
  const std::string last = stage.world() + "/" + kOwnerPlayed.text + "-policies";
  std::uint32_t version = 0;
  Digest previous;
  if (const auto document = store::read_file(last, 1 << 20)) {
    TRY_ASSIGN(const auto statement, schemas::decode<schemas::Statement>(*document));
    version = statement.head.version;
    previous = exchange::statement_digest(stage.suite(), *document);
  }
  TRY_ASSIGN(const auto office,
             crypto::read_signing_key(stage.world() + "/city/offices/" + kOwnerPlayed.text + ".key"));
  const auto statement = stage.statement(schemas::PolicySet{text, {0}, std::nullopt}, kOwnerPlayed.text, Role::kOwner,
                                         kOwnerPlayed, version + 1, previous);
  const exchange::OutMessage message = stage.message(statement, {{Role::kOwner, kOwnerPlayed, &office}});
  owner.bundle({message});
  TRY(owner.wait_for(MessageKind::kRecorded));
  std::ofstream(last, std::ios::binary)
      .write(reinterpret_cast<const char*>(message.envelope->data()),
             static_cast<std::streamsize>(message.envelope->size()));
  return {};
}

std::vector<exchange::OutMessage> requests(Stage& stage, schemas::Request request, std::size_t count) {
  std::vector<exchange::OutMessage> made;
  for (std::size_t i = 0; i < count; ++i) {
    request.head.id = crypto::make_exchange_id(stage.clock().wall());
    made.push_back(stage.message(request, Bytes(16, 1)));
  }
  return made;
}

Status policy_that_takes_long(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto owner, Peer::join(stage, stage.identity(kOwnerPlayed), {kPlayedData}));
  TRY(publish(stage, *owner, costly_policy()));
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  const schemas::Request request = stage.request(kAttacker, kPlayedData);
  const std::size_t bundles = stage.long_form() ? 20 : 5;
  for (std::size_t i = 0; i < bundles; ++i) {
    peer->bundle(requests(stage, request, limits::kFrameMessagesMax));
    seen.done += limits::kFrameMessagesMax;
    peer->listen(seen, limits::kFrameMessagesMax, seconds(20));
  }
  return publish(stage, *owner,
                 "forbid (principal, action, resource in Dataset::\"" + kPlayedData.text + "\") when { false };");
}

// The attacker has a message key, and no office that may state another's policies.
Status statement_flood(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  constexpr std::size_t kInFrame = 8;
  const crypto::SigningKey& key = stage.identity(kAttacker).message_key;
  const std::string text = costly_policy();
  const std::size_t frames = stage.long_form() ? 100 : 15;
  for (std::size_t i = 0; i < frames; ++i) {
    std::vector<exchange::OutMessage> messages;
    for (std::size_t n = 0; n < kInFrame; ++n) {
      const auto statement = stage.statement(schemas::PolicySet{text + " //" + std::to_string(n), {0}, std::nullopt},
                                             kHonest.text, Role::kOwner, kHonest);
      messages.push_back(stage.message(statement, {{Role::kOwner, kHonest, &key}}));
    }
    peer->bundle(std::move(messages));
    seen.done += kInFrame;
    peer->listen(seen, kInFrame);
  }
  return {};
}

// All of one `expires`, which is past already: fresh for a few seconds of skew, and then kept no longer.
Status expiry_bomb(Stage& stage, Seen& seen) {
  TRY_ASSIGN(const auto peer, Peer::join(stage, stage.identity(kAttacker)));
  schemas::Request request = stage.request();
  request.purpose = PurposeId("no-such-purpose");
  const Instant began = stage.clock().wall();
  request.head.expires = {began.us - seconds(20).us};
  const std::size_t bundles = stage.long_form() ? 80 : 40;
  for (std::size_t i = 0; i < bundles && stage.clock().wall() < began + seconds(8); ++i) {
    std::vector<exchange::OutMessage> messages;
    for (std::size_t n = 0; n < limits::kFrameMessagesMax; ++n) {
      request.head.id = crypto::make_exchange_id({began.us - seconds(60).us});
      messages.push_back(stage.message(request, Bytes(16, 1)));
    }
    peer->bundle(std::move(messages));
    seen.done += limits::kFrameMessagesMax;
    peer->listen(seen, limits::kFrameMessagesMax, seconds(20));
  }
  while (stage.clock().wall() < began + seconds(9)) peer->read(milliseconds(50));
  seen.note = std::to_string(stage.clock().monotonic().us);  // from here on neighbours are watched
  const Instant over = stage.clock().wall() + seconds(3);
  while (stage.clock().wall() < over) peer->read(milliseconds(50));
  return {};
}

}  // namespace

void add_costly(Attacks& to) {
  to["policy-that-takes-long"] = policy_that_takes_long;
  to["statement-flood"] = statement_flood;
  to["expiry-bomb"] = expiry_bomb;
}

}  // namespace steelyard::hostile
