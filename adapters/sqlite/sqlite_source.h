// SqliteSource: a dataset in an SQLite file that another program writes.
//
// Each read looks whether the path still leads to the file that is open, and opens anew where it does not: a file
// moved away is owner_unavailable, and when it is back the next read works. Each read is one transaction, so rows and
// as-of are of one moment. When the file's tables change, the columns of the map are looked at again: a field whose
// column is missing or retyped is refused by name, other fields go on.
//
// Owns: the connection and up to 64 prepared statements, by shape of plan. Threads, Errors: as RowSource.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/row_source.h"
#include "adapters/sqlite/database.h"

namespace steelyard::adapters {

class SqliteSource final : public RowSource, public ChangeSource {
 public:
  // Opens nothing yet: a department's database may be away when its adapter starts.
  SqliteSource(DatasetMap map, const Clock& clock) : map_(std::move(map)), clock_(clock) {}

  Result<ReadResult> read(const ReadPlan& plan) override;
  const DatasetMap& map() const override { return map_; }
  ChangeSource* changes() override { return map_.table.empty() ? nullptr : this; }

  Result<std::vector<Change>> changes_after(std::int64_t seq, std::size_t most) override;
  Result<std::int64_t> newest_change() override;
  Status trim(std::int64_t upto) override;

 private:
  struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
  };

  Status follow_path();
  void close();
  Result<ReadResult> read_in_transaction(const ReadPlan& plan, Duration until);
  Status look_at_columns();
  Result<std::string> probe(const std::string& expression);  // the declared type, empty for none
  Result<std::string> problem_with(const std::string& column, schemas::ValueType type);
  Status refuse_changed(const ReadPlan& plan) const;
  Result<Statement*> statement_for(const ReadPlan& plan);
  Status bind(Statement& statement, const ReadPlan& plan, std::uint32_t rows_max) const;
  Status collect(Statement& statement, const ReadPlan& plan, ReadResult& result) const;
  Result<std::optional<Instant>> as_of_by_query();
  Result<Statement*> on_outbox(std::optional<Statement>& kept, const std::string& sql);
  Error about(Error error) const;

  DatasetMap map_;
  const Clock& clock_;
  FileIdentity file_;
  std::unique_ptr<Database> database_;
  std::optional<std::int64_t> schema_version_;             // that the three below hold for
  std::unordered_map<std::string, std::string> problems_;  // column → what is wrong with it
  std::unordered_map<std::string, Statement> statements_;  // by shape
  std::optional<Statement> as_of_query_;
  std::optional<Statement> changes_query_, newest_query_;
};

}  // namespace steelyard::adapters
