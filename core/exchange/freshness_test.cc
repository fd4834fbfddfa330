#include "core/exchange/freshness.h"

#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/crypto/random.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

constexpr Instant kCreated{1'700'000'000'000'000};
constexpr Duration kTick{1};

schemas::Head head_living(Duration life) {
  schemas::Head head;
  head.id = crypto::make_exchange_id(kCreated);
  head.expires = kCreated + life;
  return head;
}
bool fresh(const schemas::Head& head, Instant now) {
  const auto status = check_freshness(head, now);
  if (!status) {
    EXPECT_EQ(status.error().code, schemas::code::stale);
  }
  return status.has_value();
}

TEST(Freshness, LastsFromSkewBeforeCreationToSkewAfterExpiry) {
  const auto head = head_living(minutes(1));
  EXPECT_TRUE(fresh(head, kCreated));
  EXPECT_TRUE(fresh(head, kCreated - limits::kSkew));
  EXPECT_FALSE(fresh(head, kCreated - limits::kSkew - kTick));
  EXPECT_TRUE(fresh(head, head.expires + limits::kSkew - kTick));
  EXPECT_FALSE(fresh(head, head.expires + limits::kSkew));
}

TEST(Freshness, ALifeIsAtMostFiveMinutesAndNotBackwards) {
  EXPECT_TRUE(fresh(head_living(limits::kLifeMax), kCreated));
  EXPECT_FALSE(fresh(head_living(limits::kLifeMax + kTick), kCreated));
  EXPECT_TRUE(fresh(head_living(kTick), kCreated));
  EXPECT_FALSE(fresh(head_living(Duration{0}), kCreated));
  EXPECT_FALSE(fresh(head_living(Duration{-1}), kCreated));
}

TEST(Freshness, AnIdWithoutATimeIsStale) {
  auto head = head_living(minutes(1));
  head.id.octets[6] = static_cast<std::uint8_t>(0x40 | (head.id.octets[6] & 0x0f));  // version 4
  EXPECT_FALSE(fresh(head, kCreated));
  head.id = ExchangeId{};
  EXPECT_FALSE(fresh(head, kCreated));
}

}  // namespace
}  // namespace steelyard::exchange
