#include "policy/validation/subtyping.h"

#include <gtest/gtest.h>

namespace steelyard::policy::validation {
namespace {

using Kind = CedarType::Kind;

const CedarType kBool = CedarType::simple(Kind::kBool);
const CedarType kLong = CedarType::simple(Kind::kLong);
const CedarType kString = CedarType::simple(Kind::kString);
const CedarType kNever = CedarType::simple(Kind::kNever);
const CedarType kAny = CedarType::simple(Kind::kAnyEntity);
const CedarType kUser = CedarType::entity("User");
const CedarType kTeam = CedarType::entity("Team");

std::string bound(const CedarType& a, const CedarType& b, Mode mode) {
  auto found = least_upper_bound(a, b, mode);
  if (found) return to_text(*found);
  switch (found.error()) {
    case Mismatch::kUnrelated: return "unrelated";
    case Mismatch::kEntities: return "entities";
    case Mismatch::kAttributes: return "attributes";
    case Mismatch::kOptional: return "optional";
  }
  return "";
}

TEST(Subtyping, TrueAndFalseAreBooleansAndNeverIsEverything) {
  EXPECT_TRUE(is_subtype(CedarType::boolean(true), kBool, Mode::kStrict));
  EXPECT_FALSE(is_subtype(kBool, CedarType::boolean(true), Mode::kStrict));
  EXPECT_FALSE(is_subtype(CedarType::boolean(false), CedarType::boolean(true), Mode::kStrict));
  EXPECT_TRUE(is_subtype(kNever, kUser, Mode::kStrict));
  EXPECT_TRUE(is_subtype(CedarType::set(kNever), CedarType::set(kLong), Mode::kStrict));
  EXPECT_EQ(bound(CedarType::boolean(true), CedarType::boolean(false), Mode::kStrict), "Bool");
  EXPECT_EQ(bound(CedarType::boolean(true), CedarType::boolean(true), Mode::kStrict), "true");
}

TEST(Subtyping, UnrelatedTypesHaveNoCommonOne) {
  for (const Mode mode : {Mode::kStrict, Mode::kPermissive}) {
    EXPECT_EQ(bound(kLong, kString, mode), "unrelated");
    EXPECT_EQ(bound(kUser, CedarType::record({}), mode), "unrelated");
    EXPECT_EQ(bound(CedarType::set(kLong), CedarType::set(kString), mode), "unrelated");
  }
}

TEST(Subtyping, EntitiesOfTwoTypesStandTogetherOnlyPermissively) {
  EXPECT_EQ(bound(kUser, kTeam, Mode::kStrict), "entities");
  EXPECT_EQ(bound(kUser, kTeam, Mode::kPermissive), "Team or User");
  EXPECT_EQ(bound(CedarType::set(kUser), CedarType::set(kTeam), Mode::kPermissive), "Set<Team or User>");
  EXPECT_EQ(bound(kUser, kAny, Mode::kPermissive), "any entity");
  EXPECT_TRUE(is_subtype(kUser, CedarType::one_of({"User", "Team"}), Mode::kPermissive));
  EXPECT_FALSE(is_subtype(CedarType::one_of({"User", "Team"}), kUser, Mode::kPermissive));
  EXPECT_FALSE(is_subtype(kUser, kAny, Mode::kStrict));
}

TEST(Subtyping, StrictRecordsHaveTheSameAttributes) {
  const CedarType one = CedarType::record({{"a", kLong}});
  EXPECT_EQ(bound(one, CedarType::record({{"a", kLong}, {"b", kLong}}), Mode::kStrict), "attributes");
  EXPECT_EQ(bound(one, CedarType::record({{"a", kLong, false}}), Mode::kStrict), "optional");
  EXPECT_EQ(bound(one, CedarType::record({{"a", kString}}), Mode::kStrict), "unrelated");
  const auto flag = [](bool value) { return CedarType::record({{"a", CedarType::boolean(value)}}); };
  EXPECT_EQ(bound(flag(true), flag(false), Mode::kStrict), "{ a: Bool }");
}

TEST(Subtyping, PermissiveRecordsKeepWhatTheyAgreeOn) {
  const CedarType one = CedarType::record({{"a", kLong}, {"b", kLong}});
  EXPECT_EQ(bound(one, CedarType::record({{"a", kLong, false}, {"c", kLong}}), Mode::kPermissive), "{ a?: Long, … }");
  EXPECT_EQ(bound(one, CedarType::record({{"a", kString}, {"b", kLong}}), Mode::kPermissive), "{ b: Long, … }");
  EXPECT_TRUE(is_subtype(one, CedarType::record({}, true), Mode::kPermissive));
  EXPECT_FALSE(is_subtype(one, CedarType::record({}, true), Mode::kStrict));
  EXPECT_FALSE(is_subtype(CedarType::record({}, true), CedarType::record({}), Mode::kPermissive));
}

TEST(Subtyping, OnlyEntitiesAreEverCalledDisjoint) {
  EXPECT_TRUE(are_disjoint(kUser, kTeam));
  EXPECT_FALSE(are_disjoint(CedarType::one_of({"User", "Team"}), kTeam));
  EXPECT_FALSE(are_disjoint(kUser, kAny));
  EXPECT_FALSE(are_disjoint(kLong, kString));
}

}  // namespace
}  // namespace steelyard::policy::validation
