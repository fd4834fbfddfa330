#include "broker/exchanges.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

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

TEST(Exchanges, ExpireInTheOrderOfTheirTimes) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  Exchanges exchanges(seed);
  std::multiset<Instant> times;
  std::vector<ExchangeKey> added;
  const auto add = [&] {
    Exchange exchange;
    exchange.request = crypto::random<Digest>();
    exchange.expires = Instant{static_cast<std::int64_t>(random() % 8'000'000) - 2'000'000};
    times.insert(exchange.expires);
    added.push_back({MemberId(random() % 2 == 0 ? "tax" : "police"), crypto::make_exchange_id({1'000'000})});
    exchanges.add(added.back(), exchange);
  };
  for (int i = 0; i < 300; ++i) add();
  for (int round = 0; round < 2'000; ++round) {
    const Instant time{static_cast<std::int64_t>(random() % 8'000'000) - 2'000'000};
    const ExchangeKey* first = exchanges.first_expiring_before(time);
    ASSERT_EQ(first != nullptr, !times.empty() && *times.begin() < time);
    if (first != nullptr) {
      const ExchangeKey key = *first;
      ASSERT_EQ(exchanges.find(key)->expires, *times.begin());
      times.erase(times.begin());
      exchanges.erase(key);
      add();  // may expire before all others
    } else if (const ExchangeKey& any = added[random() % added.size()]; const Exchange* found = exchanges.find(any)) {
      times.erase(times.find(found->expires));
      exchanges.erase(any);
      add();
    }
  }
  EXPECT_EQ(exchanges.size(), times.size());
}

TEST(Exchanges, OneThatIsSettledIsFoundAndExpiresLikeAnyOther) {
  Exchanges exchanges(1);
  const ExchangeKey key{MemberId("tax"), crypto::make_exchange_id({1'000'000})};
  Exchange exchange;
  exchange.request = crypto::random<Digest>();
  exchange.expires = Instant{5'000'000};
  Exchange* added = &exchanges.add(key, exchange);
  exchanges.close(key, *added, OnceState::kAnswered);
  exchanges.settle(key);
  EXPECT_EQ(exchanges.find(key), added);
  EXPECT_EQ(&exchanges.find_request(key.id, exchange.request)->second, added);
  EXPECT_FALSE(exchanges.oldest_open().has_value());
  EXPECT_EQ(exchanges.size(), 1u);
  ASSERT_NE(exchanges.first_expiring_before(Instant{6'000'000}), nullptr);
  exchanges.settle(key);  // again: nothing
  exchanges.erase(*exchanges.first_expiring_before(Instant{6'000'000}));
  EXPECT_EQ(exchanges.find(key), nullptr);
  EXPECT_EQ(exchanges.size(), 0u);
}

TEST(Exchanges, AnAnswerIsFoundWhileItsExchangeIsKept) {
  Exchanges exchanges(1);
  const ExchangeKey key{MemberId("tax"), crypto::make_exchange_id({1'000'000})};
  Exchange& added = exchanges.add(key, {});
  const Digest answer = crypto::random<Digest>();
  EXPECT_EQ(exchanges.find_answer(answer), nullptr);
  exchanges.answered(key, added, answer);
  EXPECT_EQ(exchanges.open(), 0u);
  ASSERT_NE(exchanges.find_answer(answer), nullptr);
  EXPECT_EQ(exchanges.find_answer(answer)->first, key);
  exchanges.settle(key);
  EXPECT_EQ(&exchanges.find_answer(answer)->second, &added);
  exchanges.erase(key);
  EXPECT_EQ(exchanges.find_answer(answer), nullptr);
  Exchange recovered;
  recovered.state = OnceState::kAnswered;
  recovered.answer = answer;
  exchanges.add(key, recovered);
  EXPECT_NE(exchanges.find_answer(answer), nullptr);
}

TEST(Exchanges, ARequestIsFoundWhileItsExchangeLives) {
  Exchanges exchanges(1);
  const ExchangeKey key{MemberId("tax"), crypto::make_exchange_id({1'000'000})};
  Exchange exchange;
  exchange.request = crypto::random<Digest>();
  exchanges.add(key, exchange);
  ASSERT_NE(exchanges.find_request(key.id, exchange.request), nullptr);
  EXPECT_EQ(exchanges.find_request(key.id, exchange.request)->first, key);
  EXPECT_EQ(&exchanges.find_request(key.id, exchange.request)->second, exchanges.find(key));
  exchanges.erase(key);
  EXPECT_EQ(exchanges.find_request(key.id, exchange.request), nullptr);
}

}  // namespace
}  // namespace steelyard::broker
