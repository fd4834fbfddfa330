#include "adapters/request_turns.h"

#include <gtest/gtest.h>

#include <string>

namespace steelyard::adapters {
namespace {

client::Incoming message(schemas::MessageKind kind, const char* author, bool by_broker) {
  client::Incoming made;
  made.kind = kind;
  made.author = MemberId(author);
  made.by_broker = by_broker;
  return made;
}

void ask(RequestTurns& turns, const char* user, std::size_t count = 1) {
  for (std::size_t i = 0; i < count; ++i) {
    turns.push(message(schemas::MessageKind::kGrant, "", true));
    turns.push(message(schemas::MessageKind::kRequest, user, false));
  }
}

// First letters of the users; of the grants `-`.
std::string letters(const std::vector<client::Incoming>& slice) {
  std::string found;
  for (const auto& one : slice) found += one.by_broker ? '-' : one.author.text.front();
  return found;
}

// As a source that is always quick leaves it.
RequestTurns with_long_slices() {
  RequestTurns turns;
  for (int i = 0; i < 10; ++i) {
    ask(turns, "warm", RequestTurns::kSliceMax);
    while (!turns.empty()) {
      turns.take_slice();
      turns.served({});
    }
  }
  return turns;
}

TEST(RequestTurns, UsersTakeTurnsAndEachRequestStandsBehindItsGrant) {
  RequestTurns turns = with_long_slices();
  ask(turns, "flood", 4);
  ask(turns, "tax", 1);
  ask(turns, "police", 2);
  EXPECT_EQ(letters(turns.take_slice()), "-f-t-p-f-p-f-f");
  EXPECT_TRUE(turns.empty());
}

TEST(RequestTurns, ASliceGrowsWhileItIsQuickAndShrinksWhereItTakesTooLong) {
  RequestTurns turns = with_long_slices();
  ask(turns, "flood", 10 * RequestTurns::kSliceMax);
  const auto next = [&](Duration took) {
    const std::size_t requests = turns.take_slice().size() / 2;
    turns.served(took);
    return requests;
  };
  EXPECT_EQ(next(RequestTurns::kSliceTime + milliseconds(1)), RequestTurns::kSliceMax);
  EXPECT_EQ(next(RequestTurns::kSliceTime), RequestTurns::kSliceMax / 2);
  EXPECT_EQ(next(milliseconds(1)), RequestTurns::kSliceMax / 2);
  EXPECT_EQ(next(milliseconds(1)), RequestTurns::kSliceMax);
  for (int i = 0; i < 20; ++i) next(seconds(1));
  EXPECT_EQ(next(seconds(1)), 1U) << "one at least, however long it takes";
}

TEST(RequestTurns, ASliceThatWasNotFullSaysNothingOfHowMuchOneMayHold) {
  RequestTurns turns;
  for (int i = 0; i < 10; ++i) {
    ask(turns, "tax");
    turns.take_slice();
    turns.served(RequestTurns::kSliceTime);
  }
  ask(turns, "tax", 8);
  EXPECT_EQ(turns.take_slice().size(), 2U);
}

TEST(RequestTurns, BeyondTheMostThatMayWaitARequestIsNotKept) {
  RequestTurns turns;
  ask(turns, "flood", limits::kRequestsWaitingMax - 1);
  EXPECT_FALSE(turns.full());
  ask(turns, "flood");
  EXPECT_TRUE(turns.full());
  ask(turns, "tax");
  EXPECT_EQ(letters(turns.take_slice()), "-f");
  ask(turns, "police");
  turns.served({});
  EXPECT_EQ(letters(turns.take_slice()), "-p-f");
}

TEST(RequestTurns, WhatFitsOneSliceGoesAsItCame) {
  const auto come = [](const char* users) {
    std::vector<client::Incoming> incoming;
    for (const char* user = users; *user != 0; ++user) {
      incoming.push_back(message(schemas::MessageKind::kGrant, "", true));
      incoming.push_back(message(schemas::MessageKind::kRequest, std::string(1, *user).c_str(), false));
    }
    return incoming;
  };
  RequestTurns turns = with_long_slices();
  EXPECT_EQ(letters(turns.next_slice(come("fft"))), "-f-f-t");
  EXPECT_TRUE(turns.empty());
  for (int i = 0; i < 20; ++i) {
    ask(turns, "flood", RequestTurns::kSliceMax);
    while (!turns.empty()) {
      turns.take_slice();
      turns.served(seconds(1));
    }
  }
  EXPECT_EQ(letters(turns.next_slice(come("fft"))), "-f") << "slices of one request now";
  EXPECT_EQ(letters(turns.next_slice(come("p"))), "-t");
  EXPECT_EQ(letters(turns.next_slice({})), "-p");
  EXPECT_EQ(letters(turns.next_slice({})), "-f");
  EXPECT_TRUE(turns.empty());
}

TEST(RequestTurns, WhatIsNeitherARequestNorABrokersGrantIsNotKept) {
  RequestTurns turns;
  turns.push(message(schemas::MessageKind::kRecorded, "", true));
  turns.push(message(schemas::MessageKind::kRequest, "", true));
  turns.push(message(schemas::MessageKind::kGrant, "tax", false));
  EXPECT_TRUE(turns.empty());
  ask(turns, "tax");
  EXPECT_EQ(letters(turns.take_slice()), "-t");
}

}  // namespace
}  // namespace steelyard::adapters
