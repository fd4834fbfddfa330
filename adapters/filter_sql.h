// A row filter's condition as SQL: bound parameters only, identifiers quoted by the dialect.
//
// Threads: pure functions. Errors: none. Format: docs/formats/row-filter.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "adapters/dataset_map.h"
#include "core/exchange/row_condition.h"

namespace steelyard::adapters {

// How one kind of database says it.
class SqlDialect {
 public:
  virtual ~SqlDialect() = default;
  virtual std::string column(const MappedField& field) const = 0;  // as it stands in the table, for IS NULL
  virtual std::string tested(const MappedField& field) const = 0;  // exact to compare
  // The placeholder of parameter `number`, from 1.
  virtual std::string bound(schemas::ValueType type, std::size_t number) const = 0;
  // True where the field is like the pieces with anything between them, null where it is null. What is to be bound goes
  // to the end of `values`.
  virtual std::string like(const MappedField& field, const std::vector<std::string>& pieces,
                           std::vector<schemas::Value>& values) const = 0;
};

std::string_view sql_operator(schemas::Compare compare);  // " = ", " IN "

struct SqlCondition {
  std::string text;
  std::vector<schemas::Value> values;  // to be bound, in the order of their placeholders
};

// REQUIRES: the map has every field of the condition, with its type. `values`: what is bound before it.
SqlCondition sql_of(const exchange::RowCondition& condition, const DatasetMap& map, const SqlDialect& dialect,
                    std::vector<schemas::Value> values = {});

}  // namespace steelyard::adapters
