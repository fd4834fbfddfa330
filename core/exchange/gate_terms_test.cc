// Masks, row filters and quotas, as the gate puts them into a verdict and the owner holds a grant against its own.
#include <gtest/gtest.h>

#include "core/exchange/own_terms.h"
#include "core/exchange/testing/world.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

namespace code = schemas::code;
using schemas::ValueType;
using testing::World;

const MemberId kOwner("civil-affairs"), kUser("tax");
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

class GateTermsTest : public ::testing::Test {
 protected:
  GateTermsTest() : world_(World::city()) {
    request_.head.author = kUser;
    request_.head.id.octets[0] = 7;
    request_.application = ApplicationId("tax-relief");
    request_.dataset = kHousehold;
    request_.purpose = PurposeId("deduction");
    ask({"address", "name"}, {"id_number"});
  }
  void ask(const std::vector<std::string>& fields, const std::vector<std::string>& conditions = {}) {
    request_.fields.clear();
    request_.conditions.clear();
    for (const std::string& name : fields) request_.fields.emplace_back(name);
    for (const std::string& name : conditions) request_.conditions.emplace_back(name);
  }
  schemas::Agreement agreement() const { return world_.registry().agreement(kAgreement)->in_force->statement; }
  void agree(std::vector<std::pair<FieldName, std::string>> masks) {
    auto body = agreement();
    body.masks = std::move(masks);
    world_.add_agreement(body);
  }
  void filter(const std::string& text) {
    auto body = agreement();
    body.row_filter = text;
    world_.add_agreement(body);
  }
  template <class Change>
  void publish(Change change) {
    auto catalogue = world_.registry().dataset(kHousehold)->statement;
    change(catalogue);
    world_.add_dataset(catalogue);
  }
  Verdict weigh() const { return Gate(world_.registry()).weigh(question_of(request_), world_.now()); }
  std::string masks() const {
    const Verdict verdict = weigh();
    if (!verdict.permitted()) return std::string(schemas::error_row(verdict.reason())->slug);
    std::string text;
    for (const schemas::Mask& mask : verdict.terms().masks) text += mask.field.text + "=" + mask.mask + " ";
    return text;
  }
  // An honest grant, which tests then bend; `bend` sees the entry record what the grant says.
  template <class Bend>
  Result<OwnTerms> judge(Bend bend) const {
    const Verdict verdict = weigh();
    EXPECT_TRUE(verdict.permitted());
    EntryBody entry = entry_of(verdict, request_, Digest{}, world_.now());
    schemas::Grant grant;
    grant.head.id = request_.head.id;
    grant.fields = verdict.fields();
    grant.withheld = verdict.withheld();
    grant.masks = verdict.terms().masks;
    grant.row_filter = verdict.terms().row_filter;
    grant.rows_max = verdict.terms().rows_max;
    bend(grant);
    entry.terms = Terms{grant.masks, grant.row_filter, grant.rows_max}.digest(world_.suite());
    return OwnJudge(kOwner).judge(world_.registry(), request_, grant, entry, {}, world_.now());
  }
  template <class Bend>
  void expect_outside(const std::string& why, Bend bend) const {
    const auto judged = judge(bend);
    ASSERT_FALSE(judged) << "was accepted; expected: " << why;
    EXPECT_EQ(judged.error().code, code::grant_outside_agreement);
    EXPECT_NE(judged.error().what.find(why), std::string::npos) << judged.error().what;
  }

  World world_;
  schemas::Request request_;
};

TEST_F(GateTermsTest, MasksOfReturnedFieldsStandInTheCataloguesOrder) {
  EXPECT_EQ(masks(), "");
  agree({{FieldName("address"), "keep-first-6"}, {FieldName("name"), "keep-first-1"}});
  EXPECT_EQ(masks(), "name=keep-first-1 address=keep-first-6 ");
  ask({"address"});
  EXPECT_EQ(masks(), "address=keep-first-6 ");
}

TEST_F(GateTermsTest, TwoDifferentMasksOnAFieldAreNull) {
  publish([](auto& catalogue) { catalogue.fields[0].mask = "keep-first-1"; });
  EXPECT_EQ(masks(), "name=keep-first-1 ");
  agree({{FieldName("name"), "keep-first-1"}});
  EXPECT_EQ(masks(), "name=keep-first-1 ");
  agree({{FieldName("name"), "keep-last-1"}});
  EXPECT_EQ(masks(), "name=null ");
}

