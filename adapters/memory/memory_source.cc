#include "adapters/memory/memory_source.h"

#include <algorithm>
#include <chrono>
#include <thread>

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

MemorySource::MemorySource(DatasetMap map, const schemas::Rows& rows, const Clock& clock)
    : map_(std::move(map)), rows_(rows, position_of(map_.key)), clock_(clock) {}

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
  std::unique_ptr<MemorySource> source(new MemorySource(std::move(map), rows, clock));
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

bool MemorySource::uses_key(const schemas::Parameter& parameter) const {
  if (parameter.field != map_.key || parameter.compare != schemas::Compare::kEq) return false;
  const auto type = map_.field(map_.key)->type;
  return type == schemas::ValueType::kString || type == schemas::ValueType::kInt64 ||
         type == schemas::ValueType::kTimestamp;
}

Result<ReadResult> MemorySource::read(const ReadPlan& plan) {
  TRY(check_plan(map_, plan));
  const Duration until = clock_.monotonic() + plan.timeout;
  if (map_.read_time.us > 0)
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(map_.read_time, plan.timeout).us));
  ReadResult result;
  result.rows = empty_rows(map_, plan);
  std::vector<std::size_t> columns;
  columns.reserve(plan.fields.size());
  for (const auto& field : plan.fields) columns.push_back(position_of(field));
  bool by_key = false;
  std::vector<Test> tests;
  for (const auto& parameter : plan.parameters) {
    if (!by_key && uses_key(parameter)) {
      by_key = true;
      rows_.find(parameter.values.front(), candidates_);
    } else {
      tests.push_back({position_of(parameter.field), &parameter});
    }
  }
  TRY(visit(plan, tests, by_key, until, result, columns));
  return result;
}

bool MemorySource::holds(const Test& test, RowStore::RowNumber row) {
  rows_.read(row, test.column, value_);
  return matches(map_.fields[test.column].type, value_, test.parameter->compare, test.parameter->values);
}

bool MemorySource::selected(const exchange::RowFilter& filter, RowStore::RowNumber row) {
  std::vector<schemas::Value> values(filter.fields().size());
  for (std::size_t i = 0; i < values.size(); ++i) rows_.read(row, position_of(filter.fields()[i].name), values[i]);
  return filter.selects(values);
}

// The answer is as old as the oldest row in it.
void MemorySource::note_as_of(RowStore::RowNumber row, ReadResult& result) {
  if (!as_of_position_) return;
  rows_.read(row, *as_of_position_, value_);
  if (const auto* us = std::get_if<std::int64_t>(&value_))
    if (!result.as_of || *us < result.as_of->us) result.as_of = Instant{*us};
}

Status MemorySource::visit(const ReadPlan& plan, const std::vector<Test>& tests, bool by_key, Duration until,
                           ReadResult& result, const std::vector<std::size_t>& columns) {
  RowBudget budget(plan);
  const std::size_t count = by_key ? candidates_.size() : rows_.count();
  for (std::size_t i = 0; i < count; ++i) {
    if (i % kRowsBetweenClockReads == 0 && clock_.monotonic() >= until)
      return refuse(map_, schemas::code::source_timeout, "reading took longer than allowed");
    const auto row = by_key ? candidates_[i] : static_cast<RowStore::RowNumber>(i);
    if (!std::all_of(tests.begin(), tests.end(), [&](const Test& test) { return holds(test, row); })) continue;
    if (plan.filter != nullptr && !selected(*plan.filter, row)) continue;
    std::size_t bytes = 0;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      schemas::Value& value = result.rows.columns[k].values.emplace_back();
      rows_.read(row, columns[k], value);
      bytes += encoded_size(value);
    }
    if (!budget.has_room(bytes)) {
      for (auto& column : result.rows.columns) column.values.pop_back();
      result.capped = true;
      return {};
    }
    budget.take(bytes);
    ++result.rows.count;
    note_as_of(row, result);
  }
  return {};
}

}  // namespace steelyard::adapters
