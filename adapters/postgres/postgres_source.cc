#include "adapters/postgres/postgres_source.h"

#include <algorithm>

#include "adapters/sql_text.h"
#include "adapters/typed_value.h"
#include "schemas/errors.h"

namespace steelyard::adapters {
namespace {

namespace code = schemas::code;
using postgres::Output;
using schemas::Value;
using schemas::ValueType;

constexpr Duration kRollbackWithin = milliseconds(500);
constexpr std::int64_t kPausesPerAttempt = 4;

tl::unexpected<Error> changed(const std::string& what) { return fail(schemas::error_of(code::source_changed, what)); }

std::string column_list(const std::vector<Output>& outputs) {
  std::string list;
  for (const Output& output : outputs) list += (list.empty() ? "t." : ", t.") + quoted(output.column);
  return list;
}

}  // namespace

Result<std::unique_ptr<PostgresSource>> PostgresSource::make(DatasetMap map, const Clock& clock) {
  TRY_ASSIGN(PostgresAddress address, parse_postgres_url(map.url, map.passfile));
  std::unique_ptr<PostgresSource> source(new PostgresSource(std::move(map), std::move(address), clock));
  if (source->map_.limits.connections > 1) source->cancelling_ = std::make_shared<std::atomic<bool>>(false);
  return source;
}

Error PostgresSource::about(Error error) const { return std::move(error).in("dataset `" + map_.dataset.text + "`"); }

Result<ReadResult> PostgresSource::read(const ReadPlan& plan) {
  TRY(check_plan(map_, plan));
  const Duration until = clock_.monotonic() + plan.timeout;
  if (clock_.monotonic() >= until) return fail(about(schemas::error_of(code::source_timeout, "no time is left")));
  const bool kept = connection_ != nullptr;
  auto result = read_once(plan, until);
  // A server that was started anew ends the connections it had; that is no fault of the database as it is now.
  const bool lost = kept && connection_ == nullptr;
  if (!result && lost && result.error().code == code::owner_unavailable) result = read_once(plan, until);
  if (!result) return fail(about(std::move(result).error()));
  return result;
}

Result<ReadResult> PostgresSource::read_once(const ReadPlan& plan, Duration until) {
  TRY(connect(until));
  auto result = read_connected(plan, until);
  if (!connection_->usable()) connection_ = nullptr;
  return result;
}

Result<ReadResult> PostgresSource::read_connected(const ReadPlan& plan, Duration until) {
  const std::vector<Output> outputs = postgres::outputs_of(map_, plan);
  if (!looked_ || !refuse_changed(outputs)) {  // what was wrong may have been mended
    TRY(look_at_columns(until));
    TRY(refuse_changed(outputs));
  }
  auto result = read_in_transaction(plan, outputs, until);
  if (!connection_->usable()) return result;
  TRY(connection_->finish());
  if (connection_->usable() && connection_->in_transaction())
    TRY(connection_->run("ROLLBACK", clock_.monotonic() + kRollbackWithin));
  if (result || result.error().code != code::source_changed) return result;
  // The tables are not what they were: which columns are it?
  TRY(look_at_columns(until));
  TRY(refuse_changed(outputs));
  return result;
}

Status PostgresSource::connect(Duration until) {
  if (connection_ != nullptr) return {};
  const Duration began = clock_.monotonic();
  if (began < next_attempt_) return fail(schemas::error_of(code::owner_unavailable, why_away_));
  auto made = postgres::Connection::open(address_, {map_.schema, cancelling_}, clock_, until);
  const Duration took = clock_.monotonic() - began;
  if (!made) {
    next_attempt_ = began + Duration{took.us * (1 + kPausesPerAttempt)};
    why_away_ = made.error().what;
    return fail(std::move(made).error());
  }
  connection_ = std::move(*made);
  looked_ = false;
  return {};
}

// All in one go: the database is waited for once.
Status PostgresSource::send(postgres::Statement select, Duration until) {
  const std::int64_t left_ms = std::max<std::int64_t>((until - clock_.monotonic()).us / 1'000, 1);
  std::vector<postgres::Statement> statements;
  statements.push_back({"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}});
  statements.push_back({"SET LOCAL statement_timeout = " + std::to_string(left_ms), {}});
  // A table that is locked is waited for half of that, so that it is told from one that takes long.
  statements.push_back({"SET LOCAL lock_timeout = " + std::to_string(left_ms / 2 + 1), {}});
  const std::size_t before = statements.size();
  if (!map_.as_of.query.empty()) statements.push_back({map_.as_of.query, {}});
  statements.push_back(std::move(select));
  statements.push_back({"ROLLBACK", {}});
  TRY(connection_->send(statements, until));
  for (std::size_t i = 0; i < before; ++i) TRY(connection_->skip());
  return {};
}

Result<ReadResult> PostgresSource::read_in_transaction(const ReadPlan& plan, const std::vector<Output>& outputs,
                                                       Duration until) {
  ReadResult result;
  result.rows = empty_rows(map_, plan);
  // One row more than wanted tells whether there are more.
  TRY(send(postgres::select_of(map_, plan, outputs, types_, RowBudget(plan).rows_max() + 1), until));
  if (!map_.as_of.query.empty()) {
    TRY_ASSIGN(result.as_of, as_of_by_query());
  }
  TRY(collect(plan, outputs, result));
  return result;
}

Result<std::optional<Instant>> PostgresSource::as_of_by_query() {
  TRY_ASSIGN(const bool found, connection_->next());
  const bool one = connection_->column_count() == 1;
  std::optional<Value> value;
  if (found && one) value.emplace();
  const bool good = !value || connection_->is_null(0) ||
                    postgres::put_text(connection_->type(0), ValueType::kTimestamp, connection_->text(0), *value);
  if (found) TRY(connection_->skip());
  if (!one) return changed("as-of: the query must give one column");
  if (!good) return changed("as-of: the query gives something that is not a time");
  if (!value || is_null(*value)) return std::optional<Instant>();
  return std::optional<Instant>(Instant{std::get<std::int64_t>(*value)});
}

std::vector<Output> PostgresSource::mapped_columns() const {
  ReadPlan all;
  for (const MappedField& field : map_.fields) all.fields.push_back(field.name);
  return postgres::outputs_of(map_, all);
}

Status PostgresSource::probe(const std::string& columns, Duration until) {
  TRY(connection_->send({{"SELECT " + columns + " FROM " + postgres::from_clause(map_) + " LIMIT 0", {}}}, until));
  return connection_->finish();
}

Status PostgresSource::look_at_columns(Duration until) {
  looked_ = false;
  types_.clear();
  problems_.clear();
  const std::vector<Output> outputs = mapped_columns();
  const Status all = probe(column_list(outputs), until);
  if (!all) {
    if (all.error().code != code::source_changed) return all;
    return look_at_each_column(until);
  }
  for (std::size_t i = 0; i < outputs.size(); ++i)
    note_type(outputs[i].column, connection_->type(static_cast<int>(i)), outputs[i].type, outputs[i].name);
  looked_ = true;
  return {};
}

Status PostgresSource::look_at_each_column(Duration until) {
  // First the table itself: without it every field has changed, and saying so once is clearer.
  TRY(probe("1", until));
  for (const Output& output : mapped_columns()) {
    const Status found = probe("t." + quoted(output.column), until);
    if (found) {
      note_type(output.column, connection_->type(0), output.type, output.name);
      continue;
    }
    if (found.error().code != code::source_changed) return found;
    problems_[output.column] = output.name + ": column `" + output.column + "` " +
                               (connection_->missed_a_name() ? "is missing" : "cannot be read: " + found.error().what);
  }
  looked_ = true;
  return {};
}

void PostgresSource::note_type(const std::string& column, std::uint32_t type, ValueType wanted,
                               const std::string& name) {
  types_[column] = type;
  if (!postgres::admits(type, wanted))
    problems_[column] = name + ": column `" + column + "` is of type " + postgres::name_of_type(type) +
                        ", which cannot hold " + std::string(name_of(wanted)) + " exactly";
}

Status PostgresSource::refuse_changed(const std::vector<Output>& outputs) const {
  for (const Output& output : outputs) {
    const auto found = problems_.find(output.column);
    if (found != problems_.end()) return changed(found->second + ": correct the source or the map");
  }
  return {};
}

Status PostgresSource::check_types(const std::vector<Output>& outputs) const {
  for (std::size_t i = 0; i < outputs.size(); ++i)
    if (!postgres::admits(connection_->type(static_cast<int>(i)), outputs[i].type))
      return changed(outputs[i].name + ": column `" + outputs[i].column + "` is of another type than it was");
  return {};
}

Status PostgresSource::collect(const ReadPlan& plan, const std::vector<Output>& outputs, ReadResult& result) {
  RowBudget budget(plan);
  const std::size_t fields = plan.fields.size();
  std::vector<Value> row(outputs.size());
  for (bool first = true;; first = false) {
    TRY_ASSIGN(const bool more, connection_->next());
    if (first) TRY(check_types(outputs));
    if (!more) return {};
    std::size_t stored = 0;  // looked at first: a value that cannot fit is never copied
    for (std::size_t i = 0; i < fields; ++i)
      if (outputs[i].type == ValueType::kString || outputs[i].type == ValueType::kBytes)
        stored += connection_->text(static_cast<int>(i)).size() / (outputs[i].type == ValueType::kBytes ? 2 : 1);
    if (!budget.has_room(stored)) break;
    TRY(take_row(outputs, row));
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < fields; ++i) bytes += encoded_size(row[i]);
    if (!budget.has_room(bytes)) break;
    budget.take(bytes);
    for (std::size_t i = 0; i < fields; ++i) result.rows.columns[i].values.push_back(std::move(row[i]));
    ++result.rows.count;
    if (map_.as_of.column.empty()) continue;
    if (const auto* us = std::get_if<std::int64_t>(&row[fields]))
      if (!result.as_of || *us < result.as_of->us) result.as_of = Instant{*us};
  }
  result.capped = true;
  return {};
}

Status PostgresSource::take_row(const std::vector<Output>& outputs, std::vector<Value>& row) const {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const int column = static_cast<int>(i);
    row[i] = {};
    if (connection_->is_null(column)) continue;
    if (!postgres::put_text(connection_->type(column), outputs[i].type, connection_->text(column), row[i]))
      return changed(outputs[i].name + ": column `" + outputs[i].column + "` holds a value that is not a " +
                     std::string(name_of(outputs[i].type)));
  }
  return {};
}

}  // namespace steelyard::adapters
