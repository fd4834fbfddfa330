#include "adapters/row_source.h"

#include <algorithm>
#include <string>

#include "adapters/typed_value.h"
#include "core/base/check.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Compare;

constexpr std::size_t kInValuesMax = 256;  // schemas/payload.h

Status check_parameter(const MappedField& field, const schemas::Parameter& parameter) {
  const auto wrong = [&](std::string_view why) {
    return fail(
        schemas::error_of(schemas::code::parameter_type, "field `" + field.name.text + "`: " + std::string(why)));
  };
  if (parameter.compare < Compare::kEq || parameter.compare > Compare::kIn) return wrong("unknown comparison");
  const std::size_t count = parameter.values.size();
  if (parameter.compare == Compare::kIn ? count == 0 || count > kInValuesMax : count != 1)
    return wrong(parameter.compare == Compare::kIn ? "`in` takes 1 to 256 values" : "expected one value");
  for (const auto& value : parameter.values) {
    if (is_null(value)) return wrong("null compares with nothing");
    if (!fits(field.type, value)) return wrong("expected a value of type " + std::string(name_of(field.type)));
  }
  return {};
}

// Which rows there are hangs on it: a map that reads a field as something else selects others.
Status check_filter(const DatasetMap& map, const exchange::RowFilter& filter) {
  for (const auto& [name, type] : filter.fields()) {
    const MappedField* field = map.field(name);
    if (field != nullptr && field->type == type) continue;
    return fail(schemas::error_of(schemas::code::source_changed, "the map has no field `" + name.text + "` of type " +
                                                                     std::string(name_of(type)) +
                                                                     ", which the row filter looks at"));
  }
  return {};
}

}  // namespace

Status check_plan(const DatasetMap& map, const ReadPlan& plan) {
  if (plan.dataset != map.dataset)
    return fail(
        schemas::error_of(schemas::code::unknown_dataset,
                          "`" + plan.dataset.text + "` is not what this source maps, `" + map.dataset.text + "`"));
  const auto unknown = [&](const FieldName& field) {
    return fail(schemas::error_of(schemas::code::unknown_field,
                                  "the map of `" + map.dataset.text + "` has no field `" + field.text + "`"));
  };
  for (std::size_t i = 0; i < plan.fields.size(); ++i) {
    if (map.field(plan.fields[i]) == nullptr) return unknown(plan.fields[i]);
    for (std::size_t k = 0; k < i; ++k)
      if (plan.fields[k] == plan.fields[i])
        return fail(schemas::error_of(schemas::code::malformed, "field `" + plan.fields[i].text + "` is asked twice"));
  }
  if (plan.parameters.size() > limits::kConditionsMax)
    return fail(schemas::error_of(schemas::code::malformed, "more than 64 conditions"));
  for (const auto& parameter : plan.parameters) {
    const MappedField* field = map.field(parameter.field);
    if (field == nullptr) return unknown(parameter.field);
    TRY(check_parameter(*field, parameter));
  }
  return plan.filter == nullptr ? Status{} : check_filter(map, *plan.filter);
}

schemas::Rows empty_rows(const DatasetMap& map, const ReadPlan& plan) {
  schemas::Rows rows;
  rows.columns.reserve(plan.fields.size());
  for (const auto& name : plan.fields) {
    const MappedField* field = map.field(name);
    CHECK(field != nullptr);
    rows.columns.push_back({name, field->type, {}});
  }
  return rows;
}

RowBudget::RowBudget(const ReadPlan& plan)
    : rows_max_(std::min(plan.rows_max, limits::kRowsMax)),
      bytes_left_(std::min(plan.bytes_max, limits::kAnswerBytesMax)) {}

void RowBudget::take(std::size_t row_bytes) {
  CHECK(has_room(row_bytes));
  ++rows_;
  bytes_left_ -= row_bytes;
}

}  // namespace steelyard::adapters
