#include "core/exchange/own_terms.h"

#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

namespace code = schemas::code;
using schemas::AgreementChange;
using schemas::Role;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax");
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

// A request that the broker granted honestly; tests then bend what the owner is shown.
class OwnTermsTest : public ::testing::Test {
 protected:
  OwnTermsTest() : world_(World::city()) {
    request_.head.author = kUser;
    request_.head.id.octets[0] = 7;
    request_.application = ApplicationId("tax-relief");
    request_.dataset = kHousehold;
    request_.purpose = PurposeId("deduction");
    request_.fields = {FieldName("name"), FieldName("address"), FieldName("head")};
    request_.conditions = {FieldName("id_number")};
    grant();
  }
  void grant() {
    const Verdict verdict = Gate(world_.registry()).weigh(question_of(request_), world_.now());
    ASSERT_TRUE(verdict.permitted()) << verdict.reason();
    entry_ = entry_of(verdict, request_, Digest{}, world_.now());
    grant_ = {};
    grant_.head.id = request_.head.id;
    grant_.fields = verdict.fields();
    grant_.withheld = verdict.withheld();
    grant_.rows_max = verdict.terms().rows_max;
  }
  // What was kept of earlier grants changes nothing.
  Result<OwnTerms> judge(const std::set<AgreementId>& suspended = {}, const MemberId& owner = kOwner) {
    OwnJudge anew(owner);
    const auto expected = anew.judge(world_.registry(), request_, grant_, entry_, suspended, world_.now());
    for (OwnJudge* one : {&anew, owner == kOwner ? &judge_ : &anew}) {
      const auto judged = one->judge(world_.registry(), request_, grant_, entry_, suspended, world_.now());
      EXPECT_EQ(judged.has_value(), expected.has_value());
      if (judged && expected) {
        EXPECT_EQ(judged->fields, expected->fields);
        EXPECT_EQ(judged->rows_max, expected->rows_max);
      } else if (!judged && !expected) {
        EXPECT_EQ(judged.error().what, expected.error().what);
      }
    }
    return expected;
  }
  void expect_outside(const std::string& why) {
    const auto judged = judge();
    ASSERT_FALSE(judged) << "was accepted; expected: " << why;
    EXPECT_EQ(judged.error().code, code::grant_outside_agreement);
    EXPECT_NE(judged.error().what.find(why), std::string::npos) << judged.error().what;
  }
  std::size_t place(const std::string& name) const {
    const auto& fields = *world_.registry().fields_at(entry_.dataset);
    return static_cast<std::size_t>(std::find(fields.begin(), fields.end(), FieldName(name)) - fields.begin());
  }

  World world_;
  OwnJudge judge_{kOwner};
  schemas::Request request_;
  schemas::Grant grant_;
  EntryBody entry_;
};

