// What a broker's files hold of an exchange: digests and names, and no octet of what was asked or answered.
#include <filesystem>
#include <fstream>
#include <iterator>

#include "broker/loop_fixture.h"

namespace steelyard::broker {
namespace {

// Sealed payloads are noise; these are not, so that what a broker kept of them would be found as it came.
const std::string kAskedValue = "the-number-that-was-asked-about";
const std::string kAnsweredValue = "the-address-that-came-back";

exchange::OutMessage with_payload(exchange::OutMessage message, const std::string& value) {
  std::string payload;
  while (payload.size() < 512) payload += value + " ";
  message.payload = std::make_shared<const Bytes>(to_bytes(as_bytes(payload)));
  return message;
}

// The files under `dir` that hold these octets.
std::vector<std::string> files_with(const std::string& dir, std::string_view octets) {
  std::vector<std::string> found;
  for (const auto& at : std::filesystem::recursive_directory_iterator(dir)) {
    if (!at.is_regular_file()) continue;
    std::ifstream in(at.path(), std::ios::binary);
    const std::string all(std::istreambuf_iterator<char>(in), {});
    if (all.find(octets) != std::string::npos) found.push_back(at.path());
  }
  return found;
}

TEST_F(LoopTest, NoFileHoldsAnOctetOfWhatAnExchangeCarried) {
  Peer owner = connect(kOwner);
  ASSERT_EQ(owner.link(), net::LinkState::kUp);
  owner.hello({kHousehold});
  ASSERT_TRUE(owner.next(MessageKind::kWelcome));
  Peer tax = connect(kTax);
  ASSERT_TRUE(tax.up());
  const exchange::OutMessage asked = with_payload(request(kTax), kAskedValue);
  tax.bundle(asked);
  const auto seen = owner.next(MessageKind::kGrant);
  ASSERT_TRUE(seen);
  const auto grant = schemas::decode<schemas::Grant>(seen->frame.messages[0].envelope);
  const auto sent = schemas::decode<schemas::Request>(*asked.envelope);
  ASSERT_TRUE(grant && sent);

  schemas::Answer answer;
  answer.head = sent->head;
  answer.head.kind = MessageKind::kAnswer;
  std::swap(answer.head.author, answer.head.recipient);
  answer.head.key = world.keys(kOwner).message.id();
  answer.request = grant->request;
  answer.request_entry = exchange::entry_commitment(world.suite(), grant->salt, grant->body);
  answer.fields = grant->fields;
  answer.rows = 1;
  answer.seal_key = crypto::PublicKey{world.suite().sealing, sent->reply_key}.id();
  exchange::OutMessage said;
  said.kind = MessageKind::kAnswer;
  said.envelope = std::make_shared<const Bytes>(schemas::encode(answer));
  said = with_payload(std::move(said), kAnsweredValue);
  owner.bundle(said);
  const auto delivered = tax.next(MessageKind::kAnswer);
  ASSERT_TRUE(delivered);
  EXPECT_NE(as_text(delivered->octets).find(kAnsweredValue), std::string_view::npos);
  stop();
  ASSERT_TRUE(ended.has_value());

  // That the search finds what is there: both entries' digests.
  for (const exchange::OutMessage* message : {&asked, &std::as_const(said)}) {
    const Digest digest = exchange::message_digest(world.suite(), message->kind, *message->envelope, *message->payload);
    EXPECT_FALSE(files_with(config.store, as_text(digest.view())).empty());
  }
  for (const std::string& value : {kAskedValue, kAnsweredValue}) EXPECT_TRUE(files_with(dir.path(), value).empty());
}

}  // namespace
}  // namespace steelyard::broker
