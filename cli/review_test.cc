#include "cli/review_page.h"

#include <gtest/gtest.h>

#include "core/exchange/testing/world.h"

namespace steelyard::cli {
namespace {

using exchange::testing::World;
using schemas::Role;

const MemberId kOwner("civil-affairs"), kUser("tax");
const AgreementId kAgreement("tax-household");
const DatasetId kHousehold("civil-affairs/household");

class ReviewTest : public ::testing::Test {
 protected:
  ReviewTest() {
    world_.add_member(MemberId("health"));
    world_.add_duty(DutyId("care"), MemberId("health"));
    world_.add_dataset(
        World::catalogue(DatasetId("civil-affairs/marriage"), DutyId("residents"), {"spouse", "id_number", "year"}));
    world_.add_dataset(
        World::catalogue(DatasetId("civil-affairs/parks"), DutyId("residents"), {"park", "gate", "area"}));
  }
  Review review(const AgreementId& id = kAgreement) const {
    return review_of(world_.registry(), *world_.registry().agreement(id), world_.now());
  }
  static const ReviewSection& section(const Review& review, const std::string& key) {
    for (const ReviewSection& one : review.sections)
      if (one.key == key) return one;
    ADD_FAILURE() << "no section " << key;
    return review.sections.front();
  }
  void agree(const std::string& id, const MemberId& user, const DatasetId& dataset,
             const std::vector<std::string>& fields, const std::string& duty) {
    world_.add_agreement(world_.agreement(AgreementId(id), user, dataset, fields, DutyId(duty)));
  }

