#include "adapters/suspension.h"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "adapters/alarms.h"
#include "adapters/kept_answers.h"
#include "adapters/update_cycle.h"
#include "core/base/test_dir.h"

namespace steelyard::adapters {
namespace {

namespace fs = std::filesystem;

class Suspended : public testing::Test {
 protected:
  Suspended() { fs::create_directory(dir_ / "suspended"); }
  void touch(const std::string& name) { std::ofstream(dir_ / ("suspended/" + name)).put('\n'); }

  TestDir dir_;
  Suspensions suspensions_{dir_.path()};
};

TEST_F(Suspended, AFileTakesEffectAtTheNextLookAndSoDoesItsGoing) {
  ASSERT_TRUE(suspensions_.look());
  EXPECT_TRUE(suspensions_.agreements().empty());
  touch("a-1");
  ASSERT_TRUE(suspensions_.look());
  EXPECT_EQ(suspensions_.agreements().count(AgreementId("a-1")), 1u);
  touch("a-2");
  ASSERT_TRUE(suspensions_.look());
  EXPECT_EQ(suspensions_.agreements().size(), 2u);
  fs::remove(dir_ / "suspended/a-1");
  ASSERT_TRUE(suspensions_.look());
  EXPECT_EQ(suspensions_.agreements(), std::set<AgreementId>{AgreementId("a-2")});
}

TEST_F(Suspended, AFolderThatRestedIsLookedAtAgainWhenItChanges) {
  touch("a-1");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  ASSERT_TRUE(suspensions_.look());
  ASSERT_TRUE(suspensions_.look());
  touch("a-2");
  ASSERT_TRUE(suspensions_.look());
  EXPECT_EQ(suspensions_.agreements().size(), 2u);
}

TEST_F(Suspended, NoFolderStopsNothing) {
  fs::remove(dir_ / "suspended");
  ASSERT_TRUE(suspensions_.look());
  EXPECT_TRUE(suspensions_.agreements().empty());
}

TEST_F(Suspended, WhatIsNoAgreementStopsTheProcess) {
  touch("Not An Id");
  const auto looked = suspensions_.look();
  ASSERT_FALSE(looked);
  EXPECT_EQ(looked.error().kind, ErrorKind::kStop);
}

TEST(UpdateCycle, AnAnswerIsStaleOnceItIsOlderThanItsCycle) {
  const Instant loaded{1'764'000'000'000'000};
  const Duration day = minutes(24 * 60);
  EXPECT_FALSE(is_stale(loaded, "daily", loaded + day));
  EXPECT_TRUE(is_stale(loaded, "daily", loaded + day + Duration{1}));
  EXPECT_FALSE(is_stale(loaded, "monthly", loaded + Duration{31 * day.us}));
  EXPECT_TRUE(is_stale(loaded, "monthly", loaded + Duration{32 * day.us}));
  EXPECT_FALSE(is_stale(loaded, "realtime", loaded + Duration{4000 * day.us}));
  EXPECT_FALSE(is_stale(loaded, "when-it-suits", loaded + Duration{4000 * day.us}));
}

exchange::OutMessage message_of(std::size_t bytes) {
  exchange::OutMessage message;
  message.envelope = std::make_shared<const Bytes>(bytes);
  return message;
}

Digest digest_of(std::uint8_t n) {
  Digest digest;
  digest.octets.fill(n);
  return digest;
}

TEST(KeptAnswers, TheOldestGoWhenThereIsNoRoom) {
  KeptAnswers kept(100);
  kept.keep(digest_of(1), Instant{10}, message_of(60));
  kept.keep(digest_of(2), Instant{10}, message_of(40));
  EXPECT_TRUE(kept.find(digest_of(1)));
  kept.keep(digest_of(3), Instant{10}, message_of(1));
  EXPECT_FALSE(kept.find(digest_of(1)));
  EXPECT_TRUE(kept.find(digest_of(2)));
  EXPECT_EQ(kept.bytes(), 41u);
}

TEST(KeptAnswers, ExpiredOnesGo) {
  KeptAnswers kept(100);
  kept.keep(digest_of(1), Instant{10}, message_of(60));
  kept.keep(digest_of(2), Instant{20}, message_of(20));
  kept.forget_expired(Instant{11});
  EXPECT_FALSE(kept.find(digest_of(1)));
  EXPECT_TRUE(kept.find(digest_of(2)));
  EXPECT_EQ(kept.bytes(), 20u);
}

TEST(KeptAnswers, EachIsFoundAmongManyWhileOldOnesGo) {
  constexpr std::uint32_t kMany = 20'000, kRoom = 3'000;  // room for fewer than ever come
  std::mt19937 random(7);
  std::vector<Digest> requests(kMany);
  for (Digest& request : requests) {
    request.octets[0] = static_cast<std::uint8_t>(random());  // few values: what shares a place is told apart
    request.octets[1] = static_cast<std::uint8_t>(random() % 8);
    request.octets[31] = static_cast<std::uint8_t>(random());
    request.octets[30] = static_cast<std::uint8_t>(random());
    request.octets[29] = static_cast<std::uint8_t>(random());
  }
  KeptAnswers kept(kRoom * 10);
  for (std::uint32_t i = 0; i < kMany; ++i) {
    exchange::OutMessage message = message_of(10);
    const auto envelope = message.envelope;
    kept.keep(requests[i], Instant{1}, message);
    kept.keep(requests[i], Instant{1}, message_of(10));  // the first is kept
    ASSERT_EQ(kept.find(requests[i])->envelope, envelope) << i;
    const std::uint32_t oldest = i < kRoom ? 0 : i - kRoom + 1;
    ASSERT_TRUE(kept.find(requests[oldest])) << i;
    ASSERT_TRUE(oldest == 0 || !kept.find(requests[oldest - 1])) << i;
    ASSERT_TRUE(kept.find(requests[oldest + random() % (i - oldest + 1)])) << i;
  }
  EXPECT_EQ(kept.bytes(), kRoom * 10u);
  kept.forget_expired(Instant{2});
  EXPECT_EQ(kept.bytes(), 0u);
  EXPECT_FALSE(kept.find(requests.back()));
}

TEST(Alarms, LeaveEvidenceALineAndACount) {
  const TestDir dir;
  const SystemClock clock;
  std::string said;
  Alarms alarms(dir.path(), clock, [&](std::string_view line) { said = line; });
  alarms.raise("grant-outside-agreement", "tax", "field `x`", {{"grant", as_bytes("AB")}});
  EXPECT_NE(said.find("alarm grant-outside-agreement: field `x`"), std::string::npos);
  EXPECT_EQ(alarms.counts().at("grant-outside-agreement"), 1u);
  std::string text;
  for (const auto& entry : fs::directory_iterator(dir / "alarms"))
    std::getline(std::ifstream(entry.path()), text, '\0');
  EXPECT_NE(text.find("grant 4142"), std::string::npos);
}

}  // namespace
}  // namespace steelyard::adapters
