// The baseline that deploy/policies ships, weighed: who gets what of each sharing class, with and without an agreement.
#include <gtest/gtest.h>

#include "core/exchange/gate.h"
#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::AgreementChange;
using schemas::Role;
using schemas::SharingClass;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax"), kOther("police");
const DatasetId kHousehold("civil-affairs/household");
const AgreementId kAgreement("tax-household");

// `tax` has an agreement over the dataset, `police` has none, `civil-affairs` owns it.
class Baseline : public ::testing::Test {
 protected:
  Baseline() : world_(World::city()) {
    world_.add_member(kOther);
    world_.add_application(ApplicationId("case-work"), kOther);
    world_.add_application(ApplicationId("welfare"), kOwner);
  }
  void publish(SharingClass sharing_class) {
    auto catalogue = world_.registry().dataset(kHousehold)->statement;
    catalogue.sharing_class = sharing_class;
    world_.add_dataset(catalogue);
  }
  std::string weigh(const MemberId& member, const std::string& application) const {
    Question question;
    question.user = member;
    question.application = ApplicationId(application);
    question.dataset = kHousehold;
    question.purpose = PurposeId("deduction");
    question.fields = {FieldName("name"), FieldName("head")};  // the agreement covers the first alone
    const Verdict verdict = Gate(world_.registry()).weigh(question, world_.now());
    if (!verdict.permitted()) return std::string(schemas::error_row(verdict.reason())->slug);
    std::string fields;
    for (const FieldName& field : verdict.fields()) fields += field.text + " ";
    return fields;
  }
  std::string owner() const { return weigh(kOwner, "welfare"); }
  std::string with_agreement() const { return weigh(kUser, "tax-relief"); }
  std::string without() const { return weigh(kOther, "case-work"); }

  World world_;
};

TEST_F(Baseline, UnconditionalDataGoesToEveryMember) {
  publish(SharingClass::kUnconditional);
  EXPECT_EQ(owner(), "name head ");
  EXPECT_EQ(with_agreement(), "name head ");
  EXPECT_EQ(without(), "name head ");
}

TEST_F(Baseline, ConditionalDataGoesByAgreementAndNoFurther) {
  publish(SharingClass::kConditional);
  EXPECT_EQ(owner(), "name head ");
  EXPECT_EQ(with_agreement(), "name ");
  EXPECT_EQ(without(), "no-agreement");
  ASSERT_TRUE(world_.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  EXPECT_EQ(with_agreement(), "agreement-suspended");
}

TEST_F(Baseline, DataThatIsNotSharedStaysWithItsOwnerAgreementOrNot) {
  publish(SharingClass::kNotShared);
  EXPECT_EQ(owner(), "name head ");
  EXPECT_EQ(with_agreement(), "not-permitted");
  EXPECT_EQ(without(), "not-permitted");
}

TEST_F(Baseline, NoOwnersPolicyOpensConditionalDataWithoutAnAgreement) {
  publish(SharingClass::kConditional);
  world_.add_policy_set(kOwner.text, "permit (principal, action, resource in Dataset::\"civil-affairs/household\");");
  EXPECT_EQ(without(), "no-agreement");
  publish(SharingClass::kNotShared);
  EXPECT_EQ(without(), "not-permitted");
  EXPECT_EQ(with_agreement(), "not-permitted");
}

TEST_F(Baseline, AnOwnersForbidHoldsInEveryClass) {
  world_.add_policy_set(kOwner.text,
                        "forbid (principal, action, resource == Field::\"civil-affairs/household/name\");");
  publish(SharingClass::kUnconditional);
  EXPECT_EQ(without(), "head ");
  publish(SharingClass::kConditional);
  EXPECT_EQ(with_agreement(), "not-permitted");
  publish(SharingClass::kNotShared);
  EXPECT_EQ(owner(), "head ");
}

}  // namespace
}  // namespace steelyard::exchange
