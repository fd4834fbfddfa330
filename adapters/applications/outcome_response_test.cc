#include "adapters/applications/outcome_response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json/json.h"

namespace steelyard::adapters {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
namespace code = schemas::code;
using schemas::ValueType;

client::Outcome answered() {
  client::Outcome outcome;
  outcome.id = *exchange_id_from_text("01900000-0000-7000-8000-000000000001");
  outcome.kind = client::OutcomeKind::kAnswered;
  outcome.answer.emplace();
  outcome.answer->fields = {FieldName("n"), FieldName("d")};
  outcome.request_entry = LogIndex(41);
  outcome.closing_entry = LogIndex(42);
  outcome.rows.count = 2;
  outcome.rows.columns = {{FieldName("n"), ValueType::kInt64, {std::int64_t{9007199254740993}, std::monostate{}}},
                          {FieldName("d"), ValueType::kDecimal, {std::string("1.50"), std::string("-0.1")}}};
  outcome.withheld = {FieldName("phone")};
  outcome.masks = {{FieldName("d"), "year"}};
  return outcome;
}

TEST(ApplicationAnswer, HasRowsAsObjectsWithExactNumbersAndNulls) {
  const http::Response response = response_of(answered(), Language::kEn);
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("rows":[{"n":9007199254740993,"d":"1.50"},{"n":null,"d":"-0.1"}])"));
  const auto body = json::parse(response.body);
  ASSERT_TRUE(body.has_value()) << body.error().what;
  EXPECT_EQ(*body->string_at("status"), "complete");
  EXPECT_TRUE(body->find("as_of")->is_null());
  EXPECT_EQ(*body->integer_at("closing_entry"), 42);
  EXPECT_EQ(json::dump(*body->find("withheld")), R"(["phone"])");
  EXPECT_EQ(json::dump(*body->find("masks")), R"({"d":"year"})");
}

TEST(ApplicationAnswer, OfAVerifyHasTruthsInTheOrderOfTheClaimsAndNoRows) {
  client::Outcome outcome = answered();
  outcome.rows = {};
  outcome.truths = {exchange::Truth::kUnknown, exchange::Truth::kTrue, exchange::Truth::kFalse};
  const http::Response response = response_of(outcome, Language::kEn);
  EXPECT_EQ(response.status, 200);
  const auto body = json::parse(response.body);
  ASSERT_TRUE(body.has_value()) << body.error().what;
  EXPECT_EQ(json::dump(*body->find("truths")), R"(["unknown","true","false"])");
  EXPECT_EQ(*body->string_at("receipt"), "01900000-0000-7000-8000-000000000001");
  EXPECT_EQ(*body->integer_at("closing_entry"), 42);
  EXPECT_EQ(body->find("rows"), nullptr);
}

TEST(ApplicationAnswer, OfAnOwnersNoIsAProblemWithAReceipt) {
  client::Outcome outcome = answered();
  outcome.answer->status = schemas::AnswerStatus::kNo;
  outcome.answer->reason = outcome.code = code::source_timeout;
  const http::Response response = response_of(outcome, Language::kEn);
  EXPECT_EQ(response.status, 504);
  EXPECT_THAT(response.body, HasSubstr(R"("receipt":"01900000-0000-7000-8000-000000000001")"));
  EXPECT_THAT(response.body, Not(HasSubstr("9007199254740993")));
  EXPECT_THAT(response.body, Not(HasSubstr("retry_after_ms")));
  outcome.answer->reason = outcome.code = code::owner_busy;
  outcome.delay_ms = 42'001;
  const http::Response busy = response_of(outcome, Language::kEn);
  EXPECT_EQ(busy.status, 503);
  EXPECT_THAT(busy.body, HasSubstr(R"("retry_after_ms":42001)"));
  EXPECT_THAT(busy.headers, ::testing::Contains(std::pair<std::string, std::string>("Retry-After", "43")));
}

TEST(ApplicationAnswer, ToWhatWasRejectedOrTimedOutNamesNoReceipt) {
  client::Outcome outcome;
  outcome.kind = client::OutcomeKind::kRejected;
  outcome.code = code::owner_away;
  outcome.delay_ms = 500;
  EXPECT_EQ(response_of(outcome, Language::kEn).status, 503);
  EXPECT_THAT(response_of(outcome, Language::kEn).body,
              AllOf(HasSubstr(R"("retry_after_ms":500)"), Not(HasSubstr("receipt\":"))));
  outcome = {};
  EXPECT_EQ(response_of(outcome, Language::kEn).status, 504);
}

}  // namespace
}  // namespace steelyard::adapters
