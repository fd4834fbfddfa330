// Inspector: what a register's database says of itself, for connecting it: tables, columns, keys, how a read by key
// goes.
//
// Owns: a read-only session of its own. Threads: one. Errors: as RowSource.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/row_source.h"

namespace steelyard::adapters {

struct ColumnSchema {
  std::string name;
  std::string declared;                    // in the database's words
  std::optional<schemas::ValueType> type;  // that holds every value of it exactly; none: `why`
  std::string why;
  bool nullable = true;
};

struct TableSchema {
  std::string name;
  std::vector<ColumnSchema> columns;
  std::vector<std::vector<std::string>> keys;  // the columns that name one row each, the primary key first
};

struct ReadWay {
  std::vector<std::string> lines;  // the database's own plan
  bool reads_whole_table = false;
};

class Inspector {
 public:
  virtual ~Inspector() = default;
  virtual Result<std::vector<std::string>> tables() = 0;  // and views, that this session may read
  virtual Result<TableSchema> describe(const std::string& table) = 0;
  // Tries to make a table, in a transaction that is rolled back: the words in which that was refused. Error of code
  // config: it was not refused.
  virtual Result<std::string> try_to_write() = 0;
  virtual Result<ReadWay> way_of(const DatasetMap& map, const ReadPlan& plan) = 0;
};

// A database's own words in an error, without ours before them.
std::string words_of(const Error& error);

// Of where a map's source is; its fields do not matter. Errors also: config, for a source in memory.
Result<std::unique_ptr<Inspector>> open_inspector(const DatasetMap& where, const Clock& clock);

}  // namespace steelyard::adapters
