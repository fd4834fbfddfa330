#include "core/exchange/agreement_policy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "core/exchange/testing/world.h"
#include "policy/parser.h"

namespace steelyard::exchange {
namespace {

std::string golden(const std::string& name) {
  std::ifstream file("core/exchange/golden/" + name + ".cedar");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

schemas::Agreement city_agreement() {
  return testing::World::city().registry().agreement(AgreementId("tax-household"))->in_force->statement;
}

TEST(AgreementPolicy, OpenEndedAsItsGoldenFileSays) {
  EXPECT_EQ(agreement_policy(city_agreement()), golden("agreement-open"));
}

TEST(AgreementPolicy, LimitedAsItsGoldenFileSays) {
  schemas::Agreement agreement = city_agreement();
  agreement.fields = {FieldName("name")};
  agreement.purposes.emplace_back("statistics");
  agreement.valid_from = Instant{1'795'000'000'000'001};
  agreement.valid_until = Instant{1'800'000'000'123'999};
  EXPECT_EQ(agreement_policy(agreement), golden("agreement-limited"));
}

TEST(AgreementPolicy, WithBothActionsAsItsGoldenFileSays) {
  schemas::Agreement agreement = city_agreement();
  agreement.actions.push_back(schemas::Action::kVerify);
  EXPECT_EQ(agreement_policy(agreement), golden("agreement-verify"));
}

TEST(AgreementPolicy, IsOnePolicyOfTheLanguageAndNamesItsDataset) {
  const auto parsed = policy::parse_policy("x", agreement_policy(city_agreement()));
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(parsed->effect, policy::Effect::kPermit);
  ASSERT_TRUE(parsed->scope.resource.names_entity());
  EXPECT_EQ(parsed->scope.resource.entities[0], policy::EntityUid("Dataset", "civil-affairs/household"));
}

}  // namespace
}  // namespace steelyard::exchange
