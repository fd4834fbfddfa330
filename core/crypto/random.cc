#include "core/crypto/random.h"

#include <climits>

#include <openssl/rand.h>

#include "core/base/check.h"

namespace steelyard::crypto {

void random_bytes(std::span<std::uint8_t> to) {
  CHECK(to.size() <= INT_MAX);
  CHECK(RAND_bytes(to.data(), static_cast<int>(to.size())) == 1);
}

ExchangeId make_exchange_id(Instant now) {
  CHECK(now.us >= 0);
  ExchangeId id;
  random_bytes(id.octets);
  const auto ms = static_cast<std::uint64_t>(now.us / 1'000);
  for (int i = 0; i < 6; ++i) id.octets[i] = static_cast<std::uint8_t>(ms >> (8 * (5 - i)));
  id.octets[6] = static_cast<std::uint8_t>(0x70 | (id.octets[6] & 0x0F));
  id.octets[8] = static_cast<std::uint8_t>(0x80 | (id.octets[8] & 0x3F));
  return id;
}

Instant time_of(const ExchangeId& id) {
  std::int64_t ms = 0;
  for (int i = 0; i < 6; ++i) ms = ms << 8 | id.octets[i];
  return {ms * 1'000};
}

bool is_uuid7(const ExchangeId& id) { return (id.octets[6] >> 4) == 7 && (id.octets[8] >> 6) == 2; }

}  // namespace steelyard::crypto
