#include <gtest/gtest.h>

#include "core/base/limits.h"
#include "core/exchange/testing/expect_refused.h"

namespace steelyard::exchange {
namespace {

using schemas::KeyUse;
using schemas::Role;
using testing::expect_refused;
using testing::Signature;
using testing::World;

const MemberId kUser("tax"), kRoot = World::kRoot;

schemas::Key listed(KeyUse use, const crypto::PublicKey& key) {
  return {use, static_cast<std::uint8_t>(key.algorithm), key.octets};
}

// `tax` (or another) has registered a recovery key; `next_` is what replaces the office key that it loses.
class Recovery : public ::testing::Test {
 protected:
  Recovery() { enrol(kUser); }

  void enrol(const MemberId& member) {
    auto body = this->body(member);
    body.keys.push_back(listed(KeyUse::kRecovery, recovery_.public_key()));
    const auto done = world_.try_state(member.text, body, {{Role::kRootManager, kRoot}, {Role::kMember, member}});
    ASSERT_TRUE(done) << done.error().what;
  }
  schemas::Member body(const MemberId& member = kUser) const {
    schemas::Member same = world_.registry().member(member)->statement;
    if (same.keys.empty()) same.keys = world_.keys(member).list();
    return same;
  }
  schemas::Member with_office(const crypto::SigningKey& office, const MemberId& member = kUser) const {
    schemas::Member changed = body(member);
    for (auto& key : changed.keys)
      if (key.use == KeyUse::kOffice) key.octets = office.public_key().octets;
    return changed;
  }
  std::vector<Signature> recovering(const crypto::SigningKey& office) const {
    return {{Role::kRecovery, kUser, &recovery_}, {Role::kRootManager, kRoot}, {Role::kMember, kUser, &office}};
  }
  Result<RegistryChange> claim() { return world_.try_state("tax", with_office(next_), recovering(next_)); }
  Result<RegistryChange> sign_as_office(const crypto::SigningKey* key, const char* application) {
    return world_.try_state(application, schemas::Application{kUser, testing::text("x")},
                            {{Role::kMember, kUser, key}});
  }
  const MemberRecord& record() const { return *world_.registry().member(kUser); }

