// The terms of a grant as the owner carries them out: masks, row filter, quotas.
#include <gtest/gtest.h>

#include "adapters/masking.h"
#include "adapters/provider_desk.h"

namespace steelyard::adapters {
namespace {

using schemas::AnswerStatus;
using schemas::Value;
using schemas::ValueType;

schemas::Agreement agreement_of(const ProviderDesk& desk) {
  return desk.world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
}
void mask(ProviderDesk& desk, std::vector<std::pair<FieldName, std::string>> masks) {
  auto body = agreement_of(desk);
  body.masks = std::move(masks);
  desk.world.add_agreement(body);
}
Asked granted_with(ProviderDesk& desk, std::vector<schemas::Mask> masks) {
  Asked asked = desk.ask();
  asked.grant.masks = std::move(masks);
  desk.grant_anew(asked);
  return asked;
}

TEST(ProviderTerms, MasksBeforeItSealsAndKeepsTheRealKey) {
  ProviderDesk desk;
  mask(desk, {{FieldName("name"), "keep-first-2"}});
  const Asked asked = granted_with(desk, {{FieldName("name"), "keep-first-2"}});
  ASSERT_TRUE(desk.serve(asked));
  const schemas::AnswerPayload payload = desk.open(0);
  ASSERT_EQ(payload.rows.count, 1u);
  EXPECT_EQ(payload.rows.columns[0].values[0], Value(std::string("na*")));
  EXPECT_EQ(payload.rows.columns[1].values[0], Value(std::string("address-1")));
}

TEST(ProviderTerms, AMaskedKeyIsInTheLedgerAsItIs) {
  ProviderDesk desk;
  mask(desk, {{FieldName("id_number"), "hash"}});
  schemas::Request request = desk.request();
  request.fields = {FieldName("id_number"), FieldName("name")};
  request.conditions.clear();
  schemas::RequestPayload payload = desk.payload();
  payload.parameters.clear();
  Asked asked = desk.ask(request, payload);
  asked.grant.masks = {{FieldName("id_number"), "hash"}};
  asked.grant.rows_max = 1;
  desk.grant_anew(asked);
  ASSERT_TRUE(desk.serve(asked));
  const auto shown = desk.open(0).rows.columns[0].values[0];
  const Digest key =
      exchange::mask_key(desk.ledger->secret(), AgreementId("tax-household"), desk.user, request.dataset);
  EXPECT_EQ(shown, exchange::mask_named("hash")->apply(ValueType::kString, std::string("id-0"), key));
  const Digest real = hash_of_key(desk.ledger->secret(), request.dataset, std::string("id-0"));
  desk.stop();
  std::vector<VerifiedRecord> seen;
  ASSERT_TRUE(verify_ledger(
      desk.dir / "state",
      [](const VerifiedRecord& record, void* to) { static_cast<std::vector<VerifiedRecord>*>(to)->push_back(record); },
      &seen));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].key_hashes, std::vector<Digest>{real});
}

TEST(ProviderTerms, AGrantWithoutTheOwnersMaskIsRefusedWithEvidence) {
  ProviderDesk desk;
  mask(desk, {{FieldName("name"), "keep-first-2"}});
  ASSERT_TRUE(desk.serve(desk.ask()));
  EXPECT_EQ(desk.rejection(0), schemas::code::grant_outside_agreement);
  EXPECT_EQ(desk.reads, 0);
}

TEST(ProviderTerms, ARowOutsideTheFilterDoesNotComeAndTheStatusSaysSo) {
  ProviderDesk desk;
  auto body = agreement_of(desk);
  body.row_filter = "context.row has head && context.row.head == \"head-2\"";  // not among the agreement's fields
  desk.world.add_agreement(body);
  schemas::Request request = desk.request();
  request.conditions.clear();
  schemas::RequestPayload payload = desk.payload();
  payload.parameters.clear();
  Asked all = desk.ask(request, payload);
  Asked other = desk.ask();  // of id-1
  for (Asked* asked : {&all, &other}) {
    asked->grant.row_filter = body.row_filter;
    desk.grant_anew(*asked);
    ASSERT_TRUE(desk.serve(*asked));
  }
  EXPECT_EQ(desk.answer(0).status, AnswerStatus::kFiltered);
  ASSERT_EQ(desk.open(0).rows.count, 1u);
  EXPECT_EQ(desk.open(0).rows.columns[0].values[0], Value(std::string("name-2")));
  EXPECT_EQ(desk.answer(1).status, AnswerStatus::kFiltered);
  EXPECT_EQ(desk.answer(1).rows, 0u);
}

