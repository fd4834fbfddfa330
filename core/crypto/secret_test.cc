#include "core/crypto/secret.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

TEST(Secret, ComparesWholeOctetStrings) {
  const Bytes a{1, 2, 3}, same{1, 2, 3}, last{1, 2, 4}, first{0, 2, 3}, shorter{1, 2};
  EXPECT_TRUE(equal_constant_time(a, same));
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(a, last));
  EXPECT_FALSE(equal_constant_time(a, first));
  EXPECT_FALSE(equal_constant_time(a, shorter));
}

TEST(Secret, CleanseOverwrites) {
  Bytes octets(64, 0xAA);
  cleanse(octets.data(), octets.size());
  EXPECT_EQ(octets, Bytes(64, 0));
}

TEST(Secret, MovingLeavesNothingBehind) {
  SecretBytes from(ByteView(Bytes{1, 2, 3}));
  SecretBytes to(std::move(from));
  EXPECT_EQ(to.size(), 3u);
  EXPECT_TRUE(from.empty());
  SecretBytes other(ByteView(Bytes{9}));
  other = std::move(to);
  EXPECT_TRUE(equal(other.view(), Bytes{1, 2, 3}));
  EXPECT_TRUE(equal(other.copy().view(), other.view()));
}

}  // namespace
}  // namespace steelyard::crypto
