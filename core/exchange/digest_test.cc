#include "core/exchange/digest.h"

#include "core/exchange/exchange_test_values.h"

namespace steelyard::exchange {
namespace {

using testing::filled;

// Computed apart from this code, with Python's hashlib, from the formulas of docs/formats.
struct Known {
  const char *message, *statement, *entry, *plaintext, *behalf;
};
constexpr Known kStandard = {"a39e1415665cb22610ef572f2b7add0f5a7f3d69c79abd2670c150710f4abb7d",
                             "3bf32d22e2e2a9426e9825d57f74472f82fc34d6064783e01b89337579822a38",
                             "c25506cf8ca2bea26fbb55cccb44596244e8ca7ae631c5552b57757b5b9aa980",
                             "56c5fe1efe2c4cd4436aa542a27d4bafb8d7312cbb130950b242e5623918d726",
                             "67b3bb57e46823d9121648422b320cbfc27c66a0685dff979f752c2c4a841175"};
constexpr Known kSecond = {"75f9ae47460de74e951fe289b222b49024255e7520a940b865e93dfe7e489709",
                           "89beff9763eb445b629b06ef1fffe6c138bcaa4ee67ca370ee43c5b8a386ba0b",
                           "31d7231026d9df15742a776d3cca4ed96b4d47f9414e4b253478cf73640fc8a9",
                           "c1b635bdf3e2b3fb0b963b6b6663d6db5ccfe3ac6db837a044ce55b88c3812c0",
                           "2f0c18f9f7eb57c2ac7cf9e994db3b82034b2963f55bfe35da55812355817633"};

class Digests : public testing::WithSuite {};
INSTANTIATE_TEST_SUITE_P(Suites, Digests, testing::both_suites(), testing::suite_name);

TEST_P(Digests, AreThoseOfTheDocumentedFormulas) {
  const Known& known = GetParam() == crypto::SuiteId::kStandard ? kStandard : kSecond;
  const auto salt = filled<PlainSalt>(0);
  const auto message =
      message_digest(suite(), schemas::MessageKind::kAnswer, as_bytes("envelope"), as_bytes("payload"));
  EXPECT_EQ(to_hex(message.view()), known.message);
  EXPECT_EQ(to_hex(statement_digest(suite(), as_bytes("document")).view()), known.statement);
  EXPECT_EQ(to_hex(entry_commitment(suite(), filled<Salt>(0), as_bytes("body")).view()), known.entry);
  EXPECT_EQ(to_hex(plaintext_commitment(suite(), salt, as_bytes("plaintext")).view()), known.plaintext);
  EXPECT_EQ(to_hex(behalf_commitment(suite(), salt, "op-1", "case-9").view()), known.behalf);
}

TEST_P(Digests, OfManyMessagesAreThoseOfEach) {
  const Bytes large(3'000, 'p');
  std::vector<MessageParts> messages;
  for (std::size_t i = 0; i < 70; ++i)
    messages.push_back({i % 2 == 0 ? schemas::MessageKind::kRequest : schemas::MessageKind::kGrant,
                        ByteView(large).first(1 + i * 11), ByteView(large).first(i % 3 == 0 ? 0 : i * 41)});
  const auto digests = message_digests(suite(), messages);
  ASSERT_EQ(digests.size(), messages.size());
  for (std::size_t i = 0; i < messages.size(); ++i)
    EXPECT_EQ(digests[i], message_digest(suite(), messages[i].kind, messages[i].envelope, messages[i].payload)) << i;
  EXPECT_TRUE(message_digests(suite(), {}).empty());
}

TEST_P(Digests, TellApartWhereOnePartEnds) {
  const auto salt = filled<PlainSalt>(0);
  EXPECT_NE(behalf_commitment(suite(), salt, "ab", "c"), behalf_commitment(suite(), salt, "a", "bc"));
  const auto kind = schemas::MessageKind::kRequest;
  EXPECT_NE(message_digest(suite(), kind, as_bytes("ab"), {}),
            message_digest(suite(), kind, as_bytes("a"), as_bytes("b")));
  EXPECT_NE(message_digest(suite(), kind, as_bytes("a"), {}),
            message_digest(suite(), schemas::MessageKind::kAnswer, as_bytes("a"), {}));
}

}  // namespace
}  // namespace steelyard::exchange
