// Hashes inside the policy engine: for look-ups and for a cheap order, never stored and never on a wire.
//
// Nobody gains by colliding them: whatever a request brings is looked up by comparison or in maps that policies and
// statements filled. Threads: any. Errors: none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

namespace steelyard::policy {

inline std::size_t hash_text(std::string_view text) { return std::hash<std::string_view>{}(text); }

inline std::size_t mix_hash(std::size_t hash, std::size_t more) {
  std::uint64_t mixed = hash * 0x9E37'79B9'7F4A'7C15ULL + more;  // the golden ratio in 64 bits spreads neighbours
  mixed ^= mixed >> 32;
  mixed *= 0xD6E8'FEB8'6659'FD93ULL;
  mixed ^= mixed >> 32;
  return mixed;
}

// Of objects that are told apart by where they are; high and low bits are equally good.
inline std::uint64_t mix_identities(const void* a, const void* b = nullptr, const void* c = nullptr) {
  const auto number = [](const void* of) { return reinterpret_cast<std::uintptr_t>(of); };
  const std::uint64_t hash = number(a) * 0x9E37'79B9'7F4A'7C15ULL + number(b) * 0xD6E8'FEB8'6659'FD93ULL +
                             number(c) * 0xA076'1D64'78BD'642FULL;
  return hash ^ (hash >> 32);
}

}  // namespace steelyard::policy
