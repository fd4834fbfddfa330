#include "adapters/sqlite/sqlite_inspector.h"

#include <algorithm>

#include "adapters/sqlite/select.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;

constexpr Duration kPatience = seconds(10);  // of all that an inspection does
const char* const kColumns =
    "SELECT name, type, CAST(\"notnull\" AS TEXT), CAST(pk AS TEXT) FROM pragma_table_info(?) ORDER BY cid";
const char* const kKeyColumns =
    "SELECT i.name, c.name FROM pragma_index_list(?) AS i, pragma_index_info(i.name) AS c WHERE i.\"unique\" AND NOT "
    "i.partial AND c.name IS NOT NULL ORDER BY i.seq, c.seqno";

}  // namespace

std::optional<ValueType> type_of_declaration(std::string_view declared) {
  std::string upper(declared);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  // What the words say first, then what SQLite makes of them.
  static constexpr std::pair<std::string_view, ValueType> kWords[] = {
      {"BOOL", ValueType::kBool},   {"DATETIME", ValueType::kTimestamp}, {"TIMESTAMP", ValueType::kTimestamp},
      {"DATE", ValueType::kDate},   {"INT", ValueType::kInt64},          {"CHAR", ValueType::kString},
      {"CLOB", ValueType::kString}, {"TEXT", ValueType::kString},        {"BLOB", ValueType::kBytes},
      {"REAL", ValueType::kDouble}, {"FLOA", ValueType::kDouble},        {"DOUB", ValueType::kDouble}};
  for (const auto& [word, type] : kWords)
    if (upper.find(word) != std::string::npos && declaration_admits(declared, type)) return type;
  return {};
}

Result<std::unique_ptr<Inspector>> SqliteInspector::open(const std::string& path, const Clock& clock) {
  TRY_ASSIGN(auto database, Database::open(path, clock));
  database->set_deadline(clock.monotonic() + kPatience);
  return std::unique_ptr<Inspector>(new SqliteInspector(std::move(database)));
}

Result<std::vector<std::vector<std::string>>> SqliteInspector::rows(const std::string& sql,
                                                                    const std::vector<std::string>& bound) {
  TRY_ASSIGN(Statement statement, database_->prepare(sql));
  for (std::size_t i = 0; i < bound.size(); ++i) TRY(statement.bind(static_cast<int>(i) + 1, Value(bound[i])));
  std::vector<std::vector<std::string>> all;
  for (;;) {
    TRY_ASSIGN(const bool more, statement.step());
    if (!more) return all;
    std::vector<std::string> row;
    for (int column = 0; column < statement.column_count(); ++column) {
      TRY_ASSIGN(const Value value, statement.value(column, ValueType::kString));
      const auto* text = std::get_if<std::string>(&value);
      row.push_back(text == nullptr ? "" : *text);
    }
    all.push_back(std::move(row));
  }
}

Result<std::vector<std::string>> SqliteInspector::tables() {
  TRY_ASSIGN(const auto found, rows("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE "
                                    "'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                                    {}));
  std::vector<std::string> names;
  for (const auto& row : found) names.push_back(row[0]);
  return names;
}

Result<TableSchema> SqliteInspector::describe(const std::string& table) {
  TableSchema schema;
  schema.name = table;
  TRY_ASSIGN(const auto columns, rows(kColumns, {table}));
  if (columns.empty()) return fail(schemas::error_of(schemas::code::source_changed, "no such table: " + table));
  std::vector<std::pair<std::string, std::string>> primary;  // place, name
  for (const auto& row : columns) {
    ColumnSchema column;
    column.name = row[0];
    column.declared = row[1];
    column.type = type_of_declaration(row[1]);
    if (!column.type)
      column.why = row[1].empty() ? "declares no type: say which it is" : "SQLite rounds what is put into " + row[1];
    column.nullable = row[2] == "0" && row[3] == "0";
    if (row[3] != "0") primary.emplace_back(row[3], row[0]);
    schema.columns.push_back(std::move(column));
  }
  std::sort(primary.begin(), primary.end());
  if (!primary.empty()) {
    schema.keys.emplace_back();
    for (auto& [place, name] : primary) schema.keys.back().push_back(std::move(name));
  }
  TRY_ASSIGN(const auto unique, rows(kKeyColumns, {table}));
  for (std::size_t i = 0; i < unique.size(); ++i) {
    if (i == 0 || unique[i][0] != unique[i - 1][0]) schema.keys.emplace_back();
    schema.keys.back().push_back(unique[i][1]);
  }
  return schema;
}

Result<std::string> SqliteInspector::try_to_write() {
  TRY(database_->begin());
  const Status written = database_->execute("CREATE TABLE steelyard_check (a)");
  TRY(database_->roll_back());
  if (written)
    return fail(schemas::error_of(schemas::code::config, "this session may write: a table could be made in it"));
  return words_of(written.error());
}

Result<ReadWay> SqliteInspector::way_of(const DatasetMap& map, const ReadPlan& plan) {
  TRY_ASSIGN(Statement statement, database_->prepare("EXPLAIN QUERY PLAN " + select_text(map, plan)));
  ReadWay way;
  for (;;) {
    TRY_ASSIGN(const bool more, statement.step());
    if (!more) return way;
    TRY_ASSIGN(const Value detail, statement.value(3, ValueType::kString));
    const auto* line = std::get_if<std::string>(&detail);
    if (line == nullptr) continue;
    if (line->starts_with("SCAN")) way.reads_whole_table = true;
    way.lines.push_back(*line);
  }
}

}  // namespace steelyard::adapters
