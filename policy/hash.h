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

}  // namespace steelyard::policy
