#include "core/exchange/policy_ids.h"

#include <gtest/gtest.h>

namespace steelyard::exchange {
namespace {

TEST(PolicyIds, SayWhereAPolicyComesFrom) {
  EXPECT_EQ(set_policies_prefix("civil-affairs"), "policy:civil-affairs#");
  EXPECT_EQ(agreement_policy_id(AgreementId("tax-household")), "agreement:tax-household");
  const PolicyOrigin of_set = origin_of("policy:civil-affairs#12");
  EXPECT_EQ(of_set.subject, "civil-affairs");
  EXPECT_EQ(of_set.place, 12);
  const PolicyOrigin of_agreement = origin_of("agreement:tax-household");
  EXPECT_EQ(of_agreement.subject, "tax-household");
  EXPECT_FALSE(of_agreement.place);
  for (const char* id : {"policy:baseline#0", "policy:baseline#1764", "agreement:a.b-c_d"})
    EXPECT_EQ(policy_id(origin_of(id)), id);
}

}  // namespace
}  // namespace steelyard::exchange
