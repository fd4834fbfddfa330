// What a restart must not change: a repeat gets what it would have got from the process that is gone.
#include <gtest/gtest.h>

#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

TEST(PipelineRecovery, ARefusalIsRepeatedOctetForOctetAfterARestart) {
  Rig rig;
  rig.up(kOwner, {kHousehold});
  const SessionNumber user = rig.up(kUser);
  schemas::Request request = rig.request();
  request.strict = true;  // `head` is not in the agreement
  const OutMessage asked = rig.out(request);
  rig.arrive(user, {asked});
  rig.commit();
  const auto first = rig.take(user);
  ASSERT_EQ(kinds(first), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(read<schemas::Refusal>(first[0]).fields, std::vector{FieldName("head")});

  rig.crash();
  rig.up(kOwner, {kHousehold});
  const SessionNumber again = rig.up(kUser);
  rig.arrive(again, {asked});
  const auto repeated = rig.take(again);
  ASSERT_EQ(kinds(repeated), std::vector{MessageKind::kRefusal});
  EXPECT_EQ(*repeated[0].envelope, *first[0].envelope);
}

TEST(PipelineRecovery, AHandOverThatIsRepeatedAfterARestartMakesNoSecondEntry) {
  Rig rig;
  const SessionNumber user = rig.up(kUser);
  const OutMessage handed = rig.out(rig.received(kUser, {rig.complete(user, rig.up(kOwner, {kHousehold}))}));
  rig.arrive(user, {handed});
  rig.commit();
  const auto first = rig.take(user);
  ASSERT_EQ(kinds(first), std::vector{MessageKind::kRecorded});

  rig.crash();
  const SessionNumber again = rig.up(kUser);
  rig.pass(seconds(50));
  rig.arrive(again, {handed});
  rig.commit();
  const auto repeated = rig.take(again);
  ASSERT_EQ(kinds(repeated), std::vector{MessageKind::kRecorded});
  EXPECT_EQ(*repeated[0].envelope, *first[0].envelope);
  EXPECT_EQ(rig.log.of_kind(EntryKind::kReceived).size(), 1U);
}

TEST(PipelineRecovery, AnAnswerOfBeforeARestartIsHandedOverAfterIt) {
  Rig rig;
  const SessionNumber user = rig.up(kUser);
  const Digest answer = rig.complete(user, rig.up(kOwner, {kHousehold}));
  rig.crash();
  const SessionNumber again = rig.up(kUser);
  rig.arrive(again, {rig.out(rig.received(kUser, {answer}))});
  rig.commit();
  EXPECT_EQ(kinds(rig.take(again)), std::vector{MessageKind::kRecorded});
}

}  // namespace
}  // namespace steelyard::broker::testing
