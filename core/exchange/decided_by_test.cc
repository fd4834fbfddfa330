#include "core/exchange/decided_by.h"

#include <gtest/gtest.h>

namespace steelyard::exchange {
namespace {

const crypto::Suite& suite() { return crypto::suite(crypto::SuiteId::kStandard); }

DecidedBy example() {
  DecidedBy by;
  by.policies = {{LogIndex(7), 0}, {LogIndex(9), 2}, {LogIndex(9), 300}};
  return by;
}
Salt nonce() {
  Salt made;
  for (std::size_t i = 0; i < Salt::kSize; ++i) made.octets[i] = static_cast<std::uint8_t>(i);
  return made;
}

TEST(DecidedBy, IsWrittenAsTheFormatSaysAndReadBack) {
  DecidedBy by = example();
  by.more = true;
  const Bytes row = encode(by, nonce());
  EXPECT_EQ(to_hex(row),
            "000102030405060708090a0b0c0d0e0f"
            "02"
            "0700000000000000"
            "0900000000000200"
            "0900000000002c01");
  const auto read = decode_decided_by(row);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(*read, by);
  by.more = false;
  by.erred = true;
  EXPECT_EQ(*decode_decided_by(encode(by, nonce())), by);
  EXPECT_TRUE(DecidedBy().empty() && !by.empty());
}

TEST(DecidedBy, TheMostThatStandsInARowFitsIt) {
  DecidedBy by;
  for (std::size_t i = 0; i < DecidedBy::kPoliciesMax; ++i)
    by.policies.push_back({LogIndex(kNoIndex.value - 1), static_cast<std::uint16_t>(65'535 - 31 + i)});
  const Bytes row = encode(by, nonce());
  EXPECT_EQ(row.size(), 273U);
  EXPECT_EQ(*decode_decided_by(row), by);
}

TEST(DecidedBy, AnythingElseIsRefused) {
  const Bytes row = encode(example(), nonce());
  for (std::size_t size = 0; size < row.size(); ++size)
    EXPECT_EQ(decode_decided_by(ByteView(row).first(size)).has_value(), size == 25 || size == 33) << size;
  Bytes flagged = row;
  flagged[16] = 4;
  EXPECT_FALSE(decode_decided_by(flagged));
  Bytes twice = row;
  twice[17 + 8] = 7;
  twice[17 + 8 + 6] = 0;
  EXPECT_FALSE(decode_decided_by(twice)) << "the same policy twice";
  twice[17] = 8;
  EXPECT_FALSE(decode_decided_by(twice)) << "out of order";
  EXPECT_FALSE(decode_decided_by(Bytes(17 + 8 * 33)));
}

TEST(DecidedBy, TheSaltFollowsFromEveryOctet) {
  const Bytes row = encode(example(), nonce());
  const Salt salt = salt_of(suite(), row);
  EXPECT_EQ(salt, salt_of(suite(), row));
  for (std::size_t i = 0; i < row.size(); ++i) {
    Bytes other = row;
    other[i] ^= 1;
    EXPECT_NE(salt_of(suite(), other), salt) << i;
  }
  EXPECT_NE(salt_of(suite(), ByteView(row).first(25)), salt);
}

}  // namespace
}  // namespace steelyard::exchange
