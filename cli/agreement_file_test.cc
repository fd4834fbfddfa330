#include "cli/agreement_file.h"

#include <gtest/gtest.h>

#include "cli/agreement_use.h"
#include "cli/documents.h"

namespace steelyard::cli {
namespace {

constexpr Instant kNow{1'795'000'000'000'000};

schemas::Agreement whole() {
  schemas::Agreement terms;
  terms.agreement = AgreementId("tax-relief");
  terms.user = MemberId("tax");
  terms.owner = MemberId("civil-affairs");
  terms.manager = MemberId("data-bureau");
  terms.dataset = DatasetId("civil-affairs/household");
  terms.fields = {FieldName("id_number"), FieldName("name"), FieldName("phone")};
  terms.masks = {{FieldName("name"), "keep-first-1"}, {FieldName("phone"), "hash"}};
  terms.actions = {schemas::Action::kQuery, schemas::Action::kSubscribe};
  terms.purposes = {PurposeId("tax-relief"), PurposeId("statistics")};
  terms.legal_basis = BasisId("tax-law-15");
  terms.user_duty = DutyId("income-tax");
  terms.terms = {"仅用于\"核验\"", "for checking\nonly"};
  terms.rows_max = 50;
  terms.rows_per_day = 2'000;
  terms.day_offset_minutes = 330;
  terms.row_filter = "context.row.division like \"1101*\"";
  terms.valid_from = kNow;
  terms.valid_until = Instant{1'893'456'000'000'000};
  return terms;
}

TEST(AgreementFile, ReadsBackAsTheAgreement) {
  schemas::Agreement bare = whole();
  bare.masks.clear();
  bare.terms = {};
  bare.rows_max = 0;
  bare.rows_per_day = 0;
  bare.day_offset_minutes = schemas::kDayOffsetMinutes;
  bare.row_filter.clear();
  bare.valid_until.reset();
  for (const schemas::Agreement& terms : {whole(), bare}) {
    auto file = config::parse(agreement_file(terms), "draft.toml");
    ASSERT_TRUE(file) << file.error().what;
    const auto read = read_agreement(*file, kNow);
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, terms);
  }
}

TEST(AgreementUse, WhatWasNeverUsedIsLeftOut) {
  AgreementUse use;
  use.requests = 3;
  use.fields = {{FieldName("id_number"), 3}, {FieldName("phone"), 1}};
  use.purposes = {{PurposeId("tax-relief"), 3}};
  use.actions = {{schemas::Action::kQuery, 3}};
  use.rows_most = 2;
  use.rows_most_a_day = 5;
  const auto draft = narrowed(whole(), use);
  ASSERT_TRUE(draft);
  EXPECT_EQ(draft->fields, (std::vector{FieldName("id_number"), FieldName("phone")}));
  ASSERT_EQ(draft->masks.size(), 1U);
  EXPECT_EQ(draft->masks.front().first.text, "phone");
  EXPECT_EQ(draft->purposes, std::vector{PurposeId("tax-relief")});
  EXPECT_EQ(draft->actions, std::vector{schemas::Action::kQuery});
  EXPECT_EQ(draft->rows_max, 2U);
  EXPECT_EQ(draft->rows_per_day, 5U);
  EXPECT_EQ(draft->row_filter, whole().row_filter);
}

TEST(AgreementUse, WhatWasNeverUsedAtAllHasNoSmallerVersion) { EXPECT_FALSE(narrowed(whole(), AgreementUse())); }

}  // namespace
}  // namespace steelyard::cli
