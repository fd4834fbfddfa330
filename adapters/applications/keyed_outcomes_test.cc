#include "adapters/applications/keyed_outcomes.h"

#include <gtest/gtest.h>

namespace steelyard::adapters {
namespace {

using State = KeyedOutcomes::State;

Digest digest(std::uint8_t first) {
  Digest made;
  made.octets[0] = first;
  return made;
}
ExchangeId exchange(std::uint8_t first) {
  ExchangeId made;
  made.octets[15] = first;
  return made;
}
KeyedOutcomes::Key key(const char* text) { return {ApplicationId("a"), text}; }
KeyedOutcomes::Outcome outcome(std::size_t octets = 0) {
  auto made = std::make_shared<client::Outcome>();
  made->rows.count = 1;
  made->rows.columns = {{FieldName("x"), schemas::ValueType::kString, {std::string(octets, 'x')}}};
  return made;
}

TEST(KeyedOutcomes, GiveTheOutcomeToWhoAsksTheSameUnderTheSameKey) {
  KeyedOutcomes kept;
  EXPECT_EQ(kept.find(key("k"), digest(1)).state, State::kUnknown);
  kept.asked(key("k"), digest(1), exchange(1), seconds(30));
  EXPECT_EQ(kept.find(key("k"), digest(1)).state, State::kOpen);
  EXPECT_EQ(kept.find(key("k"), digest(1)).exchange, exchange(1));
  const auto made = outcome();
  kept.ended(key("k"), made);
  EXPECT_EQ(kept.find(key("k"), digest(1)).state, State::kDone);
  EXPECT_EQ(kept.find(key("k"), digest(1)).outcome, made);
  EXPECT_EQ(kept.find(key("k"), digest(2)).state, State::kOther);
  EXPECT_EQ(kept.find({ApplicationId("b"), "k"}, digest(1)).state, State::kUnknown) << "another application's key";
}

TEST(KeyedOutcomes, ForgetWhatLeftNoEntry) {
  KeyedOutcomes kept;
  kept.asked(key("k"), digest(1), exchange(1), seconds(30));
  kept.ended(key("k"), nullptr);
  EXPECT_EQ(kept.find(key("k"), digest(2)).state, State::kUnknown);
  kept.forget_expired(seconds(60));
}

TEST(KeyedOutcomes, EndWithTheirExchange) {
  KeyedOutcomes kept;
  kept.asked(key("long"), digest(1), exchange(1), seconds(300));
  kept.asked(key("short"), digest(2), exchange(2), seconds(1));
  kept.ended(key("short"), outcome());
  kept.forget_expired(milliseconds(999));
  EXPECT_EQ(kept.find(key("short"), digest(2)).state, State::kDone);
  kept.forget_expired(seconds(1));
  EXPECT_EQ(kept.find(key("short"), digest(2)).state, State::kUnknown);
  EXPECT_EQ(kept.find(key("long"), digest(1)).state, State::kOpen);
  kept.forget_expired(seconds(300));
  kept.ended(key("long"), outcome());
  EXPECT_EQ(kept.find(key("long"), digest(1)).state, State::kUnknown);
}

TEST(KeyedOutcomes, GiveUpTheOldestBeyondTheirRoomAndStillKnowItsKey) {
  KeyedOutcomes kept(10'000);
  for (const auto& [name, number] : {std::pair{"a", 1}, {"b", 2}, {"c", 3}}) {
    const auto n = static_cast<std::uint8_t>(number);
    kept.asked(key(name), digest(n), exchange(n), seconds(30));
    kept.ended(key(name), outcome(3'000));
  }
  EXPECT_EQ(kept.find(key("a"), digest(1)).state, State::kGivenUp);
  EXPECT_EQ(kept.find(key("a"), digest(9)).state, State::kOther);
  EXPECT_EQ(kept.find(key("b"), digest(2)).state, State::kDone);
  EXPECT_EQ(kept.find(key("c"), digest(3)).state, State::kDone);
  kept.forget_expired(seconds(30));
  kept.asked(key("a"), digest(1), exchange(4), seconds(60));
  kept.ended(key("a"), outcome(9'500));
  EXPECT_EQ(kept.find(key("a"), digest(1)).state, State::kGivenUp) << "more than there is room for";
}

TEST(KeyedOutcomes, AreFullAtSomeNumberOfKeys) {
  KeyedOutcomes kept;
  for (std::size_t i = 0; i < limits::kKeptKeysMax; ++i) {
    EXPECT_FALSE(kept.full());
    kept.asked({ApplicationId("a"), std::to_string(i)}, digest(1), exchange(1), seconds(30));
  }
  EXPECT_TRUE(kept.full());
  kept.forget_expired(seconds(30));
  EXPECT_FALSE(kept.full());
}

}  // namespace
}  // namespace steelyard::adapters
