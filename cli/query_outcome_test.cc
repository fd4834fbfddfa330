#include "cli/query_outcome.h"

#include <gtest/gtest.h>

#include "schemas/errors.h"

namespace steelyard::cli {
namespace {

using client::Outcome;
using client::OutcomeKind;

Outcome answered(schemas::AnswerStatus status) {
  Outcome outcome;
  outcome.id = *exchange_id_from_text("01932f7e-8a4b-7c3d-9e0f-000000000001");
  outcome.kind = OutcomeKind::kAnswered;
  outcome.answer = schemas::Answer{};
  outcome.answer->status = status;
  outcome.request_entry = LogIndex(7);
  outcome.closing_entry = LogIndex(8);
  return outcome;
}

json::Value described(const Outcome& outcome, std::optional<bool> proved = {}) {
  return describe(outcome, verdict_on(outcome), proved);
}

TEST(QueryOutcome, AnAnswerWithoutRowsIsStillAnObject) {
  Outcome outcome = answered(schemas::AnswerStatus::kComplete);
  outcome.withheld = {FieldName("phone")};
  outcome.masks = {{FieldName("name"), "keep-first-1"}};
  outcome.answer->as_of = Instant{1'790'000'000'000'000};
  EXPECT_TRUE(verdict_on(outcome));
  const json::Value value = described(outcome, true);
  EXPECT_EQ(*value.string_at("outcome"), "answered");
  EXPECT_EQ(*value.string_at("status"), "complete");
  EXPECT_EQ(*value.string_at("as_of"), to_rfc3339(*outcome.answer->as_of));
  EXPECT_TRUE((*value.array_at("rows"))->empty());
  EXPECT_EQ((*value.array_at("withheld"))->size(), 1U);
  EXPECT_EQ(json::dump(*value.find("masked")), R"({"name":"keep-first-1"})");
  EXPECT_EQ(joined(outcome.masks), "name (keep-first-1)");
  EXPECT_EQ(*value.string_at("receipt"), to_text(outcome.id));
  EXPECT_EQ(*value.integer_at("closing_entry"), 8);
  EXPECT_EQ(*value.find("proved")->as_bool(), true);
  EXPECT_TRUE(value.find("error")->is_null());
}

TEST(QueryOutcome, RowsAreObjectsOfTypedValues) {
  Outcome outcome = answered(schemas::AnswerStatus::kCapped);
  outcome.rows.count = 1;
  outcome.rows.columns = {{FieldName("name"), schemas::ValueType::kString, {schemas::Value(std::string("李"))}},
                          {FieldName("born"), schemas::ValueType::kDate, {schemas::Value()}}};
  const json::Value value = described(outcome);
  EXPECT_EQ(json::dump(*value.find("rows")), R"([{"name":"李","born":null}])");
  EXPECT_TRUE(value.find("as_of")->is_null());
  EXPECT_TRUE(value.find("proved")->is_null());
}

TEST(QueryOutcome, ANoOfTheOwnersHasItsReasonAndWhetherToRetry) {
  Outcome outcome = answered(schemas::AnswerStatus::kNo);
  outcome.answer->reason = schemas::code::owner_unavailable;
  EXPECT_FALSE(verdict_on(outcome));
  const json::Value value = described(outcome);
  EXPECT_EQ(*value.string_at("status"), "no");
  const json::Value& error = *value.find("error");
  EXPECT_EQ(*error.string_at("slug"), "owner-unavailable");
  EXPECT_EQ(*error.integer_at("code"), schemas::code::owner_unavailable);
  EXPECT_EQ(*error.integer_at("exit"), 5);
  EXPECT_EQ(*error.find("retry")->as_bool(), true);
  EXPECT_EQ(verdict_on(outcome).error().what.find("retry after"), std::string::npos);
  outcome.answer->reason = schemas::code::owner_busy;
  outcome.delay_ms = 42'000;
  EXPECT_NE(verdict_on(outcome).error().what.find("retry after 42000 ms"), std::string::npos);
  EXPECT_EQ(*described(outcome).integer_at("delay_ms"), 42'000);
}

TEST(QueryOutcome, ARefusalIsRecordedAndARejectionIsNot) {
  Outcome refused = answered(schemas::AnswerStatus::kComplete);
  refused.kind = OutcomeKind::kRefused;
  refused.answer.reset();
  refused.code = schemas::code::purpose_not_agreed;
  refused.withheld = {FieldName("name")};
  const json::Value first = described(refused);
  EXPECT_EQ(*first.string_at("outcome"), "refused");
  EXPECT_EQ(*first.string_at("receipt"), to_text(refused.id));
  EXPECT_EQ(*first.find("error")->find("retry")->as_bool(), false);
  EXPECT_TRUE(first.find("status")->is_null());

  Outcome rejected;
  rejected.id = refused.id;
  rejected.kind = OutcomeKind::kRejected;
  rejected.code = schemas::code::busy;
  rejected.delay_ms = 250;
  const json::Value second = described(rejected);
  EXPECT_EQ(*second.string_at("outcome"), "rejected");
  EXPECT_TRUE(second.find("receipt")->is_null());
  EXPECT_TRUE(second.find("request_entry")->is_null());
  EXPECT_EQ(*second.integer_at("delay_ms"), 250);
  EXPECT_EQ(*second.find("error")->string_at("slug"), "busy");
}

TEST(QueryOutcome, WhatTheVerbEndsWithStandsAboveTheAnswer) {
  const Outcome outcome = answered(schemas::AnswerStatus::kComplete);
  const Status done = fail(schemas::error_of(schemas::code::verification_failed, "the log contradicts itself"));
  EXPECT_EQ(*describe(outcome, done, {}).find("error")->string_at("slug"), "verification-failed");
}

// What did not verify is shown to nobody.
TEST(QueryOutcome, AnAnswerThatDidNotHoldIsNoAnswer) {
  Outcome outcome = answered(schemas::AnswerStatus::kComplete);
  outcome.kind = OutcomeKind::kRejected;
  outcome.code = schemas::code::verification_failed;
  EXPECT_EQ(outcome.verified_answer(), nullptr);
  EXPECT_TRUE(described(outcome).find("status")->is_null());
  EXPECT_EQ(schemas::exit_code_of(verdict_on(outcome).error()), 7);
}

}  // namespace
}  // namespace steelyard::cli
