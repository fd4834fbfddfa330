#include <gtest/gtest.h>

#include <set>

#include "adapters/provider_desk.h"
#include "core/exchange/truths.h"

namespace steelyard::adapters {
namespace {

using exchange::Truth;
using schemas::AnswerStatus;
using schemas::Compare;
using schemas::Parameter;
using schemas::Value;

class ProviderVerify : public ::testing::Test {
 protected:
  ProviderVerify() {
    auto body = desk.world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
    body.actions.push_back(schemas::Action::kVerify);
    desk.world.add_agreement(body);
  }
  static Parameter is(const char* field, const char* value) {
    return {FieldName(field), Compare::kEq, {Value(std::string(value))}};
  }
  Asked claim(const char* id, std::vector<Parameter> claims) {
    schemas::Request request = desk.request();
    request.action = schemas::Action::kVerify;
    request.fields.clear();
    for (const Parameter& one : claims)
      if (std::find(request.fields.begin(), request.fields.end(), one.field) == request.fields.end())
        request.fields.push_back(one.field);
    schemas::RequestPayload payload = desk.payload();
    payload.parameters = {is("id_number", id)};
    payload.parameters.insert(payload.parameters.end(), claims.begin(), claims.end());
    Asked asked = desk.ask(request, payload);
    asked.grant.rows_max = 1;
    asked.entry.action = schemas::Action::kVerify;
    desk.grant_anew(asked);
    return asked;
  }
  schemas::Answer serve(const Asked& asked) {
    EXPECT_TRUE(desk.serve(asked));
    return desk.answer(desk.bus.sent.size() - 1);
  }
  std::string truths(std::size_t claims) {
    const auto made =
        exchange::truths_of(desk.open(desk.bus.sent.size() - 1), desk.answer(desk.bus.sent.size() - 1), claims);
    if (!made) return made.error().what;
    std::string text;
    for (const Truth truth : *made) text += std::string(name_of(truth)) + " ";
    return text;
  }

  // Of the whole ledger; ends the desk.
  std::vector<VerifiedRecord> records() {
    desk.stop();
    std::vector<VerifiedRecord> seen;
    const auto head = verify_ledger(
        desk.dir / "state",
        [](const VerifiedRecord& record, void* to) {
          static_cast<std::vector<VerifiedRecord>*>(to)->push_back(record);
        },
        &seen);
    EXPECT_TRUE(head) << head.error().what;
    return seen;
  }

  ProviderDesk desk;
};

TEST_F(ProviderVerify, SaysTrueFalseOrUnknownAndNothingElse) {
  const schemas::Answer answer =
      serve(claim("id-1", {is("name", "name-1"), is("address", "elsewhere"), is("name", "x")}));
  EXPECT_EQ(truths(3), "true false false ");
  EXPECT_EQ(answer.rows, 0u);
  EXPECT_EQ(answer.status, AnswerStatus::kComplete);
  EXPECT_EQ(answer.fields, (std::vector<FieldName>{FieldName("name"), FieldName("address")}));
  EXPECT_FALSE(answer.as_of);
  serve(claim("id-7", {is("name", "name-1"), is("address", "elsewhere"), is("name", "x")}));
  EXPECT_EQ(truths(3), "unknown unknown unknown ");
}

TEST_F(ProviderVerify, WhatCameOfItShowsNeitherInTheEnvelopeNorInTheSize) {
  desk.as_of = desk.clock.now - minutes(48 * 60);  // stale, were it told
  const auto shown = [&](const char* id, const char* name) {
    schemas::Answer answer = serve(claim(id, {is("name", name)}));
    const std::size_t octets = desk.bus.sent.back().payload->size();
    return std::tuple(answer.status, answer.rows, answer.as_of, answer.fields, octets);
  };
  EXPECT_EQ(shown("id-1", "name-1"), shown("id-1", "other"));
  EXPECT_EQ(shown("id-1", "name-1"), shown("nobody", "name-1"));
}

TEST_F(ProviderVerify, AbsentNullAndNotComparableAreAlikeInSizeStatusAndLedger) {
  desk.stop();
  desk.without_address = true;
  desk.start();
  const Parameter not_comparable{FieldName("address"), Compare::kEq, {Value(std::int64_t{4})}};
  std::set<std::size_t> sizes;
  for (const Asked& asked : {claim("nobody", {is("address", "address-1")}), claim("id-1", {is("address", "address-1")}),
                             claim("id-1", {not_comparable})}) {
    const schemas::Answer answer = serve(asked);
    EXPECT_EQ(truths(1), "unknown ");
    EXPECT_EQ(answer.status, AnswerStatus::kComplete);
    EXPECT_EQ(answer.reason, 0);
    EXPECT_EQ(answer.rows, 0u);
    EXPECT_EQ(answer.fields, std::vector<FieldName>{FieldName("address")});
    sizes.insert(desk.bus.sent.back().payload->size() + desk.bus.sent.back().envelope->size());
  }
  EXPECT_EQ(sizes.size(), 1u);
  const auto seen = records();
  ASSERT_EQ(seen.size(), 3u);
  for (const VerifiedRecord& one : seen) {
    EXPECT_EQ(one.record.rows, 1u);
    EXPECT_EQ(one.key_hashes.size(), 1u);
    EXPECT_EQ(one.record.status, AnswerStatus::kComplete);
    EXPECT_EQ(one.record.reason, 0);
    EXPECT_EQ(one.record.returned, seen[0].record.returned);
  }
}

TEST_F(ProviderVerify, ItsRecordSaysWhoWasAskedAboutBeThereSuchARecordOrNot) {
  serve(claim("nobody", {is("name", "name-1")}));
  const Digest asked = hash_of_key(desk.ledger->secret(), DatasetId("civil-affairs/household"), std::string("nobody"));
  const auto seen = records();
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].key_hashes, std::vector<Digest>{asked});
  EXPECT_EQ(seen[0].record.rows, 1u);
}

