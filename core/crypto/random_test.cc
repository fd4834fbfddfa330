#include "core/crypto/random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>
#include <vector>

namespace steelyard::crypto {
namespace {

TEST(Random, ExchangeIdCarriesItsMilliseconds) {
  const Instant now{1'795'426'948'123'456};
  const ExchangeId id = make_exchange_id(now);
  EXPECT_TRUE(is_uuid7(id));
  EXPECT_EQ(time_of(id).us, 1'795'426'948'123'000);
  EXPECT_EQ(time_of(make_exchange_id(Instant{0})).us, 0);
}

TEST(Random, Rfc9562ExampleIsRead) {
  const auto id = exchange_id_from_text("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  ASSERT_TRUE(id);
  EXPECT_TRUE(is_uuid7(*id));
  EXPECT_EQ(time_of(*id).us, 1'645'557'742'000'000);
}

TEST(Random, OtherVersionsAndVariantsAreNotUuid7) {
  ExchangeId id = make_exchange_id(Instant{1});
  id.octets[6] = 0x40 | (id.octets[6] & 0x0F);
  EXPECT_FALSE(is_uuid7(id));
  id = make_exchange_id(Instant{1});
  id.octets[8] |= 0xC0;
  EXPECT_FALSE(is_uuid7(id));
  EXPECT_FALSE(is_uuid7(ExchangeId{}));
}

TEST(Random, IdsOfOneMomentDiffer) {
  std::set<ExchangeId> seen;
  for (int i = 0; i < 1'000; ++i) seen.insert(make_exchange_id(Instant{5'000}));
  EXPECT_EQ(seen.size(), 1'000u);
  EXPECT_NE(random<Salt>(), random<Salt>());
}

// Small requests come from a store: neither what is left of it nor another thread's nor a child's may repeat.
TEST(Random, NoOctetsComeTwice) {
  std::set<Bytes> seen;
  const auto take = [&seen](std::size_t size) {
    Bytes octets(size);
    random_bytes(octets);
    return seen.insert(octets).second;
  };
  for (int i = 0; i < 500; ++i)
    for (const std::size_t size : {12u, 16u, 31u, 32u, 33u, 100u}) ASSERT_TRUE(take(size));
  std::vector<Salt> others(64);
  std::thread([&others] {
    for (Salt& salt : others) salt = random<Salt>();
  }).join();
  for (const Salt& salt : others) EXPECT_TRUE(seen.insert(to_bytes(salt.view())).second);
}

TEST(Random, AChildDrawsItsOwn) {
  random<Salt>();  // the store is filled
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Salt salt = random<Salt>();
    _exit(write(ends[1], salt.octets.data(), Salt::kSize) == static_cast<ssize_t>(Salt::kSize) ? 0 : 1);
  }
  Salt of_child;
  ASSERT_EQ(read(ends[0], of_child.octets.data(), Salt::kSize), static_cast<ssize_t>(Salt::kSize));
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_NE(of_child, random<Salt>());
  close(ends[0]);
  close(ends[1]);
}

}  // namespace
}  // namespace steelyard::crypto