TEST_F(GateTermsTest, AMaskedFieldCannotBeTested) {
  agree({{FieldName("id_number"), "keep-last-4"}});
  const Verdict verdict = weigh();
  EXPECT_EQ(verdict.reason(), code::condition_not_granted);
  EXPECT_EQ(verdict.withheld(), std::vector<FieldName>{FieldName("id_number")});
  ask({"id_number"});
  EXPECT_EQ(masks(), "id_number=keep-last-4 ");
}

TEST_F(GateTermsTest, AMaskThatStandsNoMoreDeniesTheField) {
  agree({{FieldName("name"), "keep-first-1"}});
  publish([](auto& catalogue) { catalogue.fields[0].type = ValueType::kDate; });
  EXPECT_EQ(weigh().withheld(), std::vector<FieldName>{FieldName("name")});
  EXPECT_EQ(masks(), "");
  ask({"name"});
  EXPECT_EQ(masks(), "not-permitted");
}

TEST_F(GateTermsTest, MasksAreRecordedAndHoldWithoutAnAgreementToo) {
  const Digest plain = weigh().terms_digest;
  publish([](auto& catalogue) {
    catalogue.sharing_class = schemas::SharingClass::kUnconditional;
    catalogue.fields[0].mask = "hash";
  });
  request_.purpose = PurposeId("statistics");
  EXPECT_EQ(masks(), "name=hash ");
  EXPECT_NE(weigh().terms_digest, plain);
  const auto judged = judge([](auto&) {});
  ASSERT_TRUE(judged) << judged.error().what;
  EXPECT_EQ(judged->masks.count(FieldName("name")), 1u);
  EXPECT_TRUE(judged->agreement.empty());
}

// Weighed again by its entry alone, which has the fields in the catalogue's order.
TEST_F(GateTermsTest, AnEntryWithMasksIsWeighedTheSameAgain) {
  agree({{FieldName("address"), "keep-first-6"}, {FieldName("name"), "keep-first-1"}});
  const Verdict verdict = weigh();
  const EntryBody entry = entry_of(verdict, request_, Digest{}, world_.now());
  const auto again = question_of(entry, world_.registry());
  ASSERT_TRUE(again);
  EXPECT_TRUE(Gate(world_.registry()).weigh(*again, world_.now()).same_as(entry));
}

TEST_F(GateTermsTest, TheOwnerDemandsAtLeastItsOwnMasks) {
  agree({{FieldName("name"), "keep-first-1"}});
  const auto judged = judge([](auto&) {});
  ASSERT_TRUE(judged) << judged.error().what;
  EXPECT_EQ(judged->masks.at(FieldName("name")), *mask_named("keep-first-1"));
  EXPECT_EQ(judged->agreement, kAgreement);
  expect_outside("without its mask `keep-first-1`", [](auto& grant) { grant.masks.clear(); });
  expect_outside("without its mask", [](auto& grant) { grant.masks[0].mask = "keep-first-2"; });
}

TEST_F(GateTermsTest, WhatTheBrokerMasksBesideIsMaskedToo) {
  agree({{FieldName("name"), "keep-first-1"}});
  const auto judged = judge([](auto& grant) {
    grant.masks = {{FieldName("name"), "null"}, {FieldName("address"), "region"}};
  });
  ASSERT_TRUE(judged) << judged.error().what;
  EXPECT_EQ(judged->masks.at(FieldName("name")), *mask_named("null"));
  EXPECT_EQ(judged->masks.at(FieldName("address")), *mask_named("region"));
}

TEST_F(GateTermsTest, AGrantsMasksMakeSense) {
  const auto masked = [](std::vector<schemas::Mask> masks) {
    return [masks](schemas::Grant& grant) { grant.masks = masks; };
  };
  expect_outside("there is no mask `hide`", masked({{FieldName("name"), "hide"}}));
  expect_outside("does not stand on type string", masked({{FieldName("name"), "year"}}));
  expect_outside("does not return", masked({{FieldName("head"), "null"}}));
  expect_outside("twice", masked({{FieldName("name"), "null"}, {FieldName("name"), "hash"}}));
}

