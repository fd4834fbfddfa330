#include "schemas/codec.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "schemas/errors.h"
#include "schemas/test_values.h"

namespace steelyard::schemas {
namespace {

using namespace testing;

// What decodes is well formed: it encodes, and that decodes to the same.
template <class T>
::testing::AssertionResult well_formed_or_malformed(ByteView bytes) {
  const auto value = decode<T>(bytes);
  if (!value) {
    if (value.error().kind == ErrorKind::kFix && value.error().code == code::malformed)
      return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << "another error: " << value.error().what;
  }
  const auto again = decode<T>(encode(*value));
  if (!again) return ::testing::AssertionFailure() << "encodes to what does not decode: " << again.error().what;
  // By bytes: a flipped bit may have made a NaN, which equals nothing.
  if (encode(*again) != encode(*value)) return ::testing::AssertionFailure() << "does not survive a second trip";
  return ::testing::AssertionSuccess();
}

TEST(Codec, KnownValuesComeBack) {
  for_each_known([]<class T>(const std::string& name, const T& value) {
    const auto decoded = decode<T>(encode(value));
    ASSERT_TRUE(decoded) << name << ": " << decoded.error().what;
    EXPECT_TRUE(*decoded == value) << name;
  });
}

TEST(Codec, DecodesFromAnyAlignment) {
  for_each_known([]<class T>(const std::string& name, const T& value) {
    const Bytes bytes = encode(value);
    for (std::size_t shift = 0; shift < 8; ++shift) {
      Bytes shifted(shift, 0xee);
      append(shifted, bytes);
      const auto decoded = decode<T>(ByteView(shifted).subspan(shift));
      ASSERT_TRUE(decoded) << name << " at " << shift << ": " << decoded.error().what;
      EXPECT_TRUE(*decoded == value) << name;
    }
  });
}

TEST(Codec, TruncatedOrExtendedBytesAreMalformed) {
  for_each_known([]<class T>(const std::string& name, const T& value) {
    Bytes bytes = encode(value);
    for (std::size_t size = 0; size < bytes.size(); ++size)
      ASSERT_FALSE(decode<T>(ByteView(bytes).first(size))) << name << " cut to " << size;
    bytes.push_back(0);
    ASSERT_FALSE(decode<T>(bytes)) << name << " with an octet more";
  });
}

TEST(Codec, OneChangedOctetNeverGetsPastTheChecks) {
  for_each_known([]<class T>(const std::string& name, const T& value) {
    Bytes bytes = encode(value);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      const std::uint8_t was = bytes[at];
      for (const unsigned change : {0x01U, 0x02U, 0x04U, 0x08U, 0x10U, 0x20U, 0x40U, 0x80U, 0xffU, 0x7fU}) {
        bytes[at] = static_cast<std::uint8_t>(was ^ change);
        ASSERT_TRUE(well_formed_or_malformed<T>(bytes)) << name << " octet " << at << " changed by " << change;
      }
      bytes[at] = was;
    }
  });
}

TEST(Codec, ManyChangedOctetsNeverGetPastTheChecks) {
  Random random(test_seed());
  for_each_known([&random]<class T>(const std::string& name, const T& value) {
    const Bytes good = encode(value);
    for (int round = 0; round < 3'000; ++round) {
      Bytes bytes = good;
      for (std::uint64_t left = 1 + random.below(6); left > 0; --left)
        bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
      ASSERT_TRUE(well_formed_or_malformed<T>(bytes)) << name << " " << to_hex(bytes);
    }
  });
}

template <class T>
void random_values_come_back(std::uint64_t seed, int rounds) {
  Random random(seed);
  for (int round = 0; round < rounds; ++round) {
    T value;
    random.fill(value);
    const auto decoded = decode<T>(encode(value));
    ASSERT_TRUE(decoded) << "round " << round << ": " << decoded.error().what;
    ASSERT_TRUE(*decoded == value) << "round " << round;
  }
}

TEST(Codec, RandomValuesComeBack) {
  const std::uint64_t seed = test_seed();
  random_values_come_back<Request>(seed, 300);
  random_values_come_back<Answer>(seed, 300);
  random_values_come_back<Event>(seed, 300);
  random_values_come_back<Grant>(seed, 300);
  random_values_come_back<RequestPayload>(seed, 200);
  random_values_come_back<AnswerPayload>(seed, 300);
  random_values_come_back<EventPayload>(seed, 200);
  random_values_come_back<Statement>(seed, 200);
}

TEST(Codec, NoTypeDecodesAsAnother) {
  for_each_known([]<class T>(const std::string& from, const T& value) {
    const Bytes bytes = encode(value);
    for_each_known([&]<class U>(const std::string& to, const U&) {
      if constexpr (!std::is_same_v<T, U>) {
        EXPECT_FALSE(decode<U>(bytes)) << from << " as " << to;
      }
    });
  });
}

// Bytes of version 1 as released. STEELYARD_GOLDEN_UPDATE=1 writes those that are missing and replaces the rest: only
// ever for a kind that no release knows yet.
TEST(Codec, GoldenBytesDecodeToTheKnownValues) {
  const bool update = std::getenv("STEELYARD_GOLDEN_UPDATE") != nullptr;
  for_each_known([update]<class T>(const std::string& name, const T& value) {
    const std::string path = "schemas/golden/" + name + ".hex";
    if (update) {
      std::ofstream out(path);
      const std::string hex = to_hex(encode(value));
      for (std::size_t at = 0; at < hex.size(); at += 112) out << hex.substr(at, 112) << "\n";
    }
    std::ifstream in(path);
    ASSERT_TRUE(in) << path << " is missing";
    std::string hex;
    for (std::string line; std::getline(in, line);) hex += line;
    const auto bytes = from_hex(hex);
    ASSERT_TRUE(bytes) << path << ": " << bytes.error().what;
    const auto decoded = decode<T>(*bytes);
    ASSERT_TRUE(decoded) << path << ": " << decoded.error().what;
    EXPECT_TRUE(*decoded == value) << path;
  });
}

}  // namespace
}  // namespace steelyard::schemas
