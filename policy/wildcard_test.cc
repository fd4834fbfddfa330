#include "policy/wildcard.h"

#include <gtest/gtest.h>

namespace steelyard::policy {
namespace {

TEST(Wildcard, WithoutStarsMatchesOnlyItself) {
  EXPECT_TRUE(Wildcard({"abc"}).matches("abc"));
  EXPECT_FALSE(Wildcard({"abc"}).matches("abcd"));
  EXPECT_TRUE(Wildcard({""}).matches(""));
}

TEST(Wildcard, AStarStandsForAnyRunIncludingNone) {
  EXPECT_TRUE(Wildcard({"", ""}).matches(""));
  EXPECT_TRUE(Wildcard({"a", "b"}).matches("ab"));
  EXPECT_TRUE(Wildcard({"a", "b"}).matches("axxb"));
  EXPECT_FALSE(Wildcard({"a", "b"}).matches("axxbc"));
}

TEST(Wildcard, PiecesNeverOverlap) {
  EXPECT_FALSE(Wildcard({"a", "ab"}).matches("ab"));
  EXPECT_TRUE(Wildcard({"a", "ab"}).matches("aab"));
  EXPECT_FALSE(Wildcard({"", "ab", "b"}).matches("ab"));
  EXPECT_TRUE(Wildcard({"", "ab", "ab"}).matches("xababab"));
}

TEST(Wildcard, MatchesWholeCharacters) {
  EXPECT_TRUE(Wildcard({"", "衡"}).matches("权衡"));
  EXPECT_FALSE(Wildcard({"权", ""}).matches("衡权"));
}

}  // namespace
}  // namespace steelyard::policy
