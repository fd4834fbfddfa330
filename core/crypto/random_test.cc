#include "core/crypto/random.h"

#include <set>

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

TEST(Random, ExchangeIdCarriesItsMilliseconds) {
  const Instant now{1'795'426'948'123'456};
  const ExchangeId id = make_exchange_id(now);
  EXPECT_TRUE(is_uuid7(id));
  EXPECT_EQ(time_of(id).us, 1'795'426'948'123'000);
  EXPECT_EQ(time_of(make_exchange_id(Instant{0})).us, 0);
}

TEST(Random, Rfc9562ExampleIsRead) {
  const auto id = exchange_id_from_text("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  ASSERT_TRUE(id);
  EXPECT_TRUE(is_uuid7(*id));
  EXPECT_EQ(time_of(*id).us, 1'645'557'742'000'000);
}

TEST(Random, OtherVersionsAndVariantsAreNotUuid7) {
  ExchangeId id = make_exchange_id(Instant{1});
  id.octets[6] = 0x40 | (id.octets[6] & 0x0F);
  EXPECT_FALSE(is_uuid7(id));
  id = make_exchange_id(Instant{1});
  id.octets[8] |= 0xC0;
  EXPECT_FALSE(is_uuid7(id));
  EXPECT_FALSE(is_uuid7(ExchangeId{}));
}

TEST(Random, IdsOfOneMomentDiffer) {
  std::set<ExchangeId> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(make_exchange_id(Instant{5'000}));
  EXPECT_EQ(seen.size(), 1'000u);
  EXPECT_NE(random<Salt>(), random<Salt>());
}

}  // namespace
}  // namespace steelyard::crypto
