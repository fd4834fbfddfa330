// The SQL of a read in PostgreSQL: text made from a map and the shape of a plan; every value is bound.
//
// A condition means what it means over memory, whatever the table declares: text is compared by its octets (COLLATE
// "C"), and where it must be equal, by the column's own rules first, so that its index serves. PostgreSQL's text holds
// no NUL: a wanted text with one is compared by what comes before it, which orders the same.
// Threads: pure functions. Errors: none.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/postgres/types.h"
#include "adapters/row_source.h"

namespace steelyard::adapters::postgres {

using ColumnTypes = std::unordered_map<std::string, std::uint32_t>;  // as last looked at

struct Output {
  std::string column;
  schemas::ValueType type = schemas::ValueType::kString;
  std::string name;  // "field `x`", "as-of"
};

// What a SELECT gives: the plan's fields in order; the as-of column, if the map has one; then tested fields that were
// not asked for, whose types, and values in matching rows, are to be looked at all the same.
std::vector<Output> outputs_of(const DatasetMap& map, const ReadPlan& plan);

// Texts and octets are cut where they could not fit an answer any more.
Statement select_of(const DatasetMap& map, const ReadPlan& plan, const std::vector<Output>& outputs,
                    const ColumnTypes& types, std::uint32_t rows_limit);

// `"public"."household" AS t`, or the map's own SELECT in parentheses.
std::string from_clause(const DatasetMap& map);

}  // namespace steelyard::adapters::postgres
