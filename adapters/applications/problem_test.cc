#include "adapters/applications/problem.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/json/json.h"

namespace steelyard::adapters {
namespace {

using ::testing::Contains;
using ::testing::Pair;

json::Value body_of(const http::Response& response) {
  auto parsed = json::parse(response.body);
  EXPECT_TRUE(parsed.has_value()) << response.body;
  return std::move(*parsed);
}

TEST(Problem, SaysWhatItsRowSays) {
  const auto response = problem(schemas::code::purpose_not_agreed, Language::kEn, {.detail = "here"});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.type, "application/problem+json");
  const json::Value body = body_of(response);
  EXPECT_EQ(*body.string_at("type"), "urn:steelyard:error:purpose-not-agreed");
  EXPECT_EQ(*body.string_at("title"), "the agreement does not cover this purpose");
  EXPECT_EQ(*body.integer_at("status"), 403);
  EXPECT_EQ(*body.integer_at("code"), 105);
  EXPECT_EQ(*body.bool_at("retry"), false);
  EXPECT_EQ(*body.string_at("detail"), "here");
  EXPECT_EQ(body.find("receipt"), nullptr);
}

TEST(Problem, NamesTheExchangeAndItsReceiptWhereThereIsOne) {
  const ExchangeId id = *exchange_id_from_text("01900000-0000-7000-8000-000000000001");
  const auto refused =
      body_of(problem(schemas::code::field_withheld, Language::kEn,
                      {.detail = "", .exchange = id, .recorded = true, .fields = {FieldName("phone")}}));
  EXPECT_EQ(*refused.string_at("instance"), "urn:uuid:01900000-0000-7000-8000-000000000001");
  EXPECT_EQ(*refused.string_at("receipt"), "01900000-0000-7000-8000-000000000001");
  EXPECT_EQ((*refused.array_at("fields"))->size(), 1U);
  const auto rejected = problem(schemas::code::busy, Language::kEn, {.detail = "", .exchange = id, .delay_ms = 1200});
  EXPECT_EQ(body_of(rejected).find("receipt"), nullptr);
  EXPECT_EQ(*body_of(rejected).integer_at("retry_after_ms"), 1200);
  EXPECT_THAT(rejected.headers, Contains(Pair("Retry-After", "2")));
}

TEST(Problem, OfAnErrorTellsWhereButDoesNotRepeatTheTitle) {
  const json::Value body = body_of(problem(schemas::error_of(schemas::code::usage, "`fields`: a list"), Language::kEn));
  EXPECT_EQ(*body.string_at("title"), "wrong usage");
  EXPECT_EQ(*body.string_at("detail"), "`fields`: a list");
}

TEST(Problem, IsInChineseForWhoeverPrefersIt) {
  EXPECT_EQ(*body_of(problem(schemas::code::usage, Language::kZh)).string_at("title"), "用法错误");
  EXPECT_EQ(language_of("zh-CN,zh;q=0.9,en;q=0.8"), Language::kZh);
  EXPECT_EQ(language_of("fr, en;q=0.3, zh;q=0.5"), Language::kZh);
  EXPECT_EQ(language_of("en, zh"), Language::kEn);
  EXPECT_EQ(language_of("en;q=0.1, zh;q=0"), Language::kEn);
  EXPECT_EQ(language_of("ZH"), Language::kZh);
  EXPECT_EQ(language_of("zho"), Language::kEn);
  for (const char* neither : {"", "*", ",,;q=", "fr", ";"}) EXPECT_EQ(language_of(neither), Language::kEn) << neither;
}

TEST(Problem, AsksForATokenWhereThatIsMissing) {
  const auto response = problem(schemas::code::no_token, Language::kEn);
  EXPECT_EQ(response.status, 401);
  EXPECT_THAT(response.headers, Contains(Pair("WWW-Authenticate", "Bearer")));
}

TEST(Problem, OfACodeOfALaterVersionIsStillOne) { EXPECT_EQ(problem(ErrorCode{9'999}, Language::kEn).status, 500); }

}  // namespace
}  // namespace steelyard::adapters
