#include "broker/digest_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "core/crypto/random.h"

namespace steelyard::broker {
namespace {

TEST(DigestIndex, FindsWhatIsInItWhateverElseWasErased) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  DigestIndex<const int> index(random());
  std::vector<int> values(4'000);
  std::map<std::size_t, Digest> in;
  const auto stands = [&](std::size_t i, const Digest& digest) {
    return index.find(digest, [&](const int& one) { return &one == &values[i]; }) == &values[i];
  };
  for (int round = 0; round < 40'000; ++round) {
    const std::size_t i = random() % values.size();
    if (const auto found = in.find(i); found != in.end()) {
      ASSERT_TRUE(stands(i, found->second));
      index.erase(found->second, &values[i]);
      ASSERT_FALSE(stands(i, found->second));
      in.erase(found);
    } else {
      Digest digest = crypto::random<Digest>();
      digest.octets[0] = static_cast<std::uint8_t>(random() % 2);
      for (std::size_t k = 1; k < 7; ++k) digest.octets[k] = 0;  // many of them collide
      index.insert(digest, &values[i]);
      in.emplace(i, digest);
    }
    ASSERT_EQ(index.size(), in.size());
  }
  for (const auto& [i, digest] : in) EXPECT_TRUE(stands(i, digest));
}

TEST(DigestIndex, ErasesNothingThatIsNotThere) {
  DigestIndex<const int> index(1);
  const int one = 1, other = 2;
  const Digest digest = crypto::random<Digest>();
  index.erase(digest, &one);
  index.insert(digest, &one);
  index.erase(digest, &other);
  EXPECT_EQ(index.size(), 1U);
  EXPECT_EQ(index.find(digest, [](const int&) { return true; }), &one);
  EXPECT_EQ(index.find(crypto::random<Digest>(), [](const int&) { return true; }), nullptr);
}

}  // namespace
}  // namespace steelyard::broker
