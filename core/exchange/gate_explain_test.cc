#include <gtest/gtest.h>

#include "core/exchange/gate.h"
#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

namespace code = schemas::code;
using schemas::Action;
using testing::World;

const DatasetId kHousehold("civil-affairs/household");
const std::vector<std::string> kFields = {"name", "id_number", "address", "head", "members"};

class GateExplainTest : public ::testing::Test {
 protected:
  static Question question(Action action = Action::kQuery) {
    Question asked;
    asked.user = MemberId("tax");
    asked.application = ApplicationId("tax-relief");
    asked.dataset = kHousehold;
    asked.action = action;
    asked.purpose = PurposeId("deduction");
    return asked;
  }
  Explained explain(const Question& asked) {
    Gate gate(world_.registry());
    EXPECT_TRUE(gate.rebuild());
    return gate.explain(asked, world_.now());
  }
  // The verdict on each field alone is what was explained of it.
  void expect_as_weighed(const Question& asked) {
    Gate gate(world_.registry());
    ASSERT_TRUE(gate.rebuild());
    const Explained explained = gate.explain(asked, world_.now());
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      Question one = asked;
      if (asked.action == Action::kVerify) one.conditions = {FieldName(kFields[i])};
      one.fields = {FieldName(kFields[i])};
      const Verdict verdict = gate.weigh(one, world_.now());
      const bool given = explained.refused == 0 && explained.fields[i].given();
      EXPECT_EQ(verdict.permitted(), given) << kFields[i];
      if (explained.refused != 0) {
        EXPECT_EQ(verdict.reason(), explained.refused);
        continue;
      }
      EXPECT_EQ(explained.fields[i].field.text, kFields[i]);
      if (given && verdict.permitted()) {
        EXPECT_EQ(verdict.terms().masks.empty() ? "" : verdict.terms().masks.front().mask, explained.fields[i].mask);
      }
    }
  }
  schemas::Agreement agreement(const std::vector<std::string>& fields) const {
    return world_.agreement(AgreementId("second"), MemberId("tax"), kHousehold, fields, DutyId("tax-deduction"));
  }

  World world_ = World::city();
};

TEST_F(GateExplainTest, EachFieldIsExplainedAsItWouldBeWeighed) {
  expect_as_weighed(question());
  expect_as_weighed(question(Action::kVerify));
  world_.add_policy_set("civil-affairs",
                        "forbid (principal, action, resource == Field::\"civil-affairs/household/address\");");
  expect_as_weighed(question());
  schemas::Agreement second = agreement({"name", "address", "head", "members"});
  second.actions = {Action::kQuery, Action::kVerify, Action::kSubscribe};
  second.masks = {{FieldName("head"), "keep-last-4"}};
  world_.add_agreement(second);
  for (const Action action : {Action::kQuery, Action::kVerify, Action::kSubscribe}) {
    Question asked = question(action);
    asked.agreement = second.agreement;
    expect_as_weighed(asked);
  }
  expect_as_weighed(question());  // more than one would do
}

TEST_F(GateExplainTest, AFieldThatIsNotGivenHasItsReason) {
  EXPECT_EQ(explain(question()).fields[3].shown, Shown::kNotInAgreement);
  world_.add_policy_set("civil-affairs",
                        "forbid (principal, action, resource == Field::\"civil-affairs/household/address\");");
  const Explained explained = explain(question());
  EXPECT_EQ(explained.fields[2].shown, Shown::kForbidden);
  EXPECT_EQ(explained.fields[2].policies, std::vector<std::string>{"policy:civil-affairs#0"});
  EXPECT_EQ(explained.fields[0].shown, Shown::kAsItIs);
  EXPECT_EQ(explained.fields[0].policies, std::vector<std::string>{"agreement:tax-household"});
  EXPECT_EQ(explained.agreement.text, "tax-household");
}

TEST_F(GateExplainTest, AMaskedFieldMayNotBeVerified) {
  schemas::Agreement second = agreement({"name", "head"});
  second.actions = {Action::kQuery, Action::kVerify};
  second.masks = {{FieldName("head"), "keep-last-4"}};
  world_.add_agreement(second);
  Question asked = question();
  asked.agreement = second.agreement;
  EXPECT_EQ(explain(asked).fields[3].shown, Shown::kMasked);
  EXPECT_EQ(explain(asked).fields[3].mask, "keep-last-4");
  asked.action = Action::kVerify;
  EXPECT_EQ(explain(asked).fields[3].shown, Shown::kNotByMask);
}

TEST_F(GateExplainTest, WhatIsRefusedAsAWholeSaysWhy) {
  Question asked = question(Action::kSubscribe);
  EXPECT_EQ(explain(asked).refused, code::action_not_agreed);
  asked = question();
  asked.purpose = PurposeId("statistics");
  EXPECT_EQ(explain(asked).refused, code::purpose_not_agreed);
  EXPECT_TRUE(explain(asked).fields.empty());
  EXPECT_EQ(Gate(Registry()).explain(question(), World::kStart).refused, code::policy_missing);
}

}  // namespace
}  // namespace steelyard::exchange
