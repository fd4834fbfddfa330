#include "adapters/sqlite/sqlite_source.h"

#include <sys/stat.h>

#include <cstring>

#include "adapters/sql_text.h"
#include "adapters/sqlite/outbox.h"
#include "adapters/sqlite/select.h"
#include "adapters/typed_value.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

constexpr std::size_t kStatementsMax = 64;  // plans of one application differ little; beyond this they are made anew

// Returns a statement to its cache clean, whatever happened to the read.
class InUse {
 public:
  explicit InUse(Statement& statement) : statement_(statement) {}
  ~InUse() { statement_.reset(); }
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;

 private:
  Statement& statement_;
};

tl::unexpected<Error> changed(const std::string& what) {
  return fail(schemas::error_of(schemas::code::source_changed, what));
}

}  // namespace

Error SqliteSource::about(Error error) const { return std::move(error).in("dataset `" + map_.dataset.text + "`"); }

Result<ReadResult> SqliteSource::read(const ReadPlan& plan) {
  TRY(check_plan(map_, plan));
  if (auto status = follow_path(); !status) return fail(about(std::move(status).error()));
  const Duration until = clock_.monotonic() + plan.timeout;
  database_->set_deadline(until);
  auto result = read_in_transaction(plan, until);
  // The end of a transaction that only read can fail only together with the connection.
  database_->set_deadline({INT64_MAX});
  const auto ended = database_->roll_back();
  if (!ended || (!result && result.error().code == schemas::code::owner_unavailable)) close();
  if (!result) return fail(about(std::move(result).error()));
  return result;
}

Status SqliteSource::follow_path() {
  struct stat now {};
  if (::stat(map_.path.c_str(), &now) != 0) {
    const int reason = errno;
    close();
    return fail(schemas::error_of(schemas::code::owner_unavailable, map_.path + ": " + std::strerror(reason)));
  }
  const FileIdentity identity{static_cast<std::uint64_t>(now.st_dev), static_cast<std::uint64_t>(now.st_ino)};
  if (database_ != nullptr && identity == file_) return {};
  close();
  TRY_ASSIGN(database_, Database::open(map_.path, clock_));
  file_ = identity;
  return {};
}

void SqliteSource::close() {
  statements_.clear();
  as_of_query_.reset();
  changes_query_.reset();
  newest_query_.reset();
  problems_.clear();
  schema_version_.reset();
  database_.reset();
}

Result<ReadResult> SqliteSource::read_in_transaction(const ReadPlan& plan, Duration until) {
  TRY(database_->begin());
  TRY_ASSIGN(const std::int64_t version, database_->schema_version());
  if (schema_version_ != version) {
    schema_version_.reset();
    TRY(look_at_columns());
    schema_version_ = version;
  }
  TRY(refuse_changed(plan));
  TRY_ASSIGN(Statement * statement, statement_for(plan));
  const InUse in_use(*statement);
  TRY(bind(*statement, plan, RowBudget(plan).rows_max()));
  // SQLite looks at the deadline every thousand steps; a short statement would end without a look.
  if (clock_.monotonic() >= until) return fail(schemas::error_of(schemas::code::source_timeout, "no time is left"));
  ReadResult result;
  result.rows = empty_rows(map_, plan);
  TRY(collect(*statement, plan, result));
  if (!map_.as_of.query.empty()) {
    TRY_ASSIGN(result.as_of, as_of_by_query());
  }
  return result;
}

Status SqliteSource::look_at_columns() {
  statements_.clear();
  as_of_query_.reset();
  problems_.clear();
  // First the table itself: without it every field has changed, and saying so once is clearer.
  TRY(probe("1"));
  for (const auto& field : map_.fields) {
    TRY_ASSIGN(std::string problem, problem_with(field.column, field.type));
    if (!problem.empty()) problems_[field.column] = "field `" + field.name.text + "`: " + problem;
  }
  if (!map_.as_of.column.empty() && !problems_.contains(map_.as_of.column)) {
    TRY_ASSIGN(std::string problem, problem_with(map_.as_of.column, schemas::ValueType::kTimestamp));
    if (!problem.empty()) problems_[map_.as_of.column] = "as-of: " + problem;
  }
  return {};
}