TEST_F(ProviderVerify, AttemptsAreCountedByRecordAskedAboutAndAcrossRestarts) {
  const Parameter guesses{FieldName("name"), Compare::kIn, std::vector<Value>(24, Value(std::string("x")))};
  for (const char* id : {"id-1", "nobody"}) {
    EXPECT_EQ(serve(claim(id, {guesses})).status, AnswerStatus::kComplete) << id;
    desk.stop();
    desk.start();
    EXPECT_EQ(serve(claim(id, {guesses, is("address", "x")})).status, AnswerStatus::kComplete) << id;
    const int reads = desk.reads;
    EXPECT_EQ(serve(claim(id, {is("name", "x"), is("address", "x")})).reason, schemas::code::owner_quota) << id;
    EXPECT_EQ(desk.reads, reads);
    EXPECT_EQ(serve(claim(id, {is("name", "x")})).status, AnswerStatus::kComplete) << id;
    EXPECT_EQ(serve(claim(id, {is("name", "x")})).reason, schemas::code::owner_quota) << id;
  }
  EXPECT_EQ(serve(claim("id-2", {is("name", "x")})).status, AnswerStatus::kComplete);
  desk.clock.now = desk.clock.now + minutes(24 * 60);
  EXPECT_EQ(serve(claim("id-1", {is("name", "x")})).status, AnswerStatus::kComplete);
}

TEST_F(ProviderVerify, TheRecordIsSelectedByItsKey) {
  schemas::Request request = desk.request();
  request.action = schemas::Action::kVerify;
  request.fields = {FieldName("id_number")};
  request.conditions = {FieldName("name")};
  schemas::RequestPayload payload = desk.payload();
  payload.parameters = {is("name", "name-1"), is("id_number", "id-1")};
  Asked asked = desk.ask(request, payload);
  asked.grant.rows_max = 1;
  asked.entry.action = schemas::Action::kVerify;
  desk.grant_anew(asked);
  EXPECT_EQ(serve(asked).reason, schemas::code::parameter_type);
  EXPECT_EQ(desk.reads, 0);
}

TEST_F(ProviderVerify, ARecordOutsideTheFilterIsUnknown) {
  auto body = desk.world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  body.row_filter = "context.row has head && context.row.head == \"head-2\"";
  desk.world.add_agreement(body);
  Asked asked = claim("id-1", {is("name", "name-1")});
  asked.grant.row_filter = body.row_filter;
  desk.grant_anew(asked);
  EXPECT_EQ(serve(asked).status, AnswerStatus::kFiltered);
  EXPECT_EQ(truths(1), "unknown ");
}

TEST_F(ProviderVerify, WhatItMasksItSaysNothingOf) {
  auto body = desk.world.registry().agreement(AgreementId("tax-household"))->in_force->statement;
  body.masks = {{FieldName("name"), "keep-first-1"}};
  desk.world.add_agreement(body);
  ASSERT_TRUE(desk.serve(claim("id-1", {is("name", "name-1")})));
  EXPECT_EQ(desk.rejection(0), schemas::code::grant_outside_agreement);
}

}  // namespace
}  // namespace steelyard::adapters
