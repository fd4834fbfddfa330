#include "broker/backlog.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/limits.h"

namespace steelyard::broker {
namespace {

const MemberId kFlood("flood"), kTax("tax"), kPolice("police");

WaitingFrame frame(std::uint64_t session, std::size_t messages, std::size_t octets = 10) {
  return {SessionNumber(session), net::Frame(Bytes(octets, 1)), messages, messages};
}

// The sessions whose frames come out, one letter each: 1 is a.
std::string order(Backlog& backlog, std::size_t frames = 1'000) {
  std::string taken;
  while (frames-- > 0) {
    const auto next = backlog.take_other();
    if (!next) break;
    taken.push_back(static_cast<char>('a' + next->session.value - 1));
  }
  return taken;
}

TEST(Backlog, OneThatFloodsDelaysAnotherByOneSliceAndNoMore) {
  Backlog backlog;
  for (std::size_t i = 0; i < 10 * limits::kSliceMessages; ++i) backlog.push(kFlood, frame(1, 1), false);
  backlog.push(kTax, frame(2, 1), false);
  const std::string taken = order(backlog);
  EXPECT_EQ(taken.find('b'), limits::kSliceMessages);
  EXPECT_EQ(taken.size(), 10 * limits::kSliceMessages + 1);
}

TEST(Backlog, ALargeBundleIsPaidForInLaterTurns) {
  Backlog backlog;
  for (int i = 0; i < 3; ++i) backlog.push(kFlood, frame(1, 2 * limits::kSliceMessages), false);
  for (int i = 0; i < 6; ++i) backlog.push(kTax, frame(2, limits::kSliceMessages), false);
  EXPECT_EQ(order(backlog), "abbabbabb");
}

TEST(Backlog, WhatWasTakenAheadIsOwedAfterTheQueueWasEmpty) {
  Backlog backlog;
  backlog.push(kFlood, frame(1, 4 * limits::kSliceMessages), false);
  EXPECT_EQ(order(backlog), "a");
  backlog.push(kFlood, frame(1, 1), false);
  for (int i = 0; i < 3; ++i) backlog.push(kTax, frame(2, limits::kSliceMessages), false);
  EXPECT_EQ(order(backlog), "bbba");
}

TEST(Backlog, SessionsOfOneMemberShareItsTurns) {
  Backlog backlog;
  for (std::size_t i = 0; i < 2 * limits::kSliceMessages; ++i)
    for (std::uint64_t session = 1; session <= 4; ++session) backlog.push(kFlood, frame(session, 1), false);
  backlog.push(kTax, frame(5, 1), false);
  EXPECT_EQ(order(backlog).find('e'), limits::kSliceMessages);
}

TEST(Backlog, FramesOfOneMemberKeepTheirOrder) {
  Backlog backlog;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    backlog.push(kTax, frame(i, i * 20), false);
    backlog.push(kPolice, frame(10 + i, 7), false);
  }
  std::string of_tax;
  for (const char letter : order(backlog))
    if (letter < 'a' + 10) of_tax.push_back(letter);
  EXPECT_EQ(of_tax, "abcde");
}

TEST(Backlog, WhatAnEndedSessionHadWaitingIsGone) {
  Backlog backlog;
  backlog.push(kTax, frame(1, 1, 100), false);
  backlog.push(kTax, frame(2, 1, 30), false);
  backlog.push(kTax, frame(1, 1, 100), true);
  EXPECT_EQ(backlog.bytes(), 230u);
  backlog.drop(SessionNumber(1));
  EXPECT_EQ(backlog.bytes(), 30u);
  EXPECT_FALSE(backlog.take_statement());
  const auto left = backlog.take_other();
  ASSERT_TRUE(left);
  EXPECT_EQ(left->session, SessionNumber(2));
  EXPECT_FALSE(backlog.take_other());
  EXPECT_TRUE(backlog.empty());
  EXPECT_EQ(backlog.bytes(), 0u);
}

TEST(Backlog, AStatementGoesAheadOfAllThatWaits) {
  Backlog backlog;
  for (int i = 0; i < 100; ++i) backlog.push(kFlood, frame(1, 100), false);
  backlog.push(kTax, frame(2, 1), true);
  const auto first = backlog.take_statement();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->session, SessionNumber(2));
}

}  // namespace
}  // namespace steelyard::broker
