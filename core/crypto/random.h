// Randomness of the operating system's quality, and exchange ids (UUIDv7, RFC 9562 §5.7).
//
// Threads: any thread, any time.
// Errors: a failing generator aborts: nothing safe can be done without one.
// Format: an id is 48 bits of Unix milliseconds, big-endian, version 7, variant 10, and 74 random bits.
#pragma once

#include <span>

#include "core/base/bytes.h"
#include "core/base/time.h"

namespace steelyard::crypto {

void random_bytes(std::span<std::uint8_t> to);

// `random<Salt>()`, `random<PlainSalt>()`.
template <class Fixed>
Fixed random() {
  Fixed value;
  random_bytes(value.octets);
  return value;
}

ExchangeId make_exchange_id(Instant now);  // `now` is not before 1970
Instant time_of(const ExchangeId& id);     // to the millisecond, as it was cut off
bool is_uuid7(const ExchangeId& id);       // version and variant are right

}  // namespace steelyard::crypto
