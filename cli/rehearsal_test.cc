#include "cli/rehearsal.h"

#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

namespace code = schemas::code;
using exchange::testing::World;

// What tax would be told, with and without the change.
class RehearsalTest : public ::testing::Test {
 protected:
  static exchange::Question question() {
    exchange::Question asked;
    asked.user = MemberId("tax");
    asked.application = ApplicationId("tax-relief");
    asked.dataset = DatasetId("civil-affairs/household");
    asked.purpose = PurposeId("deduction");
    asked.fields = {FieldName("name"), FieldName("address")};
    return asked;
  }
  Difference difference(const Change& change) {
    World changed = World::city();
    const Instant now = world_.now();
    exchange::Registry after = changed.take_registry();
    const auto done = rehearse(after, change, now);
    EXPECT_TRUE(done) << done.error().what;
    exchange::Gate without(world_.registry()), with(after);
    EXPECT_TRUE(without.rebuild() && with.rebuild());
    return {LogIndex(), {}, question(), without.weigh(question(), now), with.weigh(question(), now)};
  }
  schemas::Agreement terms(const std::vector<std::string>& fields) const {
    return world_.agreement(AgreementId("tax-household"), MemberId("tax"), DatasetId("civil-affairs/household"), fields,
                            DutyId("tax-deduction"));
  }

  World world_ = World::city();
};

TEST_F(RehearsalTest, AnOwnersNewSetIsWeighedAsIfItWereInForce) {
  Change change;
  change.policies.emplace(
      "civil-affairs",
      schemas::PolicySet{
          "forbid (principal, action, resource == Field::\"civil-affairs/household/address\");", world_.now(), {}});
  const Difference one = difference(change);
  EXPECT_TRUE(one.before.permitted());
  EXPECT_EQ(one.after.fields(), std::vector<FieldName>{FieldName("name")});
  EXPECT_EQ(effect_of(one), "withholds: address");
}

TEST_F(RehearsalTest, ASetThatNoFoldWouldTakeIsToldSo) {
  exchange::Registry registry = World::city().take_registry();
  Change change;
  change.policies.emplace("civil-affairs", schemas::PolicySet{"permit (principal, action, resource);", {0}, {}});
  const auto done = rehearse(registry, change, world_.now());
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, code::statement_refused);
}

TEST_F(RehearsalTest, ANarrowerAgreementTakesThePlaceOfTheOneInForce) {
  Change change;
  change.agreement = terms({"name", "id_number"});
  change.agreement->rows_max = 7;
  EXPECT_EQ(effect_of(difference(change)), "withholds: address; rows: 7 instead of 10000");
  change.agreement = terms({"name", "address"});
  change.agreement->masks = {{FieldName("address"), "keep-first-3"}};
  EXPECT_EQ(effect_of(difference(change)), "masks address: keep-first-3");
}

TEST_F(RehearsalTest, ABasisThatEndsTakesWhatStoodOnIt) {
  Change change;
  change.ended_basis = "tax-law";
  EXPECT_EQ(effect_of(difference(change)), "refused: agreement-suspended");
  change.ended_basis = "no-law";
  exchange::Registry registry = World::city().take_registry();
  EXPECT_FALSE(rehearse(registry, change, world_.now()));
}

}  // namespace
}  // namespace steelyard::cli
