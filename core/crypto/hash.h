// Hasher: a suite's hash over pieces, to 32 octets. Holds its whole state in place: no allocation, copyable midway.
//
// Threads: one thread owns a Hasher.
// Errors: none; add after finish is our own mistake and aborts.
// Format: SHA-256, or the first 32 octets of SHA-384.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>

#include "core/base/bytes.h"
#include "core/crypto/suite.h"

namespace steelyard::crypto {

class Hasher {
 public:
  explicit Hasher(const Suite& suite) : Hasher(suite.hash) {}
  explicit Hasher(HashId hash);

  Hasher& add(ByteView octets);
  Hasher& add(std::string_view text) { return add(as_bytes(text)); }
  Hasher& add_octet(std::uint8_t octet) { return add(ByteView{&octet, 1}); }
  Digest finish();  // once

 private:
  static constexpr std::size_t kStateBytes = 216;  // the larger of the two states

  HashId hash_;
  bool finished_ = false;
  alignas(8) std::array<std::uint8_t, kStateBytes> state_;
};

Digest hash(const Suite& suite, std::initializer_list<ByteView> parts);
Digest hash(const Suite& suite, ByteView octets);
// Of each input its digest, to the place of the same number. Several at once where the processor can: of inputs above
// a hundred octets it takes half as long as one after the other (docs/decisions/0011).
void hash_each(const Suite& suite, std::span<const ByteView> inputs, std::span<Digest> digests);

// HMAC-SHA256 in every suite: for tables that never leave one process's own disk.
Digest keyed_hash(ByteView key, ByteView data);

}  // namespace steelyard::crypto
