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
  EXPECT_NE(error_of(R"([{"uid": {"type": "A", "id": "x"}, "attrs": {}, "parents": []},
                         {"uid": {"type": "A", "id": "x"}, "attrs": {}, "parents": []}])"),
            "");
  EXPECT_NE(error_of(R"([{"uid": {"type": "A"}, "attrs": {}, "parents": []}])"), "");
  EXPECT_NE(error_of(R"([{"uid": {"type": "A", "id": "x"}, "attrs": {"f": {"__extn": {"fn": "now", "arg": "x"}}},
                          "parents": []}])"),
            "");
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
