// How a session gets the statements that it lacks: as its queue takes them, and before all else that is for it.
#include <gtest/gtest.h>

#include <algorithm>

#include "broker/outbox.h"
#include "broker/testing/rig.h"
#include "core/base/limits.h"

namespace steelyard::broker::testing {
namespace {

// A log with more statements than any queue takes: one that its author signed, again and again.
class StreamTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const SessionNumber owner = rig.up(kOwner);
    rig.arrive(owner, {rig.state_of(AgreementId("tax-household"), schemas::AgreementChange::kSuspend, kOwner)});
    rig.commit();
    PipelineStart from = rig.log.recover();
    from.bundle_key = rig.world.broker().bundle.id();
    from.random = [](std::span<std::uint8_t> to) { std::fill(to.begin(), to.end(), std::uint8_t{1}); };
    provenance::StatementRow row = from.recovered.statements.back();
    auto entry = from.statement_entries.back();
    ASSERT_TRUE(entry.second.has_value());
    for (std::size_t i = 1; i < kCount; ++i) {
      row.index = entry.first.index = LogIndex(from.recovered.size++);
      from.recovered.statements.push_back(row);
      from.statement_entries.push_back(entry);
    }
    rig.pipeline = std::make_unique<Pipeline>(std::move(from));
    rig.sent.clear();
  }

  std::size_t take_statements(SessionNumber session) {
    const auto taken = kinds(rig.take(session));
    return static_cast<std::size_t>(std::count(taken.begin(), taken.end(), MessageKind::kStatement));
  }
  // A bundle that is rejected message by message.
  std::vector<OutMessage> wrong(std::size_t count) {
    schemas::Request request = rig.request();
    request.head.origin = "another/log";
    return std::vector<OutMessage>(count, rig.out(request));
  }

  static constexpr std::size_t kCount = 30'000;
  Rig rig;
};

TEST_F(StreamTest, AFreshSessionReceivesThirtyThousandStatementsWithoutBeingCutOff) {
  const SessionNumber fresh = rig.up(kUser, {}, LogIndex(0));
  std::size_t given = 0;
  QueueBudget budget;
  for (auto some = rig.take(fresh); !some.empty(); some = rig.take(fresh)) {
    const auto count = std::count_if(some.begin(), some.end(),
                                     [](const auto& message) { return message.kind == MessageKind::kStatement; });
    given += static_cast<std::size_t>(count);
    EXPECT_LE(static_cast<std::size_t>(count), limits::kStatementsAheadMax);
    Outbox outbox(budget);
    ASSERT_TRUE(outbox.push(std::move(some)));
    rig.step(RoomEvent{fresh, 0});
  }
  EXPECT_EQ(given, kCount);
  EXPECT_TRUE(rig.closed.empty());
  EXPECT_EQ(rig.pipeline->statements_behind(fresh), 0U);
}

TEST_F(StreamTest, WhatHasNotLeftTakesOfTheRoom) {
  const SessionNumber fresh = rig.up(kUser, {}, LogIndex(0));
  EXPECT_EQ(take_statements(fresh), limits::kStatementsAheadMax);
  rig.step(RoomEvent{fresh, limits::kStatementsAheadMax});
  EXPECT_EQ(take_statements(fresh), 0U);
  rig.step(RoomEvent{fresh, limits::kStatementsAheadMax - 3});
  EXPECT_EQ(take_statements(fresh), 3U);
}

TEST_F(StreamTest, ASyncBeginsAnewAndIsGivenNoMoreThanThereIsRoomFor) {
  const SessionNumber fresh = rig.up(kUser, {}, LogIndex(0));
  take_statements(fresh);
  for (int i = 0; i < 100; ++i) rig.step(SyncFromEvent{fresh, LogIndex(0)});
  EXPECT_EQ(take_statements(fresh), 0U);
  rig.step(RoomEvent{fresh, 0});
  EXPECT_EQ(take_statements(fresh), limits::kStatementsAheadMax);
  EXPECT_EQ(rig.pipeline->statements_behind(fresh), kCount - limits::kStatementsAheadMax);
}

TEST_F(StreamTest, NothingOvertakesAStatementThatTheSessionLacks) {
  const SessionNumber fresh = rig.up(kUser, {}, LogIndex(0));
  take_statements(fresh);
  rig.arrive(fresh, wrong(1));
  EXPECT_TRUE(rig.take(fresh).empty());
  std::vector<OutMessage> last;
  for (std::size_t i = 0; i < kCount && last.empty(); ++i) {
    rig.step(RoomEvent{fresh, 0});
    auto some = rig.take(fresh);
    ASSERT_FALSE(some.empty());
    if (some.back().kind == MessageKind::kRejection) last = std::move(some);
  }
  ASSERT_FALSE(last.empty());
  EXPECT_EQ(rig.pipeline->statements_behind(fresh), 0U);
  EXPECT_EQ(read<schemas::Rejection>(last.back()).code, code::wrong_origin);
  rig.arrive(fresh, wrong(1));  // from now on there is nothing to wait behind
  EXPECT_EQ(rejected_with(rig.take(fresh)), code::wrong_origin);
}

TEST_F(StreamTest, WhatWaitsBehindThemIsBounded) {
  const SessionNumber fresh = rig.up(kUser, {}, LogIndex(0));
  const Bytes frame = rig.frame(kUser, wrong(limits::kFrameMessagesMax));
  for (int i = 0; i < 200 && rig.closed.empty(); ++i) rig.arrive(fresh, frame);
  ASSERT_FALSE(rig.closed.empty());
  EXPECT_EQ(rig.closed[0].session, fresh);
}

}  // namespace
}  // namespace steelyard::broker::testing
