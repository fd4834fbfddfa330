#include "policy/value.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

namespace steelyard::policy {
namespace {

Value number(std::int64_t n) { return Value::integer(n); }
Value text(const char* s) { return Value::string(s); }

TEST(Value, SetsHaveNoOrderAndNoDuplicates) {
  const Value a = Value::set({number(2), text("x"), number(1), number(2)});
  const Value b = Value::set({text("x"), number(1), number(2)});
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.hash(), b.hash());
  EXPECT_EQ(a.as_set().size(), 3u);
  EXPECT_TRUE(a.contains(text("x")));
  EXPECT_FALSE(a.contains(text("2")));
}

TEST(Value, RecordsHaveNoOrderAndTheLastOfEqualNamesStays) {
  const Value a = Value::record({{"b", number(1)}, {"a", number(2)}, {"b", number(3)}});
  EXPECT_EQ(a, Value::record({{"a", number(2)}, {"b", number(3)}}));
  EXPECT_EQ(*a.find("b"), number(3));
  EXPECT_EQ(a.find("c"), nullptr);
}

TEST(Value, TypesAreNeverEqual) {
  EXPECT_NE(number(1), Value::boolean(true));
  EXPECT_NE(Value::datetime({5}), Value::duration({5}));
  EXPECT_NE(Value::set({}), Value::record({}));
  EXPECT_NE(Value::entity(EntityUid("A", "x")), text("x"));
}

TEST(Value, EntitiesAreEqualByTypeAndId) {
  EXPECT_EQ(EntityUid("A", "x"), EntityUid("A", "x"));
  EXPECT_NE(EntityUid("A", "x"), EntityUid("B", "x"));
  EXPECT_FALSE(EntityUid("A", "x") < EntityUid("A", "x"));
  EXPECT_NE(EntityUid("A", "bc"), EntityUid("Ab", "c"));
}

// What one thread makes, another one may be dropping at that moment.
TEST(Value, EntitiesMadeByManyThreadsAtOnceAreEqual) {
  constexpr int kThreads = 4, kRounds = 20'000;
  std::atomic<int> different{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&different] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string id = std::to_string(round % 3);
        const EntityUid one("T", id), other("T", id);
        if (!(one == other) || one.id() != id || one.hash() != other.hash()) ++different;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(different, 0);
}

TEST(Value, SourcesAreStableAndQuoted) {
  EXPECT_EQ(to_source(Value::entity(EntityUid("N::A", "a\"b\n\x01"))), "N::A::\"a\\\"b\\n\\u{1}\"");
  EXPECT_EQ(to_source(Value::set({text("b"), text("a")})), "[\"a\", \"b\"]");
  EXPECT_EQ(to_source(Value::record({{"if", number(1)}, {"a", Value::boolean(true)}})), "{a: true, \"if\": 1}");
  EXPECT_EQ(to_source(Value::datetime({0})), "datetime(\"1970-01-01T00:00:00.000Z\")");
}

TEST(ValueDeathTest, AskingForAnotherTypeAborts) { EXPECT_DEATH((void)number(1).as_string(), "type"); }

}  // namespace
}  // namespace steelyard::policy