  World world_ = World::city();
};

TEST_F(ReviewTest, ItsDigestIsThatOfTheVersionThatWaits) {
  EXPECT_EQ(review().digest, world_.registry().agreement(kAgreement)->in_force_digest);
  auto next = *world_.registry().agreement(kAgreement)->terms();
  next.fields.pop_back();
  ASSERT_TRUE(world_.try_propose(next));
  const Review made = review();
  EXPECT_EQ(made.digest, world_.registry().agreement(kAgreement)->proposed_digest);
  for (const std::string& page : {review_text(made, Language::kBoth), review_html(made, Language::kEn)})
    EXPECT_NE(page.find(to_hex(made.digest.view())), std::string::npos);
}

TEST_F(ReviewTest, EachFieldStandsWithItsMeaningAndWhy) {
  const ReviewSection& fields = section(review(), "fields");
  ASSERT_EQ(fields.rows.size(), 3u);
  EXPECT_EQ(fields.rows[1][0].en, "id_number");
  EXPECT_EQ(fields.rows[1][2].en, "3");
  EXPECT_EQ(fields.rows[1][3].zh, "是");
  EXPECT_NE(fields.rows[1][5].en.find("deduction"), std::string::npos);
}

TEST_F(ReviewTest, AMaskIsShownTogetherWithTheCatalogues) {
  schemas::Catalogue masked = world_.registry().dataset(kHousehold)->statement;
  masked.fields[0].mask = "hash";
  world_.add_dataset(masked);
  auto next = *world_.registry().agreement(kAgreement)->terms();
  EXPECT_EQ(section(review(), "fields").rows[0][4].en, "hash");
  next.masks = {{next.fields[0], "keep-first-1"}};
  ASSERT_TRUE(world_.try_propose(next));
  EXPECT_EQ(section(review(), "fields").rows[0][4].en, "null");
}

TEST_F(ReviewTest, ADayOfAnotherZoneIsNamedAndIsADifference) {
  auto next = *world_.registry().agreement(kAgreement)->terms();
  next.rows_per_day = 2'000;
  world_.add_agreement(next);
  const auto rows = [this] {
    const Review made = review();
    for (const ReviewLine& line : section(made, "limits").lines)
      if (line.key == "rows") return line.value;
    return Text{};
  };
  EXPECT_EQ(rows().en.find("UTC"), std::string::npos);
  next.day_offset_minutes = 330;
  ASSERT_TRUE(world_.try_propose(next));
  EXPECT_NE(rows().en.find("2000 a day (days of UTC+05:30)"), std::string::npos) << rows().en;
  EXPECT_NE(rows().zh.find("（按 UTC+05:30 计日）"), std::string::npos) << rows().zh;
  EXPECT_EQ(section(review(), "difference").rows.size(), 1u);
}

TEST_F(ReviewTest, WhatTheUserHoldsAboutTheSameIdentifier) {
  EXPECT_TRUE(section(review(), "held").rows.empty());
  agree("tax-marriage", kUser, DatasetId("civil-affairs/marriage"), {"spouse"}, "tax-deduction");
  agree("tax-parks", kUser, DatasetId("civil-affairs/parks"), {"park"}, "tax-deduction");  // of another identifier
  agree("health-marriage", MemberId("health"), DatasetId("civil-affairs/marriage"), {"year"}, "care");
  const ReviewSection held = section(review(), "held");
  ASSERT_EQ(held.rows.size(), 1u);
  EXPECT_EQ(held.rows[0][0].en, "tax-marriage");
  EXPECT_EQ(held.rows[0][2].en, "id_number");
  EXPECT_EQ(held.rows[0][3].en, "spouse");
}

TEST_F(ReviewTest, WhatSimilarAgreementsGot) {
  agree("health-household", MemberId("health"), kHousehold, {"name", "head"}, "care");
  agree("tax-marriage", kUser, DatasetId("civil-affairs/marriage"), {"spouse"}, "tax-deduction");
  const ReviewSection similar = section(review(), "similar");
  ASSERT_EQ(similar.rows.size(), 1u);  // not the user's own
  EXPECT_EQ(similar.rows[0][0].en, "health-household");
  EXPECT_EQ(similar.rows[0][4].en, "name, head");
}

TEST_F(ReviewTest, TheDifferenceFromTheVersionInForce) {
  EXPECT_TRUE(section(review(), "difference").rows.empty());
  auto next = *world_.registry().agreement(kAgreement)->terms();
  next.fields = {FieldName("name"), FieldName("id_number"), FieldName("head")};
  next.rows_max = 20;
  ASSERT_TRUE(world_.try_propose(next));
  const ReviewSection difference = section(review(), "difference");
  ASSERT_EQ(difference.rows.size(), 3u);
  EXPECT_EQ(difference.rows[0][2].en, "head");
  EXPECT_EQ(difference.rows[1][1].en, "address");
  EXPECT_EQ(difference.rows[2][2].en, "20 in one answer");
}

TEST_F(ReviewTest, WhatHasFallenStandsFirstOfAll) {
  EXPECT_TRUE(section(review(), "grounds").rows.empty());
  ASSERT_TRUE(world_.try_pass_duty(DutyId("tax-deduction"), MemberId("health")));
  const Review made = review();
  ASSERT_EQ(section(made, "grounds").rows.size(), 1u);
  EXPECT_EQ(section(made, "grounds").rows[0][0].en, "duty `tax-deduction` is not held by `tax`");
  EXPECT_NE(review_text(made, Language::kZh).find("职责 `tax-deduction` 已不属于 `tax`"), std::string::npos);
}

TEST_F(ReviewTest, WhatHasReachedItsEndIsShownAsExpired) {
  auto next = *world_.registry().agreement(kAgreement)->terms();
  next.valid_until = world_.now() + minutes(60);
  world_.add_agreement(next);
  EXPECT_EQ(section(review(), "progress").lines[0].value.en, "active");
  world_.pass(minutes(60));
  EXPECT_EQ(section(review(), "progress").lines[0].value.en, "expired");
}

TEST_F(ReviewTest, WhatOthersWroteSteersNeitherBrowserNorTerminal) {
  auto next = *world_.registry().agreement(kAgreement)->terms();
  next.terms = {"<script>alert(1)</script>", "\"quoted\" & <b>bold</b>\n\tsecond line"};
  ASSERT_TRUE(world_.try_propose(next));
  const std::string html = review_html(review(), Language::kBoth);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)&lt;/script&gt;"), std::string::npos);
  EXPECT_NE(html.find("&quot;quoted&quot; &amp; &lt;b&gt;bold"), std::string::npos);
  for (const char* outside : {"http://", "https://", "src=", "href="})
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  const std::string text = review_text(review(), Language::kEn);
  EXPECT_NE(text.find("<b>bold</b>\n"), std::string::npos);
  EXPECT_EQ(text.find('\t'), std::string::npos);
}

TEST_F(ReviewTest, EveryLabelIsInBothLanguages) {
  agree("tax-marriage", kUser, DatasetId("civil-affairs/marriage"), {"spouse"}, "tax-deduction");
  for (const ReviewSection& one : review().sections) {
    EXPECT_FALSE(one.title.zh.empty() || one.title.en.empty()) << one.key;
    for (const auto& lines : {one.lines, one.columns})
      for (const ReviewLine& line : lines)
        EXPECT_FALSE(line.key.empty() || line.label.zh.empty() || line.label.en.empty()) << one.key;
    for (const auto& row : one.rows) EXPECT_EQ(row.size(), one.columns.size()) << one.key;
  }
  EXPECT_NE(review_text(review(), Language::kZh).find("使用方"), std::string::npos);
  EXPECT_EQ(review_text(review(), Language::kEn).find("使用方"), std::string::npos);
}

TEST_F(ReviewTest, ProgramsGetTheSameAsJson) {
  const json::Value value = review_json(review());
  EXPECT_EQ(*value.string_at("agreement"), kAgreement.text);
  const json::Value* parties = value.find("parties");
  ASSERT_NE(parties, nullptr);
  EXPECT_EQ(*(*parties->at("user"))->string_at("en"), "tax (tax)");
  EXPECT_EQ((*value.find("fields")->array_at("rows"))->size(), 3u);
}

}  // namespace
}  // namespace steelyard::cli
