// Inspector of a PostgreSQL database, in the schema that the map names.
#pragma once

#include "adapters/inspector.h"
#include "adapters/postgres/connection.h"

namespace steelyard::adapters {

class PostgresInspector final : public Inspector {
 public:
  static Result<std::unique_ptr<Inspector>> open(const DatasetMap& where, const Clock& clock);

  Result<std::vector<std::string>> tables() override;
  Result<TableSchema> describe(const std::string& table) override;
  Result<std::string> try_to_write() override;
  Result<ReadWay> way_of(const DatasetMap& map, const ReadPlan& plan) override;

 private:
  PostgresInspector(std::unique_ptr<postgres::Connection> connection, std::string schema, Duration until)
      : connection_(std::move(connection)), schema_(std::move(schema)), until_(until) {}
  Result<std::vector<std::vector<std::string>>> rows(const std::string& sql, const std::vector<postgres::Bound>& bound);
  postgres::Bound text(const std::string& value) const { return {postgres::kText, value, true}; }

  std::unique_ptr<postgres::Connection> connection_;
  std::string schema_;
  Duration until_;
};

}  // namespace steelyard::adapters
