#include "adapters/sqlite/database.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include <sqlite3.h>

#include "adapters/sqlite/functions.h"
#include "adapters/typed_value.h"
#include "core/base/check.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

using schemas::Value;
using schemas::ValueType;

constexpr int kStepsBetweenClockReads = 1'000;
constexpr int kLockPollMs = 2;
constexpr std::int64_t kExactInDouble = std::int64_t{1} << 53;

Error error_from(sqlite3* connection, int result) {
  const int primary = result & 0xff;
  const std::string words = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(result);
  switch (primary) {
    case SQLITE_INTERRUPT:
      return schemas::error_of(schemas::code::source_timeout, "the statement ran past its deadline");
    case SQLITE_ERROR:
    case SQLITE_AUTH:
    case SQLITE_MISMATCH:
    case SQLITE_RANGE: return schemas::error_of(schemas::code::source_changed, words);
    default: return schemas::error_of(schemas::code::owner_unavailable, words);
  }
}

std::string text_at(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text == nullptr ? "" : text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

// Puts a stored integer or text into `to` as `type`; false where it is not of that type.
bool put_integer(ValueType type, std::int64_t number, Value& to) {
  switch (type) {
    case ValueType::kBool: to.emplace<bool>(number == 1); return number == 0 || number == 1;
    case ValueType::kInt64: to.emplace<std::int64_t>(number); return true;
    case ValueType::kDecimal: to.emplace<std::string>(std::to_string(number)); return true;
    case ValueType::kDouble:
      to.emplace<double>(static_cast<double>(number));
      return number >= -kExactInDouble && number <= kExactInDouble;
    default: return false;
  }
}

bool put_text(ValueType type, std::string text, Value& to) {
  if (type == ValueType::kTimestamp) {
    const auto instant = instant_of_source(text);
    if (instant) to.emplace<std::int64_t>(instant->us);
    return instant.has_value() && fits(type, to);
  }
  to.emplace<std::string>(std::move(text));
  return fits(type, to);
}

// Puts a column of the current row into `to`, exactly; false where the stored value is not of `type`.
bool put_column(sqlite3_stmt* statement, int column, ValueType type, Value& to) {
  switch (sqlite3_column_type(statement, column)) {
    case SQLITE_NULL: return true;
    case SQLITE_INTEGER: return put_integer(type, sqlite3_column_int64(statement, column), to);
    case SQLITE_FLOAT: to.emplace<double>(sqlite3_column_double(statement, column)); return type == ValueType::kDouble;
    case SQLITE_TEXT: return put_text(type, text_at(statement, column), to);
    default: break;
  }
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement, column));
  to.emplace<Bytes>(bytes, bytes + sqlite3_column_bytes(statement, column));
  return type == ValueType::kBytes;
}

}  // namespace

void Statement::Finalise::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* connection) const { CHECK(sqlite3_close(connection) == SQLITE_OK); }

Status Statement::bind(int position, const Value& value) {
  sqlite3_stmt* statement = statement_.get();
  int result = SQLITE_OK;
  if (is_null(value)) {
    result = sqlite3_bind_null(statement, position);
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    result = sqlite3_bind_int64(statement, position, *flag ? 1 : 0);
  } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
    result = sqlite3_bind_int64(statement, position, *number);
  } else if (const auto* real = std::get_if<double>(&value)) {
    result = sqlite3_bind_double(statement, position, *real);
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    result = sqlite3_bind_text64(statement, position, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } else {
    const auto& bytes = std::get<Bytes>(value);
    // An empty vector's data may be null, which would bind null.
    result = bytes.empty() ? sqlite3_bind_zeroblob(statement, position, 0)
                           : sqlite3_bind_blob64(statement, position, bytes.data(), bytes.size(), SQLITE_TRANSIENT);
  }
  if (result != SQLITE_OK) return fail(error_from(sqlite3_db_handle(statement), result));
  return {};
}

Result<bool> Statement::step() {
  const int result = sqlite3_step(statement_.get());
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) return false;
  return fail(error_from(sqlite3_db_handle(statement_.get()), result));
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
}

