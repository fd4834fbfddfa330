// `verify` at the gate: what claims are about is granted as what conditions test.
#include <gtest/gtest.h>

#include "core/exchange/gate.h"
#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

namespace code = schemas::code;
using testing::World;

const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

class GateVerify : public ::testing::Test {
 protected:
  GateVerify() : world_(World::city()) {}
  void agree(std::vector<schemas::Action> actions, std::vector<std::pair<FieldName, std::string>> masks = {}) {
    auto body = world_.registry().agreement(kAgreement)->in_force->statement;
    body.actions = std::move(actions);
    body.masks = std::move(masks);
    world_.add_agreement(body);
  }
  static Question question(const std::vector<std::string>& claimed) {
    Question asked;
    asked.user = MemberId("tax");
    asked.application = ApplicationId("tax-relief");
    asked.dataset = kHousehold;
    asked.action = schemas::Action::kVerify;
    asked.purpose = PurposeId("deduction");
    asked.conditions = {FieldName("id_number")};
    for (const std::string& name : claimed) asked.fields.emplace_back(name);
    return asked;
  }
  Verdict weigh(const Question& asked) const { return Gate(world_.registry()).weigh(asked, world_.now()); }

  World world_;
};

TEST_F(GateVerify, IsAnActionThatAnAgreementCoversOrNot) {
  EXPECT_EQ(weigh(question({"name"})).reason(), code::action_not_agreed);
  agree({schemas::Action::kVerify});
  const Verdict verdict = weigh(question({"name", "address"}));
  ASSERT_TRUE(verdict.permitted()) << verdict.reason();
  EXPECT_EQ(verdict.terms().rows_max, 1u);
  EXPECT_TRUE(verdict.terms().masks.empty());
  Question query = question({"name"});
  query.action = schemas::Action::kQuery;
  EXPECT_EQ(weigh(query).reason(), code::action_not_agreed);
}

TEST_F(GateVerify, OneFieldThatIsNotGrantedRefusesTheWhole) {
  agree({schemas::Action::kVerify});
  const Verdict verdict = weigh(question({"name", "head"}));
  EXPECT_EQ(verdict.reason(), code::condition_not_granted);
  EXPECT_EQ(verdict.withheld(), std::vector<FieldName>{FieldName("head")});
}

TEST_F(GateVerify, AMaskedFieldIsNotClaimedAbout) {
  agree({schemas::Action::kVerify}, {{FieldName("name"), "keep-first-1"}});
  EXPECT_EQ(weigh(question({"name"})).reason(), code::condition_not_granted);
  EXPECT_TRUE(weigh(question({"address"})).permitted());
}

TEST_F(GateVerify, ItsEntryIsWeighedTheSameAgain) {
  agree({schemas::Action::kQuery, schemas::Action::kVerify});
  schemas::Request request;
  request.head.author = MemberId("tax");
  request.application = ApplicationId("tax-relief");
  request.dataset = kHousehold;
  request.action = schemas::Action::kVerify;
  request.purpose = PurposeId("deduction");
  request.fields = {FieldName("address"), FieldName("name")};
  request.conditions = {FieldName("id_number")};
  const Verdict verdict = weigh(question_of(request));
  ASSERT_TRUE(verdict.permitted()) << verdict.reason();
  const EntryBody entry = entry_of(verdict, request, Digest{}, world_.now());
  const auto again = question_of(entry, world_.registry());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->action, schemas::Action::kVerify);
  EXPECT_TRUE(weigh(*again).same_as(entry));
}

TEST_F(GateVerify, UnconditionalDataMayBeVerifiedWithoutAnAgreement) {
  auto catalogue = world_.registry().dataset(kHousehold)->statement;
  catalogue.sharing_class = schemas::SharingClass::kUnconditional;
  world_.add_dataset(catalogue);
  EXPECT_TRUE(weigh(question({"head"})).permitted());
}

}  // namespace
}  // namespace steelyard::exchange
