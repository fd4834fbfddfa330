#include "adapters/memory/memory_source.h"

#include <algorithm>

#include "adapters/memory/generated_rows.h"
#include "adapters/typed_value.h"
#include "core/base/check.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr std::uint32_t kRowsBetweenClockReads = 1'024;

tl::unexpected<Error> refuse(const DatasetMap& map, ErrorCode code, const std::string& why) {
  return fail(schemas::error_of(code, "dataset `" + map.dataset.text + "`: " + why));
}

}  // namespace

MemorySource::MemorySource(DatasetMap map, schemas::Rows rows, const Clock& clock)
    : map_(std::move(map)), rows_(std::move(rows)), clock_(clock) {
  index(position_of(map_.key));
}

Result<std::unique_ptr<MemorySource>> MemorySource::generate(DatasetMap map, const Clock& clock) {
  TRY_ASSIGN(schemas::Rows rows, generate_rows(map));
  return of(std::move(map), std::move(rows), clock);
}

Result<std::unique_ptr<MemorySource>> MemorySource::of(DatasetMap map, schemas::Rows rows, const Clock& clock) {
  if (map.field(map.key) == nullptr) return refuse(map, schemas::code::config, "the key is not a field");
  if (rows.columns.size() != map.fields.size())
    return refuse(map, schemas::code::source_changed, "expected one column per field");
  for (std::size_t i = 0; i < rows.columns.size(); ++i) {
    const auto& column = rows.columns[i];
    const auto& field = map.fields[i];
    const bool whole = column.name == field.name && column.type == field.type && column.values.size() == rows.count &&
                       std::all_of(column.values.begin(), column.values.end(),
                                   [&](const schemas::Value& value) { return fits(field.type, value); });
    if (!whole)
      return refuse(map, schemas::code::source_changed, "column of field `" + field.name.text + "` does not fit");
  }
  std::unique_ptr<MemorySource> source(new MemorySource(std::move(map), std::move(rows), clock));
  if (!source->map_.as_of.query.empty())
    return refuse(source->map_, schemas::code::config, "a source in memory has no `as_of.query`");
  if (const std::string& column = source->map_.as_of.column; !column.empty()) {
    for (std::size_t i = 0; i < source->map_.fields.size(); ++i)
      if (source->map_.fields[i].column == column && source->map_.fields[i].type == schemas::ValueType::kTimestamp)
        source->as_of_position_ = i;
    if (!source->as_of_position_)
      return refuse(source->map_, schemas::code::config,
                    "as_of column `" + column + "` is not a field of type timestamp");
  }
  return source;
}

std::size_t MemorySource::position_of(const FieldName& field) const {
  for (std::size_t i = 0; i < map_.fields.size(); ++i)
    if (map_.fields[i].name == field) return i;
  CHECK(false);
  return 0;
}

void MemorySource::index(std::size_t key_position) {
  const auto& keys = rows_.columns[key_position].values;
  for (std::uint32_t row = 0; row < rows_.count; ++row) {
    if (const auto* text = std::get_if<std::string>(&keys[row]);
        text && map_.fields[key_position].type == schemas::ValueType::kString)
      by_text_[*text].push_back(row);
    if (const auto* number = std::get_if<std::int64_t>(&keys[row])) by_number_[*number].push_back(row);
  }
}

const MemorySource::RowNumbers* MemorySource::rows_with_key(const schemas::Value& value) const {
  static const RowNumbers kNone;
  if (const auto* text = std::get_if<std::string>(&value)) {
    const auto found = by_text_.find(*text);
    return found == by_text_.end() ? &kNone : &found->second;
  }
  const auto found = by_number_.find(std::get<std::int64_t>(value));
  return found == by_number_.end() ? &kNone : &found->second;
}

bool MemorySource::uses_key(const schemas::Parameter& parameter) const {
  if (parameter.field != map_.key || parameter.compare != schemas::Compare::kEq) return false;
  const auto type = map_.field(map_.key)->type;
  return type == schemas::ValueType::kString || type == schemas::ValueType::kInt64 ||
         type == schemas::ValueType::kTimestamp;
}

Result<ReadResult> MemorySource::read(const ReadPlan& plan) {
  TRY(check_plan(map_, plan));
  const Duration until = clock_.monotonic() + plan.timeout;
  ReadResult result;
  result.rows = empty_rows(map_, plan);
  std::vector<const schemas::Column*> columns;
  columns.reserve(plan.fields.size());
  for (const auto& field : plan.fields) columns.push_back(&rows_.columns[position_of(field)]);
  const RowNumbers* candidates = nullptr;  // none: every row
  std::vector<Test> tests;
  for (const auto& parameter : plan.parameters) {
    if (candidates == nullptr && uses_key(parameter)) {
      candidates = rows_with_key(parameter.values.front());
    } else {
      tests.push_back({&rows_.columns[position_of(parameter.field)], &parameter});
    }
  }
  TRY(visit(tests, candidates, until, result, columns, RowBudget(plan)));
  return result;
}

Status MemorySource::visit(const std::vector<Test>& tests, const RowNumbers* candidates, Duration until,
                           ReadResult& result, const std::vector<const schemas::Column*>& columns,
                           RowBudget budget) const {
  const std::size_t count = candidates != nullptr ? candidates->size() : rows_.count;
  for (std::size_t i = 0; i < count; ++i) {
    if (i % kRowsBetweenClockReads == 0 && clock_.monotonic() >= until)
      return refuse(map_, schemas::code::source_timeout, "reading took longer than allowed");
    const std::size_t row = candidates != nullptr ? (*candidates)[i] : i;
    const bool wanted = std::all_of(tests.begin(), tests.end(), [&](const Test& test) {
      return matches(test.column->type, test.column->values[row], test.parameter->compare, test.parameter->values);
    });
    if (!wanted) continue;
    std::size_t bytes = 0;
    for (const auto* column : columns) bytes += encoded_size(column->values[row]);
    if (!budget.has_room(bytes)) {
      result.capped = true;
      return {};
    }
    budget.take(bytes);
    for (std::size_t k = 0; k < columns.size(); ++k) result.rows.columns[k].values.push_back(columns[k]->values[row]);
    ++result.rows.count;
    if (!as_of_position_) continue;
    if (const auto* us = std::get_if<std::int64_t>(&rows_.columns[*as_of_position_].values[row]))
      if (!result.as_of || *us < result.as_of->us) result.as_of = Instant{*us};
  }
  return {};
}

}  // namespace steelyard::adapters
