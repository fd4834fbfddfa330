#include "core/exchange/truths.h"

#include <gtest/gtest.h>

#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

using schemas::AnswerPayload;
using schemas::AnswerStatus;

const std::vector<Truth> kThree = {Truth::kTrue, Truth::kFalse, Truth::kUnknown};

schemas::Answer answer(AnswerStatus status = AnswerStatus::kComplete, std::uint32_t rows = 0) {
  schemas::Answer made;
  made.status = status;
  made.rows = rows;
  return made;
}

TEST(Truths, ComeBackInTheOrderOfTheClaims) {
  const auto back = truths_of({rows_of(kThree), {}}, answer(), 3);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(*back, kThree);
  const auto no = truths_of({}, answer(AnswerStatus::kNo), 3);
  ASSERT_TRUE(no);
  EXPECT_TRUE(no->empty());
}

TEST(Truths, AsManyClaimsTakeAsManyOctetsWhateverTheySay) {
  const std::size_t size = schemas::encode(AnswerPayload{rows_of(kThree), {}}).size();
  for (const Truth one : kThree)
    EXPECT_EQ(schemas::encode(AnswerPayload{rows_of({one, one, one}), {}}).size(), size) << name_of(one);
}

TEST(Truths, NothingElseStandsInTheirPlace) {
  const auto refused = [](AnswerPayload payload, const schemas::Answer& envelope, std::size_t claims) {
    const auto made = truths_of(payload, envelope, claims);
    return !made && made.error().code == schemas::code::answer_outside_grant;
  };
  EXPECT_TRUE(refused({rows_of(kThree), {}}, answer(), 2));
  EXPECT_TRUE(refused({rows_of(kThree), {}}, answer(AnswerStatus::kComplete, 3), 3));
  EXPECT_TRUE(refused({rows_of(kThree), {}}, answer(AnswerStatus::kNo), 3));
  EXPECT_TRUE(refused({}, answer(), 3));
  AnswerPayload bent{rows_of(kThree), {}};
  bent.rows.columns[0].values[0] = std::int64_t{3};
  EXPECT_TRUE(refused(bent, answer(), 3));
  bent.rows.columns[0].values[0] = schemas::Value();
  EXPECT_TRUE(refused(bent, answer(), 3));
  bent = {rows_of(kThree), {}};
  bent.rows.columns[0].name = FieldName("name");
  EXPECT_TRUE(refused(bent, answer(), 3));
  bent = {rows_of(kThree), {}};
  bent.rows.columns.push_back(bent.rows.columns[0]);
  bent.rows.columns[1].name = FieldName("name");
  EXPECT_TRUE(refused(bent, answer(), 3));
}

}  // namespace
}  // namespace steelyard::exchange