int Statement::column_count() const { return sqlite3_column_count(statement_.get()); }

std::string Statement::declared_type(int column) const {
  const char* type = sqlite3_column_decltype(statement_.get(), column);
  return type == nullptr ? "" : type;
}

std::size_t Statement::stored_bytes(int column) const {
  const int type = sqlite3_column_type(statement_.get(), column);
  // Asking a number for its octets would turn it into text.
  if (type != SQLITE_TEXT && type != SQLITE_BLOB) return 0;
  return static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
}

Result<Value> Statement::value(int column, ValueType type) const {
  Result<Value> value;
  if (!put_column(statement_.get(), column, type, *value))
    value = fail(schemas::error_of(schemas::code::source_changed));
  return value;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, const Clock& clock) {
  sqlite3* connection = nullptr;
  const int result = sqlite3_open_v2(path.c_str(), &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Database> database(new Database(connection, clock));
  if (result != SQLITE_OK) return fail(error_from(connection, result));
  TRY(database->set_up());
  return database;
}

Status Database::set_up() {
  sqlite3* connection = connection_.get();
  sqlite3_extended_result_codes(connection, 1);
  // "x" that names no column would otherwise read as the text 'x': a renamed column would give wrong values.
  if (sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, nullptr) != SQLITE_OK ||
      sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr) != SQLITE_OK)
    return fail(schemas::error_of(schemas::code::owner_unavailable, "this SQLite cannot be set up for reading only"));
  TRY(execute("PRAGMA query_only = 1"));
  TRY(execute("PRAGMA cache_size = -16384"));  // 16 MiB; the usual 2 hold no index of a register of 100,000
  if (const int result = register_functions(connection); result != SQLITE_OK)
    return fail(error_from(connection, result));
  sqlite3_progress_handler(connection, kStepsBetweenClockReads, &Database::on_progress, this);
  sqlite3_busy_handler(connection, &Database::on_busy, this);
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int result = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  Statement statement(raw);
  if (result != SQLITE_OK) return fail(error_from(connection_.get(), result));
  const std::string_view tail = sql.substr(static_cast<std::size_t>(rest - sql.data()));
  if (raw == nullptr || !sqlite3_stmt_readonly(raw) || tail.find_first_not_of(" \t\r\n;") != std::string_view::npos)
    return fail(schemas::error_of(schemas::code::config, "expected exactly one SELECT statement"));
  return statement;
}

Status Database::execute(const char* sql) {
  const int result = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  if (result != SQLITE_OK) return fail(error_from(connection_.get(), result));
  return {};
}

Status Database::begin() { return run(begin_, "BEGIN"); }
Status Database::roll_back() { return run(roll_back_, "ROLLBACK"); }

Status Database::run(std::unique_ptr<Statement>& kept, std::string_view sql) {
  if (kept == nullptr) {
    TRY_ASSIGN(Statement statement, prepare(sql));
    kept = std::make_unique<Statement>(std::move(statement));
  }
  const auto row = kept->step();
  kept->reset();
  if (!row) return fail(row.error());
  return {};
}

void Database::set_deadline(Duration until) { until_ = until; }

Result<std::int64_t> Database::schema_version() {
  if (!version_) {
    TRY_ASSIGN(Statement statement, prepare("PRAGMA schema_version"));
    version_ = std::make_unique<Statement>(std::move(statement));
  }
  const auto row = version_->step();
  std::int64_t version = 0;
  if (row && *row) version = sqlite3_column_int64(version_->statement_.get(), 0);
  version_->reset();
  if (!row) return fail(row.error());
  return version;
}

int Database::on_progress(void* self) {
  const auto* database = static_cast<Database*>(self);
  return database->clock_.monotonic() >= database->until_ ? 1 : 0;
}

int Database::on_busy(void* self, int) {
  const auto* database = static_cast<Database*>(self);
  if (database->clock_.monotonic() >= database->until_) return 0;
  sqlite3_sleep(kLockPollMs);
  return 1;
}

}  // namespace steelyard::adapters
