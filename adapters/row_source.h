// RowSource: where a dataset's rows come from; one implementation per kind of source, one object per dataset.
//
//   ReadPlan plan{dataset, {FieldName("name")}, {Parameter{FieldName("id_number"), Compare::kEq, {id}}}};
//   TRY_ASSIGN(ReadResult read, source->read(plan));
//
// A plan names fields of the dataset's map, never columns or SQL; every parameter is bound. All conditions and the
// row filter must hold.
// The order of rows is the source's own. Either all values are exact or the read is an error.
//
// Owns: its connection and caches. Threads: one thread owns a source and the clock outlives it.
// Errors: schemas::code::owner_unavailable (away or locked: later), source_changed (a column is missing, retyped or
//   holds a value that is not of its type: the owner must look), source_timeout, parameter_type (the asker's fault),
//   unknown_dataset, unknown_field. They name fields and columns, never values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "adapters/change_source.h"
#include "adapters/dataset_map.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/exchange/row_filter.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

struct ReadPlan {
  DatasetId dataset;
  std::vector<FieldName> fields;  // in the order of the answer's columns; none twice
  std::vector<schemas::Parameter> parameters;
  std::shared_ptr<const exchange::RowFilter> filter;  // null: every row
  std::uint32_t rows_max = limits::kRowsMax;          // more than limits::kRowsMax counts as that
  std::size_t bytes_max = limits::kAnswerBytesMax;    // rows as encoded, about
  Duration timeout = seconds(2);
  bool by_key = false;  // in ascending order of the map's key; from sources that have changes() alone
};

struct ReadResult {
  schemas::Rows rows;
  bool capped = false;           // the source holds more matching rows
  std::optional<Instant> as_of;  // none: the source does not say
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  virtual Result<ReadResult> read(const ReadPlan& plan) = 0;
  virtual const DatasetMap& map() const = 0;
  virtual ChangeSource* changes() { return nullptr; }         // null: it does not tell what changed
  virtual const SourceLoad* load() const { return nullptr; }  // what was taken of it; null: nothing limits it
};

// What every source checks before it looks at a row: the plan is for this map, its parameters are of their fields'
// types, and what the filter looks at is as the catalogue says. Errors: unknown_dataset, unknown_field, parameter_type,
// source_changed.
Status check_plan(const DatasetMap& map, const ReadPlan& plan);

// Columns of the plan's fields, empty, in the plan's order. REQUIRES: check_plan(map, plan).
schemas::Rows empty_rows(const DatasetMap& map, const ReadPlan& plan);

// Counts rows against a plan's caps.
class RowBudget {
 public:
  explicit RowBudget(const ReadPlan& plan);
  std::uint32_t rows_max() const { return rows_max_; }
  bool has_room(std::size_t row_bytes) const { return rows_ < rows_max_ && row_bytes <= bytes_left_; }
  void take(std::size_t row_bytes);

 private:
  std::uint32_t rows_max_;
  std::uint32_t rows_ = 0;
  std::size_t bytes_left_;
};

}  // namespace steelyard::adapters
