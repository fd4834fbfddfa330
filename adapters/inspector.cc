#include "adapters/inspector.h"

#include "adapters/postgres/postgres_inspector.h"
#include "adapters/sqlite/sqlite_inspector.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

std::string words_of(const Error& error) {
  const schemas::ErrorRow* row = schemas::row_of(error);
  const std::string ours = row == nullptr ? "" : std::string(row->en) + ": ";
  return error.what.starts_with(ours) ? error.what.substr(ours.size()) : error.what;
}

Result<std::unique_ptr<Inspector>> open_inspector(const DatasetMap& where, const Clock& clock) {
  if (where.kind == SourceKind::kSqlite) return SqliteInspector::open(where.path, clock);
  if (where.kind == SourceKind::kPostgres) return PostgresInspector::open(where, clock);
  return fail(schemas::error_of(schemas::code::config, "rows made up in memory have no database to look at"));
}

}  // namespace steelyard::adapters
