#include "adapters/postgres/postgres_inspector.h"

#include <charconv>

#include "adapters/postgres/select.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::ValueType;

constexpr Duration kPatience = seconds(10);  // of all that an inspection does

const char* const kTables =
    "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1::name "
    "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_any_column_privilege(c.oid, 'SELECT') ORDER BY 1";
const char* const kColumns =
    "SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, (CASE WHEN t.typtype = 'd' THEN "
    "t.typbasetype ELSE t.oid END)::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN "
    "pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid WHERE n.nspname = $1::name AND "
    "c.relname "
    "= $2::name AND a.attnum > 0 AND NOT a.attisdropped AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY "
    "a.attnum";
const char* const kKeys =
    "SELECT i.indexrelid::text, a.attname::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN "
    "pg_namespace "
    "n ON n.oid = c.relnamespace CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k(attnum, place) JOIN "
    "pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum WHERE n.nspname = $1::name AND c.relname = $2::name "
    "AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND k.place <= i.indnkeyatts "
    "ORDER BY i.indisprimary DESC, i.indexrelid, k.place";

std::optional<ValueType> type_of(std::uint32_t column) {
  for (const ValueType type : {ValueType::kBool, ValueType::kInt64, ValueType::kDecimal, ValueType::kDouble,
                               ValueType::kString, ValueType::kBytes, ValueType::kDate, ValueType::kTimestamp})
    if (postgres::admits(column, type)) return type;
  return {};
}

}  // namespace

Result<std::unique_ptr<Inspector>> PostgresInspector::open(const DatasetMap& where, const Clock& clock) {
  TRY_ASSIGN(const PostgresAddress address, parse_postgres_url(where.url, where.passfile));
  const Duration until = clock.monotonic() + kPatience;
  TRY_ASSIGN(auto connection, postgres::Connection::open(address, {where.schema, nullptr}, clock, until));
  return std::unique_ptr<Inspector>(new PostgresInspector(std::move(connection), where.schema, until));
}

Result<std::vector<std::vector<std::string>>> PostgresInspector::rows(const std::string& sql,
                                                                      const std::vector<postgres::Bound>& bound) {
  TRY(connection_->send({{sql, bound}}, until_));
  std::vector<std::vector<std::string>> all;
  for (;;) {
    TRY_ASSIGN(const bool more, connection_->next());
    if (!more) return all;
    std::vector<std::string> row;
    for (int column = 0; column < connection_->column_count(); ++column) row.emplace_back(connection_->text(column));
    all.push_back(std::move(row));
  }
}

Result<std::vector<std::string>> PostgresInspector::tables() {
  TRY_ASSIGN(const auto found, rows(kTables, {text(schema_)}));
  std::vector<std::string> names;
  for (const auto& row : found) names.push_back(row[0]);
  return names;
}

Result<TableSchema> PostgresInspector::describe(const std::string& table) {
  TableSchema schema;
  schema.name = table;
  TRY_ASSIGN(const auto columns, rows(kColumns, {text(schema_), text(table)}));
  if (columns.empty())
    return fail(schemas::error_of(schemas::code::source_changed,
                                  "schema `" + schema_ + "` has no table `" + table + "` that this role may read"));
  for (const auto& row : columns) {
    ColumnSchema column;
    column.name = row[0];
    column.declared = row[1];
    std::uint32_t type = 0;
    std::from_chars(row[3].data(), row[3].data() + row[3].size(), type);
    column.type = type_of(type);
    if (!column.type) column.why = "no field holds " + row[1] + " exactly: cast it in a view or in `sql`";
    column.nullable = row[2] == "false";
    schema.columns.push_back(std::move(column));
  }
  TRY_ASSIGN(const auto unique, rows(kKeys, {text(schema_), text(table)}));
  for (std::size_t i = 0; i < unique.size(); ++i) {
    if (i == 0 || unique[i][0] != unique[i - 1][0]) schema.keys.emplace_back();
    schema.keys.back().push_back(unique[i][1]);
  }
  return schema;
}

// BEGIN says nothing of READ ONLY here: what refuses is the session's own default.
Result<std::string> PostgresInspector::try_to_write() {
  TRY(connection_->run("BEGIN", until_));
  const Status written = connection_->run("CREATE TABLE steelyard_check (a integer)", until_);
  TRY(connection_->run("ROLLBACK", until_));
  if (written)
    return fail(schemas::error_of(schemas::code::config, "this session may write: a table could be made in it"));
  return words_of(written.error());
}

Result<ReadWay> PostgresInspector::way_of(const DatasetMap& map, const ReadPlan& plan) {
  // A small table is read whole although it has an index: what matters is whether it has one.
  TRY(connection_->run("BEGIN READ ONLY; SET LOCAL enable_seqscan = off", until_));
  const auto select = postgres::select_of(map, plan, postgres::outputs_of(map, plan), {}, 1);
  auto lines = rows("EXPLAIN (COSTS off) " + select.sql, select.bound);
  TRY(connection_->run("ROLLBACK", until_));
  if (!lines) return fail(std::move(lines).error());
  ReadWay way;
  for (const auto& row : *lines) {
    if (row[0].find("Filter") != std::string::npos || row[0].find("Cond") != std::string::npos) {
      // These lines would show the value that was asked by; they say nothing of the way.
      continue;
    }
    if (row[0].find("Seq Scan") != std::string::npos) way.reads_whole_table = true;
    way.lines.push_back(row[0]);
  }
  return way;
}

}  // namespace steelyard::adapters