TEST_F(OwnTermsTest, AnHonestGrantStands) {
  const auto judged = judge();
  ASSERT_TRUE(judged) << judged.error().what;
  EXPECT_EQ(judged->fields, (std::vector<FieldName>{FieldName("name"), FieldName("address")}));
  EXPECT_EQ(judged->rows_max, 10'000u);
}

TEST_F(OwnTermsTest, AFieldBeyondTheAgreementIsRefusedThoughRecorded) {
  grant_.fields.emplace_back("head");
  expect_outside("other fields");
  entry_.returned.add(place("head"));  // a broker that lies in both places
  expect_outside("does not cover field `head`");
}

TEST_F(OwnTermsTest, ATestedFieldBeyondTheAgreementIsRefused) {
  request_.conditions.emplace_back("members");
  expect_outside("other tested fields");
  entry_.tested.add(place("members"));
  expect_outside("does not cover field `members`, which is tested");
}

TEST_F(OwnTermsTest, AFieldNobodyAskedForIsRefused) {
  request_.fields.erase(request_.fields.begin());
  expect_outside("was not asked for");
}

TEST_F(OwnTermsTest, ThePurposeIsTheAgreements) {
  request_.purpose = PurposeId("statistics");
  expect_outside("another purpose");
  entry_.purpose = world_.registry().term(schemas::VocabularyKind::kPurpose, "statistics")->number;
  expect_outside("does not cover this purpose");
}

TEST_F(OwnTermsTest, EntryAndGrantAreAboutThisRequest) {
  const EntryBody entry = entry_;
  const schemas::Grant grant = grant_;
  entry_.digest.octets[0] ^= 1;
  expect_outside("another request");
  entry_ = entry;
  grant_.head.id.octets[1] ^= 1;
  expect_outside("another exchange");
  grant_ = grant;
  entry_.member = entry.peer;
  expect_outside("another user");
  entry_ = entry;
  entry_.verdict = code::not_permitted;
  expect_outside("grants nothing");
  entry_ = entry;
  entry_.dataset = LogIndex(0);
  expect_outside("another catalogue statement");
}

TEST_F(OwnTermsTest, LimitsAreThoseRecordedAndTheStrictestHolds) {
  grant_.rows_max += 1;
  expect_outside("other terms");
  grant_.rows_max = 0;
  expect_outside("no rows");
  auto agreement = world_.registry().agreement(kAgreement)->in_force->statement;
  agreement.rows_max = 30;
  world_.add_agreement(agreement);
  grant();
  EXPECT_EQ(judge()->rows_max, 30u);
  grant_.rows_max = entry_.count = 500;  // a broker that grants more, and records so
  entry_.terms = Terms{{}, "", 500}.digest(world_.suite());
  EXPECT_EQ(judge()->rows_max, 30u);
}

TEST_F(OwnTermsTest, MasksAreThoseRecorded) {
  grant_.masks.push_back({FieldName("name"), "null"});
  expect_outside("other terms");
}

TEST_F(OwnTermsTest, StoppedHereIsStopped) {
  const auto judged = judge({kAgreement});
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, code::withdrawn_locally);
  EXPECT_TRUE(judge({AgreementId("another")}));
}

TEST_F(OwnTermsTest, TheReplicaDecidesWhatIsInForce) {
  ASSERT_TRUE(world_.try_change(kAgreement, AgreementChange::kSuspend, {{Role::kOwner, kOwner}}));
  expect_outside("is suspended");
  ASSERT_TRUE(world_.try_change(kAgreement, AgreementChange::kResume, {{Role::kOwner, kOwner}}));
  EXPECT_TRUE(judge());
  world_.add_agreement(world_.registry().agreement(kAgreement)->in_force->statement);
  expect_outside("another version");
}

TEST_F(OwnTermsTest, ABasisThatHasEndedCarriesNoGrant) {
  const Instant end = world_.now() + minutes(10);
  ASSERT_TRUE(
      world_.try_term(schemas::VocabularyKind::kBasis, "tax-law", [end](auto& term) { term.valid_until = end; }));
  EXPECT_TRUE(judge());
  world_.pass(end - world_.now());
  expect_outside("legal basis is not in force");
}

TEST_F(OwnTermsTest, ADatasetGoesWithItsDuty) {
  ASSERT_TRUE(world_.try_pass_duty(DutyId("residents"), kUser));
  expect_outside("duty `residents` has passed on");
}

TEST_F(OwnTermsTest, WithoutAnAgreementOnlyUnconditionalDataGoes) {
  entry_.agreement = kNoIndex;
  expect_outside("not shared without an agreement");
  auto catalogue = world_.registry().dataset(kHousehold)->statement;
  catalogue.sharing_class = schemas::SharingClass::kUnconditional;
  catalogue.rows_max = 40;
  world_.add_dataset(catalogue);
  request_.purpose = PurposeId("statistics");
  grant();
  ASSERT_EQ(entry_.agreement, kNoIndex);
  const auto judged = judge();
  ASSERT_TRUE(judged) << judged.error().what;
  EXPECT_EQ(judged->fields, request_.fields);
  EXPECT_EQ(judged->rows_max, 40u);
  request_.agreement = kAgreement;
  expect_outside("names an agreement");
}

TEST_F(OwnTermsTest, AnotherOwnersDatasetIsNotOurs) {
  const auto judged = judge({}, kUser);
  ASSERT_FALSE(judged);
  EXPECT_EQ(judged.error().code, code::grant_outside_agreement);
}

}  // namespace
}  // namespace steelyard::exchange