TEST_F(GateTermsTest, TheOwnerAnswersNoConditionOnWhatItMasks) {
  const Verdict before = weigh();
  EntryBody entry = entry_of(before, request_, Digest{}, world_.now());
  schemas::Grant grant;
  grant.head.id = request_.head.id;
  grant.fields = before.fields();
  grant.rows_max = before.terms().rows_max;
  agree({{FieldName("id_number"), "keep-last-4"}});
  entry.agreement = world_.registry().agreement(kAgreement)->in_force->number;
  const auto judged = OwnJudge(kOwner).judge(world_.registry(), request_, grant, entry, {}, world_.now());
  ASSERT_FALSE(judged);
  EXPECT_NE(judged.error().what.find("is tested, and masked"), std::string::npos) << judged.error().what;
}

TEST_F(GateTermsTest, ARowFilterIsGrantedRecordedAndTheOwners) {
  const Digest plain = weigh().terms_digest;
  filter("context.row has name && context.row.name like \"n*\"");
  EXPECT_EQ(weigh().terms().row_filter, agreement().row_filter);
  EXPECT_NE(weigh().terms_digest, plain);
  const auto judged = judge([](auto&) {});
  ASSERT_TRUE(judged) << judged.error().what;
  ASSERT_NE(judged->filter, nullptr);
  EXPECT_EQ(judged->filter->text(), agreement().row_filter);
  expect_outside("row filter is not the one", [](auto& grant) { grant.row_filter.clear(); });
  expect_outside("row filter is not the one", [](auto& grant) { grant.row_filter = "true"; });
}

TEST_F(GateTermsTest, AFilterNobodySignedIsNone) {
  expect_outside("row filter is not the one", [](auto& grant) { grant.row_filter = "false"; });
}

TEST_F(GateTermsTest, AFilterThatHoldsNoMoreRefusesEverything) {
  filter("context.row has members && context.row.members < 3");
  EXPECT_TRUE(weigh().permitted());
  publish([](auto& catalogue) { catalogue.fields[4].type = ValueType::kString; });
  EXPECT_EQ(weigh().reason(), code::policy_error);
}

TEST_F(GateTermsTest, QuotasAreThoseOfTheVersionsThatGranted) {
  EXPECT_FALSE(world_.registry().has_quotas());
  const auto on = [&] {
    const Verdict verdict = weigh();
    std::string text;
    for (const Quota& quota : quotas_on(world_.registry(), verdict.member, verdict.dataset, verdict.agreement))
      text += quota.subject + ": " + std::to_string(quota.rows_per_day) + "; ";
    return text;
  };
  EXPECT_EQ(on(), "");
  auto body = agreement();
  body.rows_per_day = 500;
  world_.add_agreement(body);
  const LogIndex before = world_.registry().agreement(kAgreement)->in_force->number;
  publish([](auto& catalogue) { catalogue.rows_per_day = 900; });
  EXPECT_EQ(on(), "agreement tax-household: 500; user tax civil-affairs/household: 900; ");
  body.rows_per_day = 0;
  world_.add_agreement(body);
  EXPECT_EQ(on(), "user tax civil-affairs/household: 900; ");
  EXPECT_EQ(world_.registry().day_limit_at(before)->rows, 500u);
  EXPECT_EQ(judge([](auto&) {})->quotas.size(), 1u);
}

TEST_F(GateTermsTest, ADayOfAnotherZoneIsCountedByItself) {
  const auto on = [&] {
    const Verdict verdict = weigh();
    std::string text;
    for (const Quota& quota : quotas_on(world_.registry(), verdict.member, verdict.dataset, verdict.agreement))
      text += quota.subject + " at " + std::to_string(quota.day_offset_minutes) + "; ";
    return text;
  };
  auto body = agreement();
  body.rows_per_day = 500;
  body.day_offset_minutes = 330;
  world_.add_agreement(body);
  publish([](auto& catalogue) {
    catalogue.rows_per_day = 900;
    catalogue.day_offset_minutes = -210;
  });
  EXPECT_EQ(on(), "agreement tax-household +05:30 at 330; user tax civil-affairs/household -03:30 at -210; ");
  body.day_offset_minutes = 480;
  world_.add_agreement(body);
  EXPECT_EQ(on(), "agreement tax-household at 480; user tax civil-affairs/household -03:30 at -210; ");
}

