// Inspector of an SQLite file. A column's type is what its declaration admits (adapters/sqlite/select.h): SQLite itself
// keeps any value in any column, and a read refuses what does not fit.
#pragma once

#include "adapters/inspector.h"
#include "adapters/sqlite/database.h"

namespace steelyard::adapters {

class SqliteInspector final : public Inspector {
 public:
  static Result<std::unique_ptr<Inspector>> open(const std::string& path, const Clock& clock);

  Result<std::vector<std::string>> tables() override;
  Result<TableSchema> describe(const std::string& table) override;
  Result<std::string> try_to_write() override;
  Result<ReadWay> way_of(const DatasetMap& map, const ReadPlan& plan) override;

 private:
  explicit SqliteInspector(std::unique_ptr<Database> database) : database_(std::move(database)) {}
  // Rows of texts; null is empty.
  Result<std::vector<std::vector<std::string>>> rows(const std::string& sql, const std::vector<std::string>& bound);

  std::unique_ptr<Database> database_;
};

// The type that a field of a column declared so may have; none where SQLite has rounded what was put in, or says
// nothing.
std::optional<schemas::ValueType> type_of_declaration(std::string_view declared);

}  // namespace steelyard::adapters
