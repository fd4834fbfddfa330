#include "broker/flat_index.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace steelyard::broker {
namespace {

TEST(FlatIndex, FindsWhatIsInItWhateverElseWasErased) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  FlatIndex<const int> index;
  std::vector<int> values(4'000);
  std::map<std::size_t, std::uint64_t> in;
  const auto stands = [&](std::size_t i, std::uint64_t hash) {
    return index.find(hash, [&](const int& one) { return &one == &values[i]; }) == &values[i];
  };
  for (int round = 0; round < 40'000; ++round) {
    const std::size_t i = random() % values.size();
    if (const auto found = in.find(i); found != in.end()) {
      ASSERT_TRUE(stands(i, found->second));
      ASSERT_TRUE(index.erase(found->second, &values[i]));
      ASSERT_FALSE(stands(i, found->second));
      in.erase(found);
    } else {
      const std::uint64_t hash = random() % 512 << 55;  // many of them collide
      index.insert(hash, &values[i]);
      in.emplace(i, hash);
    }
    ASSERT_EQ(index.size(), in.size());
  }
  for (const auto& [i, hash] : in) EXPECT_TRUE(stands(i, hash));
}

TEST(FlatIndex, ErasesNothingThatIsNotThere) {
  FlatIndex<const int> index;
  const int one = 1, other = 2;
  EXPECT_FALSE(index.erase(7, &one));
  index.insert(7, &one);
  EXPECT_FALSE(index.erase(7, &other));
  EXPECT_EQ(index.size(), 1U);
  EXPECT_EQ(index.find(7, [](const int&) { return true; }), &one);
  EXPECT_EQ(index.find(8, [](const int&) { return true; }), nullptr);
}

}  // namespace
}  // namespace steelyard::broker