TEST_F(GateTermsTest, TheFoldTakesDaysOfZonesThatThereAreOnly) {
  auto body = agreement();
  for (const int wrong : {855, -855, 487, 1, 32'767, -32'768}) {
    body.day_offset_minutes = static_cast<std::int16_t>(wrong);
    const auto taken = world_.try_propose(body);
    ASSERT_FALSE(taken) << wrong;
    EXPECT_NE(taken.error().what.find("a day begins"), std::string::npos) << taken.error().what;
  }
  for (const int right : {840, -840, 345, 0}) {
    body.day_offset_minutes = static_cast<std::int16_t>(right);
    EXPECT_TRUE(world_.try_propose(body)) << right;
  }
}

TEST_F(GateTermsTest, FewerRowsAreAnotherDigestAndMoreChangeNothing) {
  Gate gate(world_.registry());
  Verdict verdict = gate.weigh(question_of(request_), world_.now());
  const Digest whole = verdict.terms_digest;
  gate.limit_rows(verdict, 20'000);
  EXPECT_EQ(verdict.terms_digest, whole);
  gate.limit_rows(verdict, 7);
  EXPECT_EQ(verdict.terms().rows_max, 7u);
  EXPECT_EQ(verdict.terms_digest, (Terms{{}, "", 7}.digest(world_.suite())));
  const Verdict refused = Verdict::refuse_instead(verdict, code::quota_exceeded);
  EXPECT_EQ(refused.reason(), code::quota_exceeded);
  EXPECT_EQ(refused.agreement, verdict.agreement);
  EXPECT_EQ(refused.epoch, verdict.epoch);
}

TEST(QuotaDay, EndsAtMidnightInBeijing) {
  const auto day = [](const char* at) { return quota_day(*instant_from_rfc3339(at)); };
  EXPECT_EQ(day("2026-11-28T15:59:59.999999Z") + 1, day("2026-11-28T16:00:00Z"));
  EXPECT_EQ(day("2026-11-28T16:00:00Z"), day("2026-11-29T15:59:59Z"));
  EXPECT_EQ(day("1970-01-01T00:00:00Z"), 0);
  EXPECT_EQ(to_rfc3339(quota_day_begins(day("2026-11-28T20:00:00Z"))), "2026-11-28T16:00:00.000000Z");
}

TEST(QuotaDay, EndsAtTheMidnightOfItsZone) {
  const auto day = [](const char* at, int minutes) {
    return quota_day(*instant_from_rfc3339(at), static_cast<std::int16_t>(minutes));
  };
  EXPECT_EQ(day("2026-11-28T18:29:59.999999Z", 330) + 1, day("2026-11-28T18:30:00Z", 330));
  EXPECT_EQ(day("2026-11-28T03:29:59.999999Z", -210) + 1, day("2026-11-28T03:30:00Z", -210));
  EXPECT_EQ(day("2026-11-28T10:30:00Z", 840), day("2026-11-28T10:30:00Z", -840) + 2) << "as far apart as days can be";
  EXPECT_EQ(day("1969-12-31T23:59:59Z", 0), -1);
  EXPECT_EQ(to_rfc3339(quota_day_begins(day("2026-11-28T20:00:00Z", 330), 330)), "2026-11-28T18:30:00.000000Z");
  for (const int minutes : {480, 0, -210, 840, -840}) {
    const auto zone = static_cast<std::int16_t>(minutes);
    EXPECT_EQ(day_offset_named(day_offset_text(zone)), zone);
  }
  EXPECT_EQ(day_offset_text(-210), "-03:30");
}

TEST_F(GateTermsTest, TheFoldTakesKnownMasksOnTheirTypesOnly) {
  const auto refused = [&](const std::string& why, std::vector<std::pair<FieldName, std::string>> masks) {
    auto body = agreement();
    body.masks = std::move(masks);
    const auto tried = world_.try_propose(body);
    ASSERT_FALSE(tried) << "was taken; expected: " << why;
    EXPECT_NE(tried.error().what.find(why), std::string::npos) << tried.error().what;
  };
  refused("there is no mask `hide`", {{FieldName("name"), "hide"}});
  refused("does not stand on type string", {{FieldName("name"), "year"}});
  refused("`members`, which it does not cover", {{FieldName("members"), "null"}});
  refused("twice", {{FieldName("name"), "null"}, {FieldName("name"), "hash"}});
}

}  // namespace
}  // namespace steelyard::exchange
