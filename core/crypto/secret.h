// Secrets in memory: octets that are wiped when they go, and comparison that takes the same time wherever it differs.
//
// Owns: SecretBytes owns its octets; it moves, and copies only when asked by `copy`.
// Threads: thread-compatible.
// Errors: none.
#pragma once

#include <cstddef>

#include "core/base/bytes.h"

namespace steelyard::crypto {

// The time depends on the sizes alone. Different sizes are unequal.
bool equal_constant_time(ByteView a, ByteView b);

// Overwrites in a way that no optimiser removes.
void cleanse(void* octets, std::size_t size);

class SecretBytes {
 public:
  SecretBytes() = default;
  explicit SecretBytes(std::size_t size) : octets_(size) {}
  explicit SecretBytes(ByteView from) : octets_(from.begin(), from.end()) {}
  // Takes the buffer over, so that no second copy is left behind.
  explicit SecretBytes(Bytes&& from) : octets_(std::move(from)) {}
  SecretBytes(SecretBytes&& other) noexcept : octets_(std::move(other.octets_)) {}
  SecretBytes& operator=(SecretBytes&& other) noexcept;
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  ~SecretBytes() { wipe(); }

  SecretBytes copy() const { return SecretBytes(view()); }
  ByteView view() const { return octets_; }
  std::uint8_t* data() { return octets_.data(); }
  const std::uint8_t* data() const { return octets_.data(); }
  std::size_t size() const { return octets_.size(); }
  bool empty() const { return octets_.empty(); }

 private:
  void wipe();

  Bytes octets_;
};

}  // namespace steelyard::crypto
