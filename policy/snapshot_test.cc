#include "policy/snapshot.h"

#include <gtest/gtest.h>

#include <thread>

#include "policy/authorizer.h"

namespace steelyard::policy {
namespace {

const EntityUid kAsker("Member", "tax"), kQuery("Action", "query");

std::string permit(int n) {
  return "permit(principal == Member::\"tax\", action, resource in Dataset::\"" + std::to_string(n) + "\");";
}

bool allowed(const Snapshot& snapshot, int field) {
  return decide({kAsker, kQuery, EntityUid("Field", std::to_string(field))}, snapshot.entities, snapshot.policies)
      .allow;
}

class SnapshotTest : public ::testing::Test {
 protected:
  void put_field(int n) {
    ASSERT_TRUE(
        entities_.put({EntityUid("Field", std::to_string(n)), {EntityUid("Dataset", std::to_string(n))}, {}, {}}));
  }
  std::shared_ptr<const Snapshot> snapshot() const { return std::make_shared<const Snapshot>(entities_, policies_); }

  Entities entities_;
  PolicySet policies_;
};

TEST_F(SnapshotTest, DecidesAsItStoodWhateverComesAfter) {
  put_field(1);
  const auto empty = snapshot();
  ASSERT_TRUE(policies_.put("1", permit(1)));
  const auto with_policy = snapshot();
  policies_.remove("1");
  ASSERT_TRUE(policies_.put("1", "forbid(principal, action, resource);"));
  entities_.remove(EntityUid("Field", "1"));
  const auto later = snapshot();
  policies_.clear();
  EXPECT_FALSE(allowed(*empty, 1));
  EXPECT_TRUE(allowed(*with_policy, 1));
  EXPECT_FALSE(allowed(*later, 1));
  EXPECT_EQ(with_policy->entities.size(), 1u);
  EXPECT_EQ(later->entities.size(), 0u);
}

TEST_F(SnapshotTest, ReadersComeByTheNewestWhileTheyDecide) {
  constexpr int kPolicies = 300;
  for (int n = 0; n < kPolicies; ++n) put_field(n);
  Snapshots snapshots(snapshot());
  std::atomic<std::uint64_t> seen{0};
  std::atomic<bool> wrong{false};
  std::thread deciding([&] {
    Snapshots::Reader reader(snapshots);
    while (reader.number() < kPolicies) {
      const Snapshot& newest = reader.newest();
      // The nth snapshot has the policies before n, and no other.
      const int number = static_cast<int>(reader.number());
      if (number > 0 && !allowed(newest, number - 1)) wrong = true;
      if (number < kPolicies && allowed(newest, number)) wrong = true;
      seen = reader.number();
    }
  });
  for (int n = 0; n < kPolicies; ++n) {
    ASSERT_TRUE(policies_.put(std::to_string(n), permit(n)));
    EXPECT_EQ(snapshots.publish(snapshot()), static_cast<std::uint64_t>(n) + 1);
  }
  deciding.join();
  EXPECT_FALSE(wrong);
  EXPECT_EQ(seen, static_cast<std::uint64_t>(kPolicies));
}

}  // namespace
}  // namespace steelyard::policy