Result<std::string> SqliteSource::probe(const std::string& expression) {
  TRY_ASSIGN(Statement statement,
             database_->prepare("SELECT " + expression + " FROM " + from_clause(map_) + " LIMIT 0"));
  // Preparing trusts the tables as the connection last saw them; only a step compares with the file.
  TRY(statement.step());
  return statement.declared_type(0);
}

Result<std::string> SqliteSource::problem_with(const std::string& column, schemas::ValueType type) {
  auto probed = probe("t." + quoted(column));
  if (!probed) {
    if (probed.error().code != schemas::code::source_changed) return fail(std::move(probed).error());
    return "column `" + column + "` is missing";
  }
  const std::string& declared = *probed;
  if (declaration_admits(declared, type)) return std::string();
  return "column `" + column + "` is declared " + declared + ", which cannot hold " + std::string(name_of(type)) +
         " exactly";
}

Status SqliteSource::refuse_changed(const ReadPlan& plan) const {
  const auto check = [&](const std::string& column) -> Status {
    const auto found = problems_.find(column);
    if (found == problems_.end()) return {};
    return changed(found->second + ": correct the source or the map");
  };
  for (const auto& field : plan.fields) TRY(check(map_.field(field)->column));
  for (const auto& parameter : plan.parameters) TRY(check(map_.field(parameter.field)->column));
  if (plan.filter != nullptr)
    for (const auto& field : plan.filter->fields()) TRY(check(map_.field(field.name)->column));
  if (!map_.as_of.column.empty()) TRY(check(map_.as_of.column));
  return {};
}

Result<Statement*> SqliteSource::statement_for(const ReadPlan& plan) {
  const std::string shape = shape_of(plan);
  if (const auto found = statements_.find(shape); found != statements_.end()) return &found->second;
  TRY_ASSIGN(Statement statement, database_->prepare(select_text(map_, plan)));
  if (statements_.size() >= kStatementsMax) statements_.clear();
  return &statements_.emplace(shape, std::move(statement)).first->second;
}

Status SqliteSource::bind(Statement& statement, const ReadPlan& plan, std::uint32_t rows_max) const {
  int position = 0;
  for (const auto& parameter : plan.parameters) {
    for (const auto& value : parameter.values) TRY(statement.bind(++position, value));
    for (std::size_t i = parameter.values.size(); i < bound_count(parameter); ++i)
      TRY(statement.bind(++position, parameter.values.back()));
  }
  for (const auto& value : filter_values(map_, plan)) TRY(statement.bind(++position, value));
  // One row more than wanted tells whether there are more.
  return statement.bind(++position, std::int64_t{rows_max} + 1);
}

Status SqliteSource::collect(Statement& statement, const ReadPlan& plan, ReadResult& result) const {
  RowBudget budget(plan);
  const int as_of_column = static_cast<int>(plan.fields.size());
  auto& columns = result.rows.columns;
  std::vector<schemas::Value> row(columns.size());
  for (;;) {
    TRY_ASSIGN(const bool more, statement.step());
    if (!more) return {};
    std::size_t stored = 0;  // looked at first: a value that cannot fit is never copied
    for (std::size_t i = 0; i < columns.size(); ++i) stored += statement.stored_bytes(static_cast<int>(i));
    if (!budget.has_room(stored)) {
      result.capped = true;
      return {};
    }
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      auto value = statement.value(static_cast<int>(i), columns[i].type);
      if (!value)
        return changed("field `" + columns[i].name.text + "` holds a value that is not a " +
                       std::string(name_of(columns[i].type)));
      row[i] = std::move(*value);
      bytes += encoded_size(row[i]);
    }
    if (!budget.has_room(bytes)) {
      result.capped = true;
      return {};
    }
    budget.take(bytes);
    for (std::size_t i = 0; i < columns.size(); ++i) columns[i].values.push_back(std::move(row[i]));
    ++result.rows.count;
    if (map_.as_of.column.empty()) continue;
    const auto updated = statement.value(as_of_column, schemas::ValueType::kTimestamp);
    if (!updated) return changed("as-of: column `" + map_.as_of.column + "` holds something that is not a time");
    if (const auto* us = std::get_if<std::int64_t>(&*updated))
      if (!result.as_of || *us < result.as_of->us) result.as_of = Instant{*us};
  }
}

