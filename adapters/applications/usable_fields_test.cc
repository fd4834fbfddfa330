#include "adapters/applications/usable_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/applications/openapi.h"
#include "core/exchange/testing/world.h"

namespace steelyard::adapters {
namespace {

using exchange::testing::World;
using ::testing::HasSubstr;
using ::testing::Not;

const DatasetId kHousehold("civil-affairs/household");
const MemberId kUser("tax");

class UsableFieldsTest : public ::testing::Test {
 protected:
  UsableFieldsTest() {
    auto terms = agreement();
    terms.actions.push_back(schemas::Action::kVerify);
    world.add_agreement(terms);
  }
  schemas::Agreement agreement() const {
    return world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  }
  void mask(const std::string& field, const std::string& mask) {
    auto terms = agreement();
    terms.masks.emplace_back(FieldName(field), mask);
    world.add_agreement(terms);
  }
  UsableFields usable() const {
    return UsableFields::of(world.registry(), kUser, *world.registry().dataset(kHousehold), world.now());
  }

  World world = World::city();
};

TEST_F(UsableFieldsTest, AMaskedFieldIsAnsweredAndNotShown) {
  EXPECT_EQ(usable().fields, usable().shown);
  ASSERT_TRUE(usable().fields.contains(FieldName("name")));
  mask("name", "keep-first-1");
  EXPECT_TRUE(usable().fields.contains(FieldName("name")));
  EXPECT_FALSE(usable().shown.contains(FieldName("name")));
}

TEST_F(UsableFieldsTest, TheDocumentOffersNoConditionOrClaimThatTheGateRefusesForAMask) {
  const std::string condition = R"("field":{"const":"name"})";
  EXPECT_THAT(openapi_page(world.registry(), kUser, world.now()), HasSubstr(condition));
  mask("name", "keep-first-1");
  EXPECT_THAT(openapi_page(world.registry(), kUser, world.now()), Not(HasSubstr(condition)));
}

TEST_F(UsableFieldsTest, WhereEveryFieldIsMaskedThereIsNothingToVerifyBy) {
  auto terms = agreement();
  for (const FieldName& field : terms.fields) terms.masks.emplace_back(field, "null");
  world.add_agreement(terms);
  const std::string page = openapi_page(world.registry(), kUser, world.now());
  EXPECT_THAT(page, HasSubstr("/v1/query/civil-affairs/household"));
  EXPECT_THAT(page, Not(HasSubstr("/v1/verify/civil-affairs/household")));
}

}  // namespace
}  // namespace steelyard::adapters
