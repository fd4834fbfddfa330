#include "core/crypto/hash.h"

#include <openssl/evp.h>

#include <gtest/gtest.h>

#include <random>
#include <thread>

#include "core/crypto/random.h"

namespace steelyard::crypto {
namespace {

const Suite& standard() { return suite(SuiteId::kStandard); }
const Suite& second() { return suite(SuiteId::kTestSecond); }

TEST(Hash, KnownAnswers) {
  EXPECT_EQ(to_hex(hash(standard(), as_bytes("abc")).view()),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hash(standard(), ByteView{}).view()),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(hash(second(), as_bytes("abc")).view()),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed");
}

TEST(Hash, PiecesGiveTheSameAsTheWholeAndAsEvp) {
  Bytes data(1'000);
  random_bytes(data);
  for (std::size_t cut = 0; cut <= data.size(); cut += 37) {
    const ByteView whole(data);
    for (const Suite* row : {&standard(), &second()})
      EXPECT_EQ(hash(*row, {whole.first(cut), whole.subspan(cut)}), hash(*row, whole));
  }
  std::uint8_t expected[EVP_MAX_MD_SIZE];
  ASSERT_EQ(EVP_Digest(data.data(), data.size(), expected, nullptr, EVP_sha256(), nullptr), 1);
  EXPECT_TRUE(equal(hash(standard(), data).view(), ByteView(expected, 32)));
  ASSERT_EQ(EVP_Digest(data.data(), data.size(), expected, nullptr, EVP_sha384(), nullptr), 1);
  EXPECT_TRUE(equal(hash(second(), data).view(), ByteView(expected, 32)));
}

TEST(Hash, EachOfManyGivesTheSameAsAlone) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (const Suite* row : {&standard(), &second()}) {
    for (std::size_t round = 0; round < 300; ++round) {
      std::vector<Bytes> data(round < 2 ? round : random() % 600);
      for (Bytes& one : data) {
        one.resize(random() % 3 == 0 ? random() % 5'000 : random() % 200);
        random_bytes(one);
      }
      const std::vector<ByteView> inputs(data.begin(), data.end());
      std::vector<Digest> digests(inputs.size());
      hash_each(*row, inputs, digests);
      for (std::size_t i = 0; i < inputs.size(); ++i)
        ASSERT_EQ(digests[i], hash(*row, inputs[i])) << i << " of " << inputs.size() << ", " << inputs[i].size();
    }
  }
}

TEST(Hash, EachOfManyFindsEveryLength) {
  const Bytes data(700, 'x');
  std::vector<ByteView> inputs;
  for (std::size_t size = 0; size <= data.size(); ++size) inputs.push_back(ByteView(data).first(size));
  std::vector<Digest> digests(inputs.size());
  hash_each(standard(), inputs, digests);
  for (std::size_t i = 0; i < inputs.size(); ++i) ASSERT_EQ(digests[i], hash(standard(), inputs[i])) << i;
}

TEST(Hash, ThreadsHashManyBesideEachOther) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([t] {
      const Bytes data(1'000, static_cast<std::uint8_t>(t));
      const std::vector<ByteView> inputs(61, ByteView(data));
      for (int round = 0; round < 50; ++round) {
        std::vector<Digest> digests(inputs.size());
        hash_each(standard(), inputs, digests);
        for (const Digest& digest : digests) ASSERT_EQ(digest, hash(standard(), data));
      }
    });
  for (auto& thread : threads) thread.join();
}

TEST(Hash, CopiesGoOnByThemselves) {
  Hasher head(standard());
  head.add("steelyard");
  Hasher copy = head;
  EXPECT_EQ(copy.add("/x").finish(), hash(standard(), as_bytes("steelyard/x")));
  EXPECT_EQ(head.add("/y").finish(), hash(standard(), as_bytes("steelyard/y")));
}

TEST(HashDeathTest, NothingIsAddedAfterFinish) {
  Hasher hasher(standard());
  hasher.finish();
  EXPECT_DEATH(hasher.add("more"), "finished_");
}

TEST(Hash, KeyedHashIsHmacOfRfc4231) {
  EXPECT_EQ(to_hex(keyed_hash(Bytes(20, 0x0b), as_bytes("Hi There")).view()),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(to_hex(keyed_hash(as_bytes("Jefe"), as_bytes("what do ya want for nothing?")).view()),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      to_hex(keyed_hash(Bytes(131, 0xaa), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First")).view()),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(to_hex(keyed_hash({}, {}).view()), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Suite, SecondRowIsFoundInTestsAlone) {
  EXPECT_EQ((*find_suite(1))->id, SuiteId::kStandard);
  EXPECT_FALSE(find_suite(0));
  EXPECT_FALSE(find_suite(2));
#ifdef STEELYARD_TEST_HOOKS
  EXPECT_TRUE(find_suite(0xF2));
#else
  EXPECT_FALSE(find_suite(0xF2));
#endif
}

TEST(Suite, AlgorithmsAreNamedBothWays) {
  for (std::uint8_t number = 1; number <= 5; ++number) {
    const auto algorithm = find_algorithm(number);
    ASSERT_TRUE(algorithm);
    EXPECT_EQ(*algorithm_of(name_of(*algorithm)), *algorithm);
  }
  EXPECT_FALSE(find_algorithm(0));
  EXPECT_FALSE(find_algorithm(6));
  EXPECT_FALSE(algorithm_of("rsa"));
}

}  // namespace
}  // namespace steelyard::crypto