Result<std::optional<Instant>> SqliteSource::as_of_by_query() {
  if (!as_of_query_) {
    TRY_ASSIGN(Statement statement, database_->prepare(map_.as_of.query));
    if (statement.column_count() != 1) return changed("as-of: the query must give one column");
    as_of_query_ = std::move(statement);
  }
  const InUse in_use(*as_of_query_);
  TRY_ASSIGN(const bool found, as_of_query_->step());
  if (!found) return std::optional<Instant>();
  const auto value = as_of_query_->value(0, schemas::ValueType::kTimestamp);
  if (!value) return changed("as-of: the query gives something that is not a time");
  const auto* us = std::get_if<std::int64_t>(&*value);
  return us == nullptr ? std::optional<Instant>() : std::optional<Instant>(Instant{*us});
}

// Prepared once for each connection. A missing table is the owner's to make.
Result<Statement*> SqliteSource::on_outbox(std::optional<Statement>& kept, const std::string& sql) {
  if (auto status = follow_path(); !status) return fail(about(std::move(status).error()));
  database_->set_deadline(clock_.monotonic() + seconds(1));
  if (!kept) {
    auto prepared = database_->prepare(sql);
    if (!prepared && prepared.error().code == schemas::code::source_changed)
      return fail(about(schemas::error_of(schemas::code::source_changed,
                                          "there is no outbox: apply what `steelyard-adapter outbox` prints")));
    if (!prepared) return fail(about(std::move(prepared).error()));
    kept = std::move(*prepared);
  }
  return &*kept;
}

Result<std::vector<Change>> SqliteSource::changes_after(std::int64_t seq, std::size_t most) {
  TRY_ASSIGN(Statement * statement,
             on_outbox(changes_query_, std::string("SELECT seq, key FROM ") + kOutboxTable +
                                           " WHERE seq > ? AND dataset = ? ORDER BY seq LIMIT ?"));
  const InUse in_use(*statement);
  TRY(statement->bind(1, seq));
  TRY(statement->bind(2, map_.dataset.text));
  TRY(statement->bind(3, static_cast<std::int64_t>(most)));
  std::vector<Change> changes;
  for (;;) {
    TRY_ASSIGN(const bool more, statement->step());
    if (!more) return changes;
    TRY_ASSIGN(const schemas::Value at, statement->value(0, schemas::ValueType::kInt64));
    auto key = statement->value(1, map_.field(map_.key)->type);
    const auto* number = std::get_if<std::int64_t>(&at);
    if (!key || number == nullptr)
      return changed("the outbox holds a key that is not a " + std::string(name_of(map_.field(map_.key)->type)));
    changes.push_back({*number, std::move(*key)});
  }
}

Result<std::int64_t> SqliteSource::newest_change() {
  TRY_ASSIGN(Statement * statement,
             on_outbox(newest_query_, std::string("SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = '") +
                                          kOutboxTable + "'), MAX(seq), 0) FROM " + kOutboxTable));
  const InUse in_use(*statement);
  TRY(statement->step());
  TRY_ASSIGN(const schemas::Value newest, statement->value(0, schemas::ValueType::kInt64));
  const auto* number = std::get_if<std::int64_t>(&newest);
  return number == nullptr ? 0 : *number;
}

Status SqliteSource::trim(std::int64_t upto) {
  return map_.outbox_trim ? trim_outbox(map_.path, map_.dataset, upto) : Status{};
}

}  // namespace steelyard::adapters
