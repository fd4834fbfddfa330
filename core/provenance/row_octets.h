// Numbers and fixed octets of rows, written and read piece by piece. Private to this folder.
#pragma once

#include <algorithm>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace steelyard::provenance {

inline void put_u48(Bytes& to, std::uint64_t value) {
  for (int i = 0; i < 6; ++i) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
inline std::uint64_t get_u48(const std::uint8_t* from) {
  std::uint64_t value = 0;
  for (int i = 0; i < 6; ++i) value |= static_cast<std::uint64_t>(from[i]) << (8 * i);
  return value;
}

// Walks octets whose length was checked piece by piece.
class RowReader {
 public:
  explicit RowReader(ByteView octets) : octets_(octets) {}
  bool has(std::size_t n) const { return octets_.size() - at_ >= n; }
  bool at_end() const { return at_ == octets_.size(); }
  ByteView take(std::size_t n) {
    CHECK(has(n));
    at_ += n;
    return octets_.subspan(at_ - n, n);
  }
  template <class Fixed>
  Fixed fixed() {
    Fixed value;
    const ByteView from = take(value.octets.size());
    std::copy(from.begin(), from.end(), value.octets.begin());
    return value;
  }

 private:
  ByteView octets_;
  std::size_t at_ = 0;
};

}  // namespace steelyard::provenance