TEST(ProviderTerms, TheOwnerCountsForItselfAndAcrossRestarts) {
  ProviderDesk desk;
  auto body = agreement_of(desk);
  body.rows_per_day = 3;
  desk.world.add_agreement(body);
  schemas::Request request = desk.request();
  request.conditions.clear();
  schemas::RequestPayload payload = desk.payload();
  payload.parameters.clear();
  const auto rows = [&] {
    request.head.id.octets[15] = static_cast<std::uint8_t>(request.head.id.octets[15] + 1);
    Asked asked = desk.ask(request, payload);
    asked.grant.rows_max = 2;  // whatever the broker counts
    desk.grant_anew(asked);
    EXPECT_TRUE(desk.serve(asked));
    return desk.answer(desk.bus.sent.size() - 1);
  };
  EXPECT_EQ(rows().rows, 2u);
  desk.stop();
  desk.start();
  EXPECT_EQ(rows().rows, 1u);
  EXPECT_EQ(rows().reason, schemas::code::owner_quota);
  desk.clock.now = desk.clock.now + minutes(24 * 60);
  request.head = desk.request().head;
  EXPECT_EQ(rows().rows, 2u);
}

TEST(ProviderTerms, ADayIsNotTheBrokersToChoose) {
  ProviderDesk desk;
  auto body = agreement_of(desk);
  body.rows_per_day = 1;
  desk.world.add_agreement(body);
  for (const std::int64_t days : {0, 1, 2, -1}) {
    schemas::Request request = desk.request();
    Asked asked = desk.ask(request, desk.payload());
    asked.entry.time = desk.clock.now + minutes(days * 24 * 60);
    desk.grant_anew(asked);
    ASSERT_TRUE(desk.serve(asked));
    EXPECT_EQ(desk.answer(desk.bus.sent.size() - 1).rows, days == 0 ? 1u : 0u) << days;
  }
}

// What the owner signed is a field of strings; a map that reads it as something else must not reach a mask.
TEST(ProviderTerms, AMapOfAnotherTypeThanTheMaskStandsOnIsASourceThatChanged) {
  DatasetMap map;
  map.fields = {{FieldName("name"), "name", ValueType::kInt64}};
  exchange::OwnTerms terms;
  terms.masks.emplace(FieldName("name"), *exchange::mask_named("keep-first-1"));
  terms.masks.emplace(FieldName("gone"), *exchange::mask_named("keep-first-1"));
  const auto checked = check_masks(terms, map);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, schemas::code::source_changed);
  map.fields[0].type = ValueType::kString;
  EXPECT_TRUE(check_masks(terms, map));
}

TEST(ProviderTerms, RowsThatAMaskMakesTooManyOctetsAreCut) {
  exchange::OwnTerms terms;
  schemas::Rows rows;
  rows.count = 10'000;
  for (const char* name : {"a", "b"}) {
    terms.masks.emplace(FieldName(name), *exchange::mask_named("hash"));
    rows.columns.push_back({FieldName(name), ValueType::kString, std::vector<Value>(rows.count, std::string("x"))});
  }
  schemas::Rows few = rows;
  few.count = 10;
  for (schemas::Column& column : few.columns) column.values.resize(10);
  EXPECT_FALSE(mask_rows(terms, Digest{}, few));
  EXPECT_EQ(few.count, 10u);
  EXPECT_TRUE(mask_rows(terms, Digest{}, rows));
  EXPECT_LT(rows.count, 10'000u);
  EXPECT_EQ(rows.columns[1].values.size(), rows.count);
  EXPECT_LE(schemas::encode(schemas::AnswerPayload{rows, {}}).size(), limits::kAnswerBytesMax);
}

}  // namespace
}  // namespace steelyard::adapters
