// PostgresSource: a dataset in a PostgreSQL database that another program writes.
//
// One connection, made at the first read and kept; lost while idle, it is made anew within the read. Where no
// connection can be made, the next attempt waits four times as long as the failed one took: a database that swallows
// packets costs the adapter's thread a fifth of its time at most. Each read is one transaction of REPEATABLE READ, so
// rows and as-of are of one moment, and one exchange with the server. Each result says what types its columns have;
// what is not as the map has it is looked at column by column, so that a field whose column is missing or retyped is
// refused by name and other fields go on.
//
// Owns: the connection. Threads, Errors: as RowSource.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "adapters/postgres/address.h"
#include "adapters/postgres/connection.h"
#include "adapters/postgres/select.h"
#include "adapters/row_source.h"

namespace steelyard::adapters {

class PostgresSource final : public RowSource {
 public:
  // Connects to nothing yet: a department's database may be away when its adapter starts.
  static Result<std::unique_ptr<PostgresSource>> make(DatasetMap map, const Clock& clock);

  Result<ReadResult> read(const ReadPlan& plan) override;
  const DatasetMap& map() const override { return map_; }

 private:
  PostgresSource(DatasetMap map, PostgresAddress address, const Clock& clock)
      : map_(std::move(map)), address_(std::move(address)), clock_(clock) {}

  Status connect(Duration until);
  Result<ReadResult> read_once(const ReadPlan& plan, Duration until);
  Result<ReadResult> read_connected(const ReadPlan& plan, Duration until);
  Result<ReadResult> read_in_transaction(const ReadPlan& plan, const std::vector<postgres::Output>& outputs,
                                         Duration until);
  Status send(postgres::Statement select, Duration until);
  Status look_at_columns(Duration until);
  Status probe(const std::string& columns, Duration until);
  Status look_at_each_column(Duration until);
  void note_type(const std::string& column, std::uint32_t type, schemas::ValueType wanted, const std::string& name);
  Status refuse_changed(const std::vector<postgres::Output>& outputs) const;
  Status collect(const ReadPlan& plan, const std::vector<postgres::Output>& outputs, ReadResult& result);
  Status check_types(const std::vector<postgres::Output>& outputs) const;
  Status take_row(const std::vector<postgres::Output>& outputs, std::vector<schemas::Value>& row) const;
  Result<std::optional<Instant>> as_of_by_query();
  std::vector<postgres::Output> mapped_columns() const;
  Error about(Error error) const;

  DatasetMap map_;
  PostgresAddress address_;
  const Clock& clock_;
  std::unique_ptr<postgres::Connection> connection_;
  std::shared_ptr<std::atomic<bool>> cancelling_;  // null where the source allows one connection alone
  Duration next_attempt_{INT64_MIN};
  std::string why_away_;
  bool looked_ = false;  // at the columns, since the connection was made
  postgres::ColumnTypes types_;
  std::unordered_map<std::string, std::string> problems_;  // column → what is wrong with it
};

}  // namespace steelyard::adapters
