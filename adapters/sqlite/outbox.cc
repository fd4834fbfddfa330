#include "adapters/sqlite/outbox.h"

#include <sqlite3.h>

#include <memory>

#include "adapters/sql_text.h"
#include "adapters/sqlite/select.h"
#include "core/base/limits.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};
struct Finalise {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

tl::unexpected<Error> unavailable(sqlite3* connection, int result) {
  return fail(schemas::error_of(schemas::code::owner_unavailable,
                                connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result)));
}

}  // namespace

// A dataset's id holds no quote (check_dataset_id).
Result<std::string> outbox_sql(const DatasetMap& map) {
  if (map.kind != SourceKind::kSqlite || map.table.empty())
    return fail(schemas::error_of(schemas::code::config, "dataset `" + map.dataset.text +
                                                             "`: only a `table` of an SQLite database has an outbox"));
  const std::string key = quoted(map.field(map.key)->column), dataset = "'" + map.dataset.text + "'";
  const auto add = [&](const char* row) {
    return std::string("  INSERT INTO ") + kOutboxTable + " (dataset, key) VALUES (" + dataset + ", " + row + "." +
           key + ");\n";
  };
  const auto trigger = [&](const char* event, const std::string& body) {
    return "CREATE TRIGGER IF NOT EXISTS " + quoted("steelyard " + map.dataset.text + " " + event) + " AFTER " + event +
           " ON " + quoted(map.table) + " BEGIN\n" + body + "END;\n";
  };
  return "BEGIN;\nCREATE TABLE IF NOT EXISTS " + std::string(kOutboxTable) +
         " (seq INTEGER PRIMARY KEY AUTOINCREMENT, dataset TEXT NOT NULL, key);\n" + trigger("INSERT", add("NEW")) +
         trigger("UPDATE", add("NEW") + "  INSERT INTO " + kOutboxTable + " (dataset, key) SELECT " + dataset +
                               ", OLD." + key + " WHERE OLD." + key + " IS NOT NEW." + key + ";\n") +
         trigger("DELETE", add("OLD")) + "COMMIT;\n";
}

Status trim_outbox(const std::string& path, const DatasetId& dataset, std::int64_t upto) {
  sqlite3* raw = nullptr;
  const int opened = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, Close> connection(raw);
  if (opened != SQLITE_OK) return unavailable(raw, opened);
  const std::string table = kOutboxTable;
  const std::string sql = "DELETE FROM " + table + " WHERE seq IN (SELECT seq FROM " + table +
                          " WHERE seq <= ? AND dataset = ? ORDER BY seq LIMIT ?)";
  sqlite3_stmt* made = nullptr;
  const int prepared = sqlite3_prepare_v2(raw, sql.c_str(), -1, &made, nullptr);
  const std::unique_ptr<sqlite3_stmt, Finalise> statement(made);
  if (prepared == SQLITE_BUSY) return {};  // its owner writes: what was read is deleted another time
  if (prepared != SQLITE_OK) return unavailable(raw, prepared);
  sqlite3_bind_int64(made, 1, upto);
  sqlite3_bind_text(made, 2, dataset.text.c_str(), -1, SQLITE_STATIC);
  sqlite3_bind_int64(made, 3, static_cast<sqlite3_int64>(limits::kOutboxTrimAtOnce));
  const int done = sqlite3_step(made);
  if (done != SQLITE_DONE && done != SQLITE_BUSY) return unavailable(raw, done);
  return {};
}

}  // namespace steelyard::adapters
