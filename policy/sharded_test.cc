#include "policy/sharded.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace steelyard::policy {
namespace {

struct Key {
  std::uint64_t number = 0;  // 0 stands for no key at all
  bool operator==(const Key&) const = default;
  std::uint64_t hash() const { return number % 5 * 0x1000'0000'0000'0000 + number % 3; }  // few places for many
};
struct Content : Counted {
  std::uint64_t value = 0;
};
using Table = Sharded<Key, Ref<Content>>;

void put(Table& table, std::uint64_t key, std::uint64_t value) {
  Ref<Content>& content = table.own({key});
  if (!content) content = Ref<Content>(new Content);
  content.own().value = value;
}
using Model = std::map<std::uint64_t, std::uint64_t>;

void expect_same(const Table& table, const Model& model, std::uint64_t keys) {
  ASSERT_EQ(table.size(), model.size());
  for (std::uint64_t key = 1; key <= keys; ++key) {
    const Ref<Content>* found = table.find({key});
    const auto wanted = model.find(key);
    ASSERT_EQ(found != nullptr, wanted != model.end()) << key;
    if (found != nullptr) {
      ASSERT_EQ((*found)->value, wanted->second) << key;
    }
  }
  std::size_t visited = 0;
  table.for_each([&visited](const Ref<Content>&) { ++visited; });
  ASSERT_EQ(visited, model.size());
}

TEST(Sharded, CopiesStayAsTheyAreWhileTheTableGoesOnChanging) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  constexpr std::uint64_t kKeys = 60;
  Table table;
  Model model;
  std::vector<std::pair<Table, Model>> copies;
  for (int change = 0; change < 2'000; ++change) {
    const std::uint64_t key = 1 + random() % kKeys;
    if (random() % 3 == 0) {
      table.erase({key});
      model.erase(key);
    } else {
      put(table, key, model[key] = random());
    }
    if (random() % 100 == 0) copies.emplace_back(table, model);
    if (change % 50 == 0) expect_same(table, model, kKeys);
  }
  expect_same(table, model, kKeys);
  for (const auto& [copy, as_it_was] : copies) expect_same(copy, as_it_was, kKeys);
}

TEST(Sharded, WhatNobodySharesStaysWhereItIs) {
  Table table;
  put(table, 1, 0);
  const Content* at = table.find({1})->get();
  for (std::uint64_t key = 2; key < 100; ++key) put(table, key, key);
  put(table, 1, 5);
  EXPECT_EQ(table.find({1})->get(), at);
  {
    const Table copy = table;
    put(table, 1, 7);
    EXPECT_EQ(copy.find({1})->get(), at);
    EXPECT_EQ(at->value, 5u);
  }
  EXPECT_EQ((*table.find({1}))->value, 7u);
  EXPECT_EQ((*table.find({99}))->value, 99u);
}

}  // namespace
}  // namespace steelyard::policy
