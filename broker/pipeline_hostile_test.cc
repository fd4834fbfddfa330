// Members with good keys and bad intentions.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"

namespace steelyard::broker::testing {
namespace {

TEST(PipelineHostile, AnOwnerPutsNoWordsOfTheBrokersOwnInItsMouth) {
  Rig rig;
  const SessionNumber owner = rig.up(kOwner, {kHousehold});
  const SessionNumber user = rig.up(kUser);
  const schemas::Request request = rig.request();
  const OutMessage asked = rig.out(request);
  rig.arrive(user, {asked});
  rig.commit();
  ASSERT_EQ(rig.take(owner).size(), 2U);
  for (const ErrorCode why : {code::clock_wrong, code::unavailable, code::owner_away, code::id_reused,
                              code::bad_signature, code::store_failed, code::head_contradicts})
    rig.arrive(owner, {rig.out(rig.rejection(request, rig.digest_of(asked), why))});
  EXPECT_TRUE(rig.take(user).empty());
  EXPECT_EQ(rig.pipeline->counters().ignored, 7U);
  for (const ErrorCode why : {code::gone, code::busy, code::grant_outside_agreement, code::withdrawn_locally}) {
    rig.arrive(owner, {rig.out(rig.rejection(request, rig.digest_of(asked), why))});
    EXPECT_EQ(rejected_with(rig.take(user)), why);
    EXPECT_EQ(rig.pipeline->counters().relayed.of(why), 1U);
    rig.arrive(user, {asked});  // and it is asked again
    ASSERT_EQ(rig.take(owner).size(), 2U);
  }
}

}  // namespace
}  // namespace steelyard::broker::testing
