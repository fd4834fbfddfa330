// What the fuzzers share. Each states what must hold for whatever arrives; a breach aborts, as CHECK does.
//
// Threads: libFuzzer's one. Errors: none: a refusal is an answer like any other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/check.h"

namespace steelyard::fuzz {

// Eats an input from its front; what is missing is zero.
class Input {
 public:
  explicit Input(ByteView octets) : rest_(octets) {}

  ByteView rest() const { return rest_; }
  std::string_view text() const { return as_text(rest_); }

  ByteView take(std::size_t count) {
    const ByteView taken = rest_.first(count < rest_.size() ? count : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  template <class Integer>
  Integer number() {
    std::uint64_t value = 0;
    for (const std::uint8_t octet : take(sizeof(Integer))) value = value << 8 | octet;
    return static_cast<Integer>(value);
  }
  std::size_t below(std::size_t count) { return number<std::uint8_t>() % count; }  // count is at most 256

 private:
  ByteView rest_;
};

// The first octet chooses one of `readers`; the rest is its own. seeds.cc numbers them in the same order.
template <std::size_t N>
void choose(Input input, void (*const (&readers)[N])(Input)) {
  readers[input.below(N)](input);
}

}  // namespace steelyard::fuzz

// FUZZ(input) { ... }: one input.
#define FUZZ(input)                                                               \
  static void fuzz_one(::steelyard::fuzz::Input input);                           \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t n); \
  int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t n) {           \
    fuzz_one(::steelyard::fuzz::Input({data, n}));                                \
    return 0;                                                                     \
  }                                                                               \
  static void fuzz_one(::steelyard::fuzz::Input input)
