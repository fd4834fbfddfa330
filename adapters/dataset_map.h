// DatasetMap: how one dataset is found in a source; read from one TOML file beside the adapter's configuration.
//
//   [dataset]                          [as_of]                       # optional: else the answer says `unknown`
//   id = "civil-affairs/household"     query = "SELECT ..."          # one row, one column; or
//                                      column = "updated_at"         # the oldest of the rows returned
//   [source]
//   kind = "sqlite"                    [[field]]                     # 1 to 256 of these
//   path = "civil-affairs.sqlite"      name = "birth_date"           # as in the catalogue
//   table = "household"                column = "born"               # default: the name
//   key = "id_number"                  type = "date"
//
// A source of kind "postgres" has in place of `path`:
//   url = "postgresql://reader@127.0.0.1/registry"   adapters/postgres/address.h says what it may name
//   passfile = "registry.pgpass"                     PostgreSQL's password file, mode 0600; none without
//   schema = "public"                                of the table, and of unqualified names in `sql`
//
// `outbox_trim = true` under [source] lets the adapter delete what it has read of the outbox (docs/formats/events.md).
// `path` is relative to the map file. `sql = "SELECT ..."` may stand in place of `table`. A source of kind "memory"
// has `rows`, `seed`, `row_bytes` and `read_time` (what each read takes; none) instead of path and table: made-up
// content for measurements. `key` names a field.
//
// `[limits]` bounds what the adapter may take of the source: adapters/source_load.h has its keys.
//
// Owns: text only. Threads: a plain value. Errors: kFix, schemas::code::config, with file:line:column; an unknown key
// is one. Identifiers and urls are checked here; sources quote them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "adapters/source_load.h"
#include "core/base/ids.h"
#include "core/base/result.h"
#include "core/base/time.h"
#include "schemas/payload.h"

namespace steelyard::adapters {

enum class SourceKind : std::uint8_t { kSqlite, kPostgres, kMemory };

struct MappedField {
  FieldName name;
  std::string column;
  schemas::ValueType type = schemas::ValueType::kString;
};

struct AsOfRule {  // at most one of the two; neither: unknown
  std::string column;
  std::string query;
};

struct DatasetMap {
  DatasetId dataset;
  SourceKind kind = SourceKind::kSqlite;
  FieldName key;
  std::vector<MappedField> fields;
  AsOfRule as_of;
  LoadLimits limits;

  std::string path;   // kSqlite: of the database, absolute or relative to the working directory
  std::string table;  // kSqlite, kPostgres: exactly one of table and sql is set
  std::string sql;
  bool outbox_trim = false;  // the adapter deletes what it has read of the outbox

  std::string url;  // kPostgres only
  std::string passfile;
  std::string schema = "public";

  std::uint64_t rows = 0;  // kMemory only
  std::uint64_t seed = 0;
  std::uint64_t row_bytes = 0;
  Duration read_time{};

  // nullptr where the map has no such field.
  const MappedField* field(const FieldName& name) const;
};

Result<DatasetMap> load_dataset_map(const std::string& file);

// `file` is for messages and for the folder that a relative `path` starts from.
Result<DatasetMap> parse_dataset_map(std::string_view text, const std::string& file);

// A table or column name that may be quoted into SQL: 1 to 128 octets of UTF-8 without control characters.
Status check_identifier(std::string_view name);

}  // namespace steelyard::adapters
