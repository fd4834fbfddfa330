// The SQL of a read: text made from a map and the shape of a plan alone; every value is bound.
//
// Threads: pure functions. Errors: none.
#pragma once

#include <string>
#include <vector>

#include "adapters/filter_sql.h"
#include "adapters/row_source.h"

namespace steelyard::adapters {

// `"household" AS t`, or the map's own SELECT in parentheses.
std::string from_clause(const DatasetMap& map);

// Plans of one shape share one statement: fields, tested fields, comparisons, rounded counts of `in` values, filter.
std::string shape_of(const ReadPlan& plan);

// SELECT with the plan's fields in order, then the as-of column if the map has one, else (no fields either) a 1.
// Parameters: values in order of the conditions, `in` padded to bound_count(), the filter's, last the LIMIT.
std::string select_text(const DatasetMap& map, const ReadPlan& plan);

// What the plan's filter binds, in order.
std::vector<schemas::Value> filter_values(const DatasetMap& map, const ReadPlan& plan);

class SqliteDialect final : public SqlDialect {
 public:
  std::string column(const MappedField& field) const override;
  std::string tested(const MappedField& field) const override;
  std::string bound(schemas::ValueType, std::size_t) const override { return "?"; }
  std::string like(const MappedField& field, const std::vector<std::string>& pieces,
                   std::vector<schemas::Value>& values) const override;
};

// How many values are bound for a condition: `in` takes the next power of two, the last value repeated.
std::size_t bound_count(const schemas::Parameter& parameter);

// Whether a column declared so can hold values of a type exactly. Empty (an expression) may hold anything.
bool declaration_admits(std::string_view declared, schemas::ValueType type);

}  // namespace steelyard::adapters
