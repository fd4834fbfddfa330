#include "policy/entity_json.h"

#include <gtest/gtest.h>

namespace steelyard::policy {
namespace {

std::string error_of(std::string_view text) {
  const auto entities = entities_from_json(text);
  return entities ? "" : entities.error().what;
}

TEST(EntityJson, ReadsEntitiesWithEscapes) {
  const auto entities = entities_from_json(R"([
    {"uid": {"__entity": {"type": "User", "id": "a"}}, "parents": [{"type": "Group", "id": "g"}],
     "attrs": {"boss": {"__entity": {"type": "User", "id": "b"}}, "n": -9223372036854775808,
               "plain": {"type": "User", "id": "b"}, "set": [1, 1],
               "from": {"__extn": {"fn": "ip", "arg": "10.0.0.1"}},
               "later": {"__extn": {"fn": "offset", "args": [{"__extn": {"fn": "datetime", "arg": "1970-01-01"}},
                                                              {"__extn": {"fn": "duration", "arg": "1s"}}]}}},
     "tags": {"t": true}}])");
  ASSERT_TRUE(entities) << entities.error().what;
  const auto* user = entities->find(EntityUid("User", "a"));
  ASSERT_NE(user, nullptr);
  EXPECT_TRUE(user->is_in(EntityUid("Group", "g")));
  EXPECT_EQ(user->attributes.find("boss")->as_entity(), EntityUid("User", "b"));
  EXPECT_TRUE(user->attributes.find("plain")->is(Type::kRecord));
  EXPECT_EQ(user->attributes.find("set")->as_set().size(), 1u);
  EXPECT_EQ(user->attributes.find("later")->as_datetime().ms, 1'000);
  EXPECT_EQ(to_source(*user->attributes.find("from")), "ip(\"10.0.0.1\")");
  EXPECT_EQ(*user->tags.find("t"), Value::boolean(true));
}

TEST(EntityJson, ErrorsNameTheEntityAndTheAttribute) {
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A", "id": "x"}, "attrs": {"n": null}, "parents": []}])")
                .find("entity `A::\"x\"`: attribute `n`: "),
            0u);
  EXPECT_NE(error_of(R"([{"uid": {"type": "A", "id": "x"}, "attrs": {"n": 1.5}, "parents": []}])"), "");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A", "id": "x"}, "parents": []}])"),
            "entity `A::\"x\"`: missing key `attrs`");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "A", "id": "x"}, "attrs": {}}])"),
            "entity `A::\"x\"`: missing key `parents`");
  EXPECT_EQ(error_of(R"([{"uid": {"type": "Action", "id": "x"}, "attrs": {}, "parents": [{"type": "B", "id": "y"}]}])"),
            "entity `Action::\"x\"`: an action can be in actions only");
  EXPECT_NE(error_of(R"([{"uid": {"type": "A"}, "attrs": {}, "parents": []}])"), "");
  EXPECT_NE(error_of(R"([{"uid": {"type": "A", "id": "x"}, "attrs": {"f": {"__extn": {"fn": "now", "arg": "x"}}},
                          "parents": []}])"),
            "");
}

TEST(EntityJson, OneMayStandTwiceIfItIsTheSame) {
  const auto twice = [](const std::string& second) {
    return error_of(
        R"([{"uid": {"type": "A", "id": "x"}, "attrs": {"a": [1, 2]}, "parents": [{"type": "B", "id": "y"}]},)" +
        second + "]");
  };
  EXPECT_EQ(
      twice(R"({"uid": {"type": "A", "id": "x"}, "attrs": {"a": [2, 1]}, "parents": [{"type": "B", "id": "y"}]})"), "");
  EXPECT_EQ(twice(R"({"uid": {"type": "A", "id": "x"}, "attrs": {"a": [1]}, "parents": [{"type": "B", "id": "y"}]})"),
            "entity `A::\"x\"` stands twice, and not the same");
  EXPECT_NE(twice(R"({"uid": {"type": "A", "id": "x"}, "attrs": {"a": [1, 2]}, "parents": []})"), "");
}

TEST(EntityJson, WhatIsInOneIsInAllThatItIsIn) {
  const auto entity = [](int n, const std::string& parents) {
    return R"({"uid":{"type":"A","id":")" + std::to_string(n) + R"("},"attrs":{},"parents":[)" + parents + "]}";
  };
  const auto parent = [](int n) { return R"({"type":"A","id":")" + std::to_string(n) + R"("})"; };
  const auto chain = [&](int length) {
    std::string text = "[";
    for (int n = 0; n < length; ++n) text += entity(n, parent(n + 1)) + ",";
    return text;
  };
  const auto entities = entities_from_json(chain(1'000) + entity(1'000, "") + "]");
  ASSERT_TRUE(entities) << entities.error().what;
  EXPECT_TRUE(entities->in(EntityUid("A", "0"), EntityUid("A", "1000")));
  EXPECT_EQ(error_of(chain(1'000) + entity(1'000, parent(1'000)) + "]"),
            "`A::\"1000\"` would be its own ancestor through its parent `A::\"1000\"`");
  EXPECT_EQ(error_of(chain(2) + entity(2, parent(0)) + "]"),
            "`A::\"2\"` would be its own ancestor through its parent `A::\"0\"`");
  EXPECT_NE(error_of(chain(10'000) + entity(10'000, "") + "]").find("ancestors together"), std::string::npos);
}

TEST(EntityJson, EscapesStandAloneAndHaveTheirForm) {
  const auto value = [](const char* text) { return to_source(*value_from_json(*json::parse(text))); };
  EXPECT_EQ(value(R"({"__entity": {"type": "A", "id": "x", "more": 1}})"), "A::\"x\"");
  EXPECT_EQ(value(R"({"__entity": {"type": "A", "id": "x"}, "more": 1})"),
            "{__entity: {id: \"x\", type: \"A\"}, more: 1}");
  EXPECT_EQ(value(R"({"__entity": "A"})"), "{__entity: \"A\"}");
  EXPECT_EQ(value(R"({"__extn": {"fn": "decimal"}})"), "{__extn: {fn: \"decimal\"}}");
  EXPECT_FALSE(value_from_json(*json::parse(R"({"__expr": "1"})")));
}

// Found by fuzz-json: such an entity printed as a text that is no Cedar, and no policy could name it.
TEST(EntityJson, ATypeThatNoPolicyCouldWriteIsRefused) {
  const auto with_type = [](const std::string& type) {
    return error_of(R"([{"uid": {"type": ")" + type + R"(", "id": "x"}, "attrs": {}, "parents": []}])");
  };
  for (const char* good : {"A", "A::B", "__a1::b_2::C"}) EXPECT_EQ(with_type(good), "") << good;
  for (const char* bad : {"", "A ", " A", "A:: B", "A::", "::A", "A:B", "A//x", "1a", "A::if", "true", "A::\"x\""})
    EXPECT_NE(with_type(bad), "") << bad;
}

}  // namespace
}  // namespace steelyard::policy
