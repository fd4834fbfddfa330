// Keys that sort by number: big-endian parts, put together in order.
//
//   const auto key = key_of(std::uint64_t{17});       // 8 octets, in a std::array: all parts have fixed sizes
//   const auto key = key_of(index, digest);           // 8 + 32, the same
//   Bytes key = key_of(id.view(), std::uint16_t{3});  // octets, then 2 octets
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace steelyard::store {

// Octets of a part whose type alone says how many; 0: its value does.
template <class Part>
inline constexpr std::size_t kPartBytes = 0;
template <std::unsigned_integral Integer>
inline constexpr std::size_t kPartBytes<Integer> = sizeof(Integer);
template <class Tag, class Rep>
inline constexpr std::size_t kPartBytes<Number<Tag, Rep>> = sizeof(Rep);
template <class Tag, std::size_t N>
inline constexpr std::size_t kPartBytes<FixedBytes<Tag, N>> = N;
template <std::size_t N>
inline constexpr std::size_t kPartBytes<std::array<std::uint8_t, N>> = N;

template <class Part>
concept FixedPart = (kPartBytes<Part> != 0);

// Writes the part to `at`; where the next one goes.
template <std::unsigned_integral Integer>
std::uint8_t* put_part(std::uint8_t* at, Integer part) {
  for (std::size_t i = sizeof(Integer); i-- > 0;)
    *at++ = static_cast<std::uint8_t>(static_cast<std::uint64_t>(part) >> (8 * i));
  return at;
}
template <class Tag, class Rep>
std::uint8_t* put_part(std::uint8_t* at, Number<Tag, Rep> part) {
  return put_part(at, part.value);
}
template <std::size_t N>
std::uint8_t* put_part(std::uint8_t* at, const std::array<std::uint8_t, N>& part) {
  return std::copy(part.begin(), part.end(), at);
}
template <class Tag, std::size_t N>
std::uint8_t* put_part(std::uint8_t* at, const FixedBytes<Tag, N>& part) {
  return put_part(at, part.octets);
}

template <FixedPart... Parts>
std::array<std::uint8_t, (kPartBytes<Parts> + ...)> key_of(const Parts&... parts) {
  std::array<std::uint8_t, (kPartBytes<Parts> + ...)> key;
  std::uint8_t* at = key.data();
  ((at = put_part(at, parts)), ...);
  return key;
}

inline constexpr std::size_t kLongestUsualKey = 80;  // an id and a member's name

inline void append_part(Bytes& key, ByteView part) { append(key, part); }
template <FixedPart Part>
void append_part(Bytes& key, const Part& part) {
  append(key, key_of(part));
}

template <class... Parts>
Bytes key_of(const Parts&... parts) {
  Bytes key;
  key.reserve(kLongestUsualKey);
  (append_part(key, parts), ...);
  return key;
}

// The integer of a key (or value) of exactly its size; nullopt: the row is not what it should be.
template <std::unsigned_integral Integer>
std::optional<Integer> integer_of(ByteView key) {
  if (key.size() != sizeof(Integer)) return std::nullopt;
  return get_be<Integer>(key.data());
}

}  // namespace steelyard::store
