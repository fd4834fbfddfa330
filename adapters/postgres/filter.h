// How PostgreSQL is asked what a row filter asks.
//
// Text is compared by its octets, whatever the column's collation; parameters say their types, so that the server
// guesses none. A timestamp is bound as microseconds since 1970, a date as its text; the session's zone is UTC.
// Threads: immutable. Errors: none. Format: docs/formats/row-filter.md.
#pragma once

#include "adapters/filter_sql.h"

namespace steelyard::adapters {

class PostgresDialect final : public SqlDialect {
 public:
  std::string column(const MappedField& field) const override;
  std::string tested(const MappedField& field) const override;
  std::string bound(schemas::ValueType type, std::size_t number) const override;
  std::string like(const MappedField& field, const std::vector<std::string>& pieces,
                   std::vector<schemas::Value>& values) const override;
};

}  // namespace steelyard::adapters
