#include "adapters/dataset_map.h"

#include <algorithm>

#include "adapters/postgres/address.h"
#include "adapters/typed_value.h"
#include "core/base/limits.h"
#include "core/config/config.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::ValueType;

constexpr std::size_t kIdentifierOctetsMax = 128;
constexpr std::int64_t kConnectionsMax = 16;
constexpr std::int64_t kGeneratedRowsMax = 10'000'000;

Result<std::string> identifier(const config::Table& table, std::string_view key, std::string_view otherwise) {
  TRY_ASSIGN(std::string name, table.text(key, otherwise));
  if (auto good = check_identifier(name); !good) return fail(table.error(key, good.error().what));
  return name;
}

Status read_fields(const config::Table& file, DatasetMap& map) {
  TRY_ASSIGN(const auto tables, file.tables("field"));
  if (tables.empty()) return fail(file.error("field", "at least one [[field]] is needed"));
  if (tables.size() > limits::kFieldsMax) return fail(file.error("field", "more than 256 fields"));
  for (const auto& table : tables) {
    MappedField field;
    TRY_ASSIGN(field.name, table.id<FieldName>("name"));
    if (map.field(field.name) != nullptr)
      return fail(table.error("name", "field `" + field.name.text + "` stands twice"));
    TRY_ASSIGN(field.column, identifier(table, "column", field.name.text));
    TRY_ASSIGN(const std::string type, table.text("type"));
    const auto named = schemas::value_type_named(type);
    if (!named) return fail(table.error("type", named.error().what));
    field.type = *named;
    map.fields.push_back(std::move(field));
  }
  return {};
}

Status read_table(const config::Table& source, DatasetMap& map) {
  if (source.has("table") == source.has("sql"))
    return fail(source.error("table", "exactly one of `table` and `sql` is needed"));
  if (source.has("table")) {
    TRY_ASSIGN(map.table, identifier(source, "table", ""));
  } else {
    TRY_ASSIGN(map.sql, source.text("sql"));
    // A ';' in a literal has no place in a map either; one statement is all a dataset is.
    if (map.sql.empty() || map.sql.find(';') != std::string::npos || map.sql.find('\0') != std::string::npos)
      return fail(source.error("sql", "expected one SELECT without `;`"));
  }
  return {};
}

Status read_postgres(const config::Table& source, DatasetMap& map) {
  TRY_ASSIGN(map.url, source.text("url"));
  if (source.has("passfile")) {
    TRY_ASSIGN(map.passfile, source.secret_path("passfile"));
  }
  TRY_ASSIGN(map.schema, identifier(source, "schema", "public"));
  if (auto good = parse_postgres_url(map.url, map.passfile); !good) return fail(source.error("url", good.error().what));
  return read_table(source, map);
}

Status read_memory(const config::Table& source, DatasetMap& map) {
  TRY_ASSIGN(const std::int64_t rows, source.integer("rows", {1, kGeneratedRowsMax}));
  TRY_ASSIGN(const std::int64_t seed, source.integer("seed", {0, INT64_MAX}, 1));
  TRY_ASSIGN(map.row_bytes, source.size("row_bytes", 1024));
  TRY_ASSIGN(map.read_time, source.duration("read_time", {}));
  map.rows = static_cast<std::uint64_t>(rows);
  map.seed = static_cast<std::uint64_t>(seed);
  return {};
}

Status read_source(const config::Table& source, DatasetMap& map) {
  TRY_ASSIGN(const std::string kind, source.one_of("kind", {"sqlite", "postgres", "memory"}));
  if (kind == "postgres") {
    map.kind = SourceKind::kPostgres;
    return read_postgres(source, map);
  }
  if (kind == "memory") {
    map.kind = SourceKind::kMemory;
    return read_memory(source, map);
  }
  map.kind = SourceKind::kSqlite;
  TRY_ASSIGN(map.path, source.path("path"));
  TRY_ASSIGN(map.outbox_trim, source.boolean("outbox_trim", false));
  return read_table(source, map);
}

Status read_as_of(const config::Table& table, DatasetMap& map) {
  if (table.has("column") == table.has("query"))
    return fail(table.error("column", "exactly one of `column` and `query` is needed"));
  if (table.has("column")) {
    TRY_ASSIGN(map.as_of.column, identifier(table, "column", ""));
    return {};
  }
  if (map.kind == SourceKind::kMemory) return fail(table.error("query", "a source in memory takes `column` only"));
  TRY_ASSIGN(map.as_of.query, table.text("query"));
  return {};
}

Status read_limits(const config::Table& table, LoadLimits& limits) {
  TRY_ASSIGN(const std::int64_t connections, table.integer("connections", {1, kConnectionsMax}, limits.connections));
  limits.connections = static_cast<int>(connections);
  if (table.has("hours")) {
    TRY_ASSIGN(const std::string text, table.text("hours"));
    auto hours = parse_hours(text);
    if (!hours) return fail(table.error("hours", hours.error().what));
    limits.hours = *hours;
  }
  if (table.has("rows_a_minute")) {
    TRY_ASSIGN(const std::int64_t rows, table.integer("rows_a_minute", {1, INT64_MAX}));
    limits.rows_a_minute = static_cast<std::uint64_t>(rows);
  }
  if (table.has("time_a_minute")) {
    TRY_ASSIGN(limits.time_a_minute, table.duration("time_a_minute"));
    if (limits.time_a_minute->us == 0)
      return fail(
          table.error("time_a_minute", "no time is no reads: a source is paused by a file in the state folder"));
  }
  return {};
}

Result<DatasetMap> read_map(const config::Table& file) {
  DatasetMap map;
  TRY_ASSIGN(const auto dataset, file.table("dataset"));
  TRY_ASSIGN(map.dataset, dataset.id<DatasetId>("id"));
  TRY_ASSIGN(const auto source, file.table("source"));
  TRY(read_source(source, map));
  TRY(read_fields(file, map));
  TRY_ASSIGN(map.key, source.id<FieldName>("key"));
  if (map.field(map.key) == nullptr)
    return fail(source.error("key", "`" + map.key.text + "` is not the name of a [[field]]"));
  TRY_ASSIGN(const auto as_of, file.optional_table("as_of"));
  if (as_of) TRY(read_as_of(*as_of, map));
  TRY_ASSIGN(const auto limits, file.optional_table("limits"));
  if (limits) TRY(read_limits(*limits, map.limits));
  TRY(file.finish());
  return map;
}

Result<DatasetMap> as_config(Result<DatasetMap> map) {
  if (!map && map.error().code == 0) map.error().code = schemas::code::config;
  return map;
}

}  // namespace

const MappedField* DatasetMap::field(const FieldName& name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [&](const MappedField& f) { return f.name == name; });
  return found == fields.end() ? nullptr : &*found;
}

Result<DatasetMap> load_dataset_map(const std::string& file) {
  auto table = config::read_file(file);
  if (!table) return as_config(fail(std::move(table).error()));
  return as_config(read_map(*table));
}

Result<DatasetMap> parse_dataset_map(std::string_view text, const std::string& file) {
  auto table = config::parse(text, file);
  if (!table) return as_config(fail(std::move(table).error()));
  return as_config(read_map(*table));
}

Status check_identifier(std::string_view name) {
  const bool good =
      !name.empty() && name.size() <= kIdentifierOctetsMax && is_utf8(name) &&
      std::none_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (good) return {};
  return fail(ErrorKind::kFix,
              "expected the name of a table or column: 1 to 128 octets of UTF-8, no control characters",
              schemas::code::config);
}

}  // namespace steelyard::adapters
