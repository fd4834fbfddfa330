// Keys that sort by number: big-endian parts, put together in order.
//
//   Bytes key = key_of(std::uint64_t{17});            // 8 octets
//   Bytes key = key_of(id.view(), std::uint16_t{3});  // octets, then 2 octets
#pragma once

#include <concepts>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/ids.h"

namespace steelyard::store {

template <std::unsigned_integral Integer>
void add_to_key(Bytes& key, Integer part) {
  put_be(key, part);
}
template <class Tag, class Rep>
void add_to_key(Bytes& key, Number<Tag, Rep> part) {
  put_be(key, part.value);
}
inline void add_to_key(Bytes& key, ByteView part) { append(key, part); }

template <std::unsigned_integral Integer>
constexpr std::size_t size_in_key(Integer) {
  return sizeof(Integer);
}
template <class Tag, class Rep>
constexpr std::size_t size_in_key(Number<Tag, Rep>) {
  return sizeof(Rep);
}
inline std::size_t size_in_key(ByteView part) { return part.size(); }

template <class... Parts>
Bytes key_of(const Parts&... parts) {
  Bytes key;
  key.reserve((size_in_key(parts) + ...));
  (add_to_key(key, parts), ...);
  return key;
}

// The integer of a key (or value) of exactly its size; nullopt: the row is not what it should be.
template <std::unsigned_integral Integer>
std::optional<Integer> integer_of(ByteView key) {
  if (key.size() != sizeof(Integer)) return std::nullopt;
  return get_be<Integer>(key.data());
}

}  // namespace steelyard::store
