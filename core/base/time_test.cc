#include "core/base/time.h"

#include <gtest/gtest.h>

namespace steelyard {
namespace {

TEST(Instant, IsReadFromTheFormsThatPeopleAndFilesUse) {
  const Instant at{1'795'426'948'000'123};
  EXPECT_EQ(to_rfc3339(at), "2026-11-23T09:42:28.000123Z");
  EXPECT_EQ(instant_from_rfc3339("2026-11-23T09:42:28.000123Z"), at);
  EXPECT_EQ(instant_from_rfc3339("2026-11-23T17:42:28.000123+08:00"), at);
  EXPECT_EQ(instant_from_rfc3339("2026-11-23T09:42:28Z"), at - Duration{123});
  EXPECT_EQ(instant_from_rfc3339("2026-11-23T09:42:28.5Z"), at + Duration{499'877});
  EXPECT_EQ(instant_from_rfc3339("2026-11-23"), at - (Duration{123} + seconds(9 * 3'600 + 42 * 60 + 28)));
}

TEST(Instant, OfAnotherFormIsRefused) {
  for (const char* text :
       {"", "2026", "2026-11-23T", "2026-11-23T09:42:28", "2026-11-23 09:42:28Z", "26-11-23", "2026-1-3", "+2026-11-23",
        "2026-11-23T9:42:28Z", "2026-11-23T09:42:28.Z", "2026-11-23T09:42:28.1234567Z", "2026-11-23T09:42:28+0800",
        "2026-11-23T09:42:28Zx", "2026-13-01", "2026-02-29", "2026-11-23T25:00:00Z", "2026-11-23T09:61:00Z"})
    EXPECT_FALSE(instant_from_rfc3339(text)) << text;
}

// Found by fuzz-values: the library made NaN of these seconds and cast it to an integer, which has no defined outcome.
TEST(Instant, OfSecondsWithASignIsRefused) { EXPECT_FALSE(instant_from_rfc3339("2026-11-23T09:48+08+08:00")); }

TEST(Instant, ThatItsOffsetTakesOutOfFourDigitYearsIsRefused) {
  EXPECT_FALSE(instant_from_rfc3339("0000-01-01T00:00:00+01:00"));
  EXPECT_FALSE(instant_from_rfc3339("9999-12-31T23:30:00-01:00"));
  for (const char* text : {"0000-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z"})
    EXPECT_EQ(to_rfc3339(instant_from_rfc3339(text).value()), text);
}

}  // namespace
}  // namespace steelyard
