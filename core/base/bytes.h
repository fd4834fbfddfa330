// Bytes: owned octets, ByteView: borrowed octets, Digest: 32 octets of a suite's hash.
//
// A ByteView never outlives what it borrows from; functions that keep bytes take Bytes.
// Integers on wires and in files are little-endian unless a format says otherwise; LMDB keys are big-endian so that
// they sort by number.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace steelyard {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
inline Bytes to_bytes(ByteView view) { return {view.begin(), view.end()}; }
inline void append(Bytes& to, ByteView more) { to.insert(to.end(), more.begin(), more.end()); }
inline bool equal(ByteView a, ByteView b) {
  return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

// Fixed octets with a meaning of their own; Tag keeps digests, ids and salts apart.
template <class Tag, std::size_t N>
struct FixedBytes {
  static constexpr std::size_t kSize = N;
  std::array<std::uint8_t, N> octets{};

  auto operator<=>(const FixedBytes&) const = default;
  ByteView view() const { return octets; }
  bool is_zero() const {
    for (auto octet : octets)
      if (octet != 0) return false;
    return true;
  }
  static Result<FixedBytes> from(ByteView bytes) {
    if (bytes.size() != N)
      return fail(ErrorKind::kFix, "expected " + std::to_string(N) + " octets, got " + std::to_string(bytes.size()));
    FixedBytes value;
    std::memcpy(value.octets.data(), bytes.data(), N);
    return value;
  }
};

using Digest = FixedBytes<struct DigestTag, 32>;  // a suite's hash, whole or truncated to 256 bits
using Commitment = FixedBytes<struct CommitmentTag, 32>;
using Salt = FixedBytes<struct SaltTag, 16>;              // of an entry
using PlainSalt = FixedBytes<struct PlainSaltTag, 32>;    // of a sealed plaintext
using ExchangeId = FixedBytes<struct ExchangeIdTag, 16>;  // UUIDv7 (RFC 9562 §5.7), octets in network order
using KeyId = FixedBytes<struct KeyIdTag, 8>;             // see docs/formats/keys.md

std::string to_hex(ByteView bytes);
Result<Bytes> from_hex(std::string_view hex);      // lower or upper case, even length
std::string to_base64(ByteView bytes);             // RFC 4648 §4, padded
Result<Bytes> from_base64(std::string_view text);  // strict: padding required, no white space
std::string to_text(const ExchangeId& id);         // 8-4-4-4-12
Result<ExchangeId> exchange_id_from_text(std::string_view text);

// Little-endian writers and readers over any contiguous octets. Readers check nothing: check the size first.
template <class Integer>
void put_le(Bytes& to, Integer value) {
  std::array<std::uint8_t, sizeof(Integer)> octets;
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    octets[i] = static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i));
  to.insert(to.end(), octets.begin(), octets.end());
}
template <class Integer>
Integer get_le(const std::uint8_t* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  return static_cast<Integer>(value);
}
template <class Integer>
void put_be(Bytes& to, Integer value) {
  for (std::size_t i = sizeof(Integer); i-- > 0;)
    to.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> (8 * i)));
}
template <class Integer>
Integer get_be(const std::uint8_t* from) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value = value << 8 | from[i];
  return static_cast<Integer>(value);
}

struct FixedBytesHash {  // for unordered containers of uniformly distributed octets only
  template <class Tag, std::size_t N>
  std::size_t operator()(const FixedBytes<Tag, N>& value) const {
    std::size_t hash = 0;
    std::memcpy(&hash, value.octets.data() + N - sizeof(hash), sizeof(hash));
    return hash;
  }
};

}  // namespace steelyard
