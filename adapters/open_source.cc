#include "adapters/open_source.h"

#include "adapters/limited_source.h"
#include "adapters/memory/memory_source.h"
#include "adapters/postgres/postgres_source.h"
#include "adapters/sqlite/sqlite_source.h"

namespace steelyard::adapters {

namespace {

Result<std::unique_ptr<RowSource>> open_kind(DatasetMap map, const Clock& clock) {
  if (map.kind == SourceKind::kSqlite) return std::make_unique<SqliteSource>(std::move(map), clock);
  if (map.kind == SourceKind::kPostgres) {
    TRY_ASSIGN(std::unique_ptr<RowSource> source, PostgresSource::make(std::move(map), clock));
    return source;
  }
  TRY_ASSIGN(std::unique_ptr<RowSource> source, MemorySource::generate(std::move(map), clock));
  return source;
}

}  // namespace

Result<std::unique_ptr<RowSource>> open_source(DatasetMap map, const Clock& clock) {
  TRY_ASSIGN(std::unique_ptr<RowSource> source, open_kind(std::move(map), clock));
  if (!source->map().limits.of_reads()) return source;
  return std::make_unique<LimitedSource>(std::move(source), clock);
}

}  // namespace steelyard::adapters