  World world_ = World::city();
  crypto::SigningKey recovery_ = testing::member_keys(world_.suite(), "offline", 7).office;
  crypto::SigningKey next_ = testing::member_keys(world_.suite(), "tax", 1).office;
};

TEST_F(Recovery, ANewOfficeKeyTakesThePlaceOfALostOneWhenItsHoursAreOver) {
  const KeyId old_id = world_.keys(kUser).office.id();
  ASSERT_TRUE(claim());
  ASSERT_TRUE(record().claim);  // visible to all
  EXPECT_NE(world_.registry().key(kUser, old_id, KeyUse::kOffice), nullptr);
  expect_refused(world_, "no such key is registered", [&] { return sign_as_office(&next_, "early"); });
  world_.pass(limits::kRecoveryWait - seconds(2));
  ASSERT_TRUE(sign_as_office(nullptr, "by-the-old-key"));
  world_.pass(seconds(5));
  expect_refused(world_, "the key was replaced", [&] { return sign_as_office(nullptr, "late"); });
  EXPECT_TRUE(record().claim) << "a refused statement changes nothing";
  const auto taken = sign_as_office(&next_, "by-the-new-key");
  ASSERT_TRUE(taken) << taken.error().what;
  EXPECT_FALSE(record().claim);
  EXPECT_EQ(world_.registry().key(kUser, old_id, KeyUse::kOffice), nullptr);
  EXPECT_EQ(record().current(KeyUse::kOffice)->from, world_.registry().epoch());
  EXPECT_EQ(record().current(KeyUse::kMessage)->from.value, 2u) << "other keys stay";
}

TEST_F(Recovery, TheOldKeyStopsItAlone) {
  ASSERT_TRUE(claim());
  const auto stopped = world_.try_state("tax", body(), {{Role::kMember, kUser}});
  ASSERT_TRUE(stopped) << stopped.error().what;
  EXPECT_FALSE(record().claim);
  world_.pass(limits::kRecoveryWait + seconds(1));
  ASSERT_TRUE(sign_as_office(nullptr, "still-here"));
  expect_refused(world_, "is missing", [&] { return world_.try_state("tax", body(), {{Role::kMember, kUser}}); });
}

TEST_F(Recovery, WhoStopsItChangesNothingElse) {
  ASSERT_TRUE(claim());
  schemas::Member other = body();
  other.names = testing::text("another name");
  expect_refused(world_, "is missing", [&] { return world_.try_state("tax", other, {{Role::kMember, kUser}}); });
  expect_refused(world_, "no such key", [&] {
    return world_.try_state("tax", body(), {{Role::kMember, kUser, &next_}});
  });
  // With the root manager it is a version like any other, and stops it, too.
  ASSERT_TRUE(world_.try_state("tax", other, {{Role::kRootManager, kRoot}, {Role::kMember, kUser}}));
  EXPECT_FALSE(record().claim);
}

TEST_F(Recovery, AnotherClaimBeginsItsHoursAnew) {
  ASSERT_TRUE(claim());
  world_.pass(minutes(60 * 71));
  const auto third = testing::member_keys(world_.suite(), "tax", 2).office;
  ASSERT_TRUE(world_.try_state("tax", with_office(third), recovering(third)));
  world_.pass(minutes(60 * 2));
  ASSERT_TRUE(sign_as_office(nullptr, "by-the-old-key"));
  world_.pass(minutes(60 * 71));
  EXPECT_TRUE(sign_as_office(&third, "by-the-third"));
}

TEST_F(Recovery, ItChangesTheOfficeKeyAndNothingElse) {
  auto more = with_office(next_);
  more.names = testing::text("another name");
  expect_refused(world_, "changes nothing else", [&] { return world_.try_state("tax", more, recovering(next_)); });
  expect_refused(world_, "changes nothing else", [&] { return world_.try_state("tax", body(), recovering(next_)); });
}

TEST_F(Recovery, EachOfTheThreeSigns) {
  for (std::size_t without = 1; without < 3; ++without) {
    auto by = recovering(next_);
    by.erase(by.begin() + static_cast<std::ptrdiff_t>(without));
    expect_refused(world_, "is missing", [&] { return world_.try_state("tax", with_office(next_), by); });
  }
  auto by = recovering(next_);
  by[0].key = nullptr;  // the office key, in the recovery key's right
  expect_refused(world_, "that is not the recovery key",
                 [&] { return world_.try_state("tax", with_office(next_), by); });
  expect_refused(world_, "only office keys sign", [&] { return sign_as_office(&recovery_, "by-recovery"); });
  const MemberId owner("civil-affairs");
  auto theirs = with_office(next_, owner);
  expect_refused(world_, "has registered no recovery key", [&] {
    return world_.try_state(owner.text, theirs, {{Role::kRecovery, owner, &recovery_}, {Role::kRootManager, kRoot}});
  });
}

TEST_F(Recovery, ARecoveryKeyIsOneOfItsOwn) {
  const MemberId owner("civil-affairs");
  auto shared = body(owner);
  shared.keys.push_back(listed(KeyUse::kRecovery, recovery_.public_key()));
  expect_refused(world_, "the recovery key belongs to member `tax`", [&] {
    return world_.try_state(owner.text, shared, {{Role::kRootManager, kRoot}, {Role::kMember, owner}});
  });
  auto two = body();
  two.keys.push_back(listed(KeyUse::kRecovery, next_.public_key()));
  expect_refused(world_, "more than one recovery key", [&] {
    return world_.try_state("tax", two, {{Role::kRootManager, kRoot}, {Role::kMember, kUser}});
  });
  // What is claimed is nobody else's, before it is registered.
  ASSERT_TRUE(claim());
  expect_refused(world_, "the office key belongs to member `tax`", [&] {
    return world_.try_state(owner.text, with_office(next_, owner),
                            {{Role::kRootManager, kRoot}, {Role::kMember, owner, &next_}, {Role::kPrevious, owner}});
  });
}

TEST_F(Recovery, TheRootManagersOwnIsSignedForByItsNewKey) {
  recovery_ = testing::member_keys(world_.suite(), "offline", 8).office;
  enrol(kRoot);
  const auto next = testing::member_keys(world_.suite(), "data-bureau", 1).office;
  const auto claimed = world_.try_state(
      kRoot.text, with_office(next, kRoot),
      {{Role::kRecovery, kRoot, &recovery_}, {Role::kRootManager, kRoot, &next}, {Role::kMember, kRoot, &next}});
  ASSERT_TRUE(claimed) << claimed.error().what;
  world_.pass(limits::kRecoveryWait);
  const schemas::Duty duty{testing::text("d"), testing::text("s"), kUser};
  expect_refused(world_, "the key was replaced", [&] {
    return world_.try_state("duty-2", duty, {{Role::kRootManager, kRoot}});
  });
  EXPECT_TRUE(world_.try_state("duty-2", duty, {{Role::kRootManager, kRoot, &next}}));
}

}  // namespace
}  // namespace steelyard::exchange
