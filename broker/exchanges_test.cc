#include "broker/exchanges.h"

#include <gtest/gtest.h>

#include "core/crypto/random.h"

namespace steelyard::broker {
namespace {

using provenance::OnceState;

TEST(Exchanges, AMembersShareCountsWhatIsItsOwn) {
  Exchanges exchanges(1);
  const MemberId tax("tax"), police("police");
  std::vector<ExchangeKey> keys;
  for (int i = 0; i < 3; ++i) {
    keys.push_back({tax, crypto::make_exchange_id({1'000'000})});
    Exchange exchange;
    exchange.request = crypto::random<Digest>();
    exchanges.add(keys.back(), exchange);
  }
  Exchange refused;
  refused.state = OnceState::kRefused;
  keys.push_back({tax, crypto::make_exchange_id({1'000'000})});
  exchanges.add(keys.back(), refused);
  EXPECT_EQ(exchanges.share_of(tax).open, 3u);
  EXPECT_EQ(exchanges.share_of(tax).kept, 4u);
  EXPECT_EQ(exchanges.share_of(police).kept, 0u);

  exchanges.close(keys[0], *exchanges.find(keys[0]), OnceState::kAnswered);
  EXPECT_EQ(exchanges.share_of(tax).open, 2u);
  EXPECT_EQ(exchanges.share_of(tax).kept, 4u);
  for (const ExchangeKey& key : keys) exchanges.erase(key);
  EXPECT_EQ(exchanges.share_of(tax).open, 0u);
  EXPECT_EQ(exchanges.share_of(tax).kept, 0u);
  EXPECT_EQ(exchanges.open(), 0u);
}

}  // namespace
}  // namespace steelyard::broker
