// Database and Statement: the few calls of SQLite that a read-only source needs, with its errors as ours.
//
// A Database is opened read-only and stays so (`query_only`); double-quoted text is never taken for a string; views and
// triggers of the file may not call functions with side effects. Three things are added: the collation
// `steelyard_decimal` (exact decimals) and the functions `steelyard_instant(text)` (UTC microseconds) and
// `steelyard_like(text, piece, ...)` (Cedar's patterns).
//
// Owns: the connection; a Statement is finalised before its Database closes. Threads: one.
// Errors: SQLite's result codes as owner_unavailable (away, locked, damaged), source_timeout (deadline), or
//   source_changed (what the SQL names is not there). Messages hold SQLite's own words about SQL, never bound values.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "core/base/time.h"
#include "schemas/payload.h"

struct sqlite3;
struct sqlite3_stmt;

namespace steelyard::adapters {

class Statement {
 public:
  Status bind(int position, const schemas::Value& value);  // from 1
  Result<bool> step();                                     // false: no more rows
  void reset();                                            // and forget what was bound

  int column_count() const;
  // The type a column was declared with: "VARCHAR(20)"; empty for an expression.
  std::string declared_type(int column) const;
  // The value as `type`, exactly; an error of code source_changed without a sentence about the field where the stored
  // value is not of that type.
  Result<schemas::Value> value(int column, schemas::ValueType type) const;
  std::size_t stored_bytes(int column) const;

 private:
  friend class Database;
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
};

class Database {
 public:
  static Result<std::unique_ptr<Database>> open(const std::string& path, const Clock& clock);

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Exactly one statement that only reads, kept for many uses.
  Result<Statement> prepare(std::string_view sql);
  Status execute(const char* sql);
  Status begin();  // a transaction that reads one state of the file
  Status roll_back();

  // Whatever runs after `until` on the monotonic clock stops with source_timeout. Waiting for a lock counts too.
  void set_deadline(Duration until);

  // Names one state of the file's tables and views; changes whenever one of them does.
  Result<std::int64_t> schema_version();

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  Database(sqlite3* connection, const Clock& clock) : connection_(connection), clock_(clock) {}
  Status set_up();
  static int on_progress(void* self);
  static int on_busy(void* self, int tries);
  Status run(std::unique_ptr<Statement>& kept, std::string_view sql);

  std::unique_ptr<sqlite3, Close> connection_;
  const Clock& clock_;
  Duration until_{INT64_MAX};
  std::unique_ptr<Statement> version_, begin_, roll_back_;  // last: finalised before the connection closes
};

}  // namespace steelyard::adapters
