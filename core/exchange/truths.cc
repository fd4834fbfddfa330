#include "core/exchange/truths.h"

#include <string>

#include "schemas/errors.h"

namespace steelyard::exchange {
namespace {

tl::unexpected<Error> outside(std::string_view what) {
  return fail(schemas::error_of(schemas::code::answer_outside_grant, what));
}

const FieldName& column_name() {
  static const FieldName kName("truth");
  return kName;
}

}  // namespace

std::string_view name_of(Truth truth) {
  switch (truth) {
    case Truth::kFalse: return "false";
    case Truth::kTrue: return "true";
    case Truth::kUnknown: return "unknown";
  }
  return "unknown";
}

schemas::Rows rows_of(const std::vector<Truth>& truths) {
  schemas::Rows rows;
  rows.count = static_cast<std::uint32_t>(truths.size());
  rows.columns.push_back({column_name(), schemas::ValueType::kInt64, {}});
  for (const Truth truth : truths) rows.columns[0].values.emplace_back(static_cast<std::int64_t>(truth));
  return rows;
}

Result<std::vector<Truth>> truths_of(const schemas::AnswerPayload& payload, const schemas::Answer& answer,
                                     std::size_t claims) {
  std::vector<Truth> truths;
  const schemas::Rows& rows = payload.rows;
  if (answer.rows != 0) return outside("rows where truths were asked for");
  if (answer.status == schemas::AnswerStatus::kNo) {
    if (rows.count != 0 || !rows.columns.empty()) return outside("truths beside a no");
    return truths;
  }
  if (rows.columns.size() != 1 || rows.columns[0].name != column_name() ||
      rows.columns[0].type != schemas::ValueType::kInt64)
    return outside("something else than truths");
  if (rows.count != claims)
    return outside(std::to_string(rows.count) + " truths of " + std::to_string(claims) + " claims");
  for (const schemas::Value& value : rows.columns[0].values) {
    const auto* number = std::get_if<std::int64_t>(&value);
    if (number == nullptr || *number < 0 || *number > static_cast<std::int64_t>(Truth::kUnknown))
      return outside("a truth that is none");
    truths.push_back(static_cast<Truth>(*number));
  }
  return truths;
}

}  // namespace steelyard::exchange
