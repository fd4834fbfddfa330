#include "adapters/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "adapters/sql_text.h"
#include "core/base/check.h"
#include "core/base/os_reason.h"
#include "schemas/errors.h"

namespace steelyard::adapters::postgres {
namespace {

namespace code = schemas::code;

constexpr Duration kSessionTimeout = seconds(10);      // of any statement that sets none, and of an idle transaction
constexpr std::uint32_t kRowsBetweenClockReads = 256;  // rows that are there already are read without waiting
constexpr std::size_t kReadPastMax = 1024 * 1024;      // octets; beyond it a new connection is cheaper
constexpr int kPollMsMax = 1'000;                      // a clock that steps is looked at again

std::string one_line(const char* words) {
  std::string line = words == nullptr ? "" : words;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  std::replace(line.begin(), line.end(), '\n', ' ');
  return line;
}

// The server's own statement_timeout stands behind it, where nothing comes of this.
void cancel_apart(PGconn* connection, const std::shared_ptr<std::atomic<bool>>& cancelling) {
  if (cancelling == nullptr || cancelling->exchange(true)) return;
  PGcancel* request = PQgetCancel(connection);
  std::thread([request, cancelling] {
    char ignored[256];
    PQcancel(request, ignored, sizeof(ignored));
    PQfreeCancel(request);
    *cancelling = false;
  }).detach();
}

ErrorCode code_of(std::string_view state) {
  if (state == "57014") return code::source_timeout;  // query_canceled: statement_timeout
  if (state == "25006") return code::config;          // read_only_sql_transaction
  const std::string_view kind = state.substr(0, 2);
  const bool about_sql = kind == "42" || kind == "22" || kind == "0A" || kind == "3F" || kind == "2F" || kind == "38";
  return about_sql ? code::source_changed : code::owner_unavailable;
}

bool may_quote_a_value(std::string_view state) {
  const std::string_view kind = state.substr(0, 2);
  return !(kind == "42" || kind == "25" || kind == "57" || kind == "55" || kind == "53" || kind == "58" ||
           kind == "3F" || kind == "08");
}

}  // namespace

void Connection::Close::operator()(PGconn* connection) const { PQfinish(connection); }
void Connection::Clear::operator()(PGresult* result) const { PQclear(result); }

Connection::Connection(PGconn* connection, const SessionOptions& options, const Clock& clock)
    : connection_(connection), clock_(clock), cancelling_(options.cancelling) {}

Connection::~Connection() {
  if (active_) abandon();
}

Result<std::unique_ptr<Connection>> Connection::open(const PostgresAddress& address, const SessionOptions& options,
                                                     const Clock& clock, Duration until) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  for (const auto& [name, value] : address.parameters) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<Connection> made(
      new Connection(PQconnectStartParams(names.data(), values.data(), 0), options, clock));
  if (made->connection_ == nullptr) return fail(schemas::error_of(code::owner_unavailable, "no memory to connect"));
  TRY(made->connect(address.shown, until));
  TRY(made->set_up(options, until));
  return made;
}

Status Connection::connect(const std::string& shown, Duration until) {
  until_ = until;
  PGconn* connection = connection_.get();
  PostgresPollingStatusType wants = PGRES_POLLING_WRITING;
  while (PQstatus(connection) != CONNECTION_BAD && wants != PGRES_POLLING_OK && wants != PGRES_POLLING_FAILED) {
    if (const auto ready = wait(wants == PGRES_POLLING_READING ? POLLIN : POLLOUT); !ready)
      return fail(schemas::error_of(code::owner_unavailable, shown + " did not take the connection in time"));
    wants = PQconnectPoll(connection);
  }
  if (PQstatus(connection) == CONNECTION_OK) return {};
  return fail(schemas::error_of(code::owner_unavailable, shown + ": " + one_line(PQerrorMessage(connection))));
}

Status Connection::set_up(const SessionOptions& options, Duration until) {
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  if (PQsetnonblocking(connection_.get(), 1) != 0) return fail(lost());
  const std::string timeout = std::to_string(kSessionTimeout.us / 1'000);
  // Last in the search path come temporary tables, which would come first where they are not named.
  return run("SET default_transaction_read_only = on; SET statement_timeout = " + timeout +
                 "; SET lock_timeout = " + timeout + "; SET idle_in_transaction_session_timeout = " + timeout +
                 "; SET search_path = pg_catalog, " + quoted(options.schema) +
                 ", pg_temp; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; "
                 "SET DateStyle = 'ISO, YMD'; SET TimeZone = 'UTC'; SET bytea_output = 'hex'; "
                 "SET extra_float_digits = 1",
             until);
}

Status Connection::run(const std::string& statements, Duration until) {
  CHECK(!active_);
  until_ = until;
  if (PQsendQuery(connection_.get(), statements.c_str()) == 0) return fail(lost());
  active_ = true;
  TRY(flush());
  return finish();
}

Status Connection::send(const std::vector<Statement>& statements, Duration until) {
  CHECK(!active_ && !statements.empty());
  until_ = until;
  if (PQenterPipelineMode(connection_.get()) == 0) return fail(lost());
  for (const Statement& statement : statements) {
    const std::size_t count = statement.bound.size();
    std::vector<Oid> types(count);
    std::vector<const char*> values(count);
    std::vector<int> lengths(count);
    std::vector<int> formats(count);
    for (std::size_t i = 0; i < count; ++i) {
      const Bound& bound = statement.bound[i];
      types[i] = bound.type;
      values[i] = bound.octets.c_str();
      lengths[i] = static_cast<int>(bound.octets.size());
      formats[i] = bound.binary ? 1 : 0;
    }
    if (PQsendQueryParams(connection_.get(), statement.sql.c_str(), static_cast<int>(count), types.data(),
                          values.data(), lengths.data(), formats.data(), 0) == 0)
      return fail(lost());
  }
  if (PQpipelineSync(connection_.get()) == 0) return fail(lost());
  active_ = true;
  piped_ = statements.size();
  PQsetSingleRowMode(connection_.get());
  rows_since_look_ = 0;
  return flush();
}

Result<bool> Connection::next() {
  CHECK(active_);
  for (;;) {
    TRY(receive());
    PGresult* result = PQgetResult(connection_.get());
    if (result == nullptr) {  // result_ keeps the description of what is over
      TRY(leave());
      return false;
    }
    result_.reset(result);
    switch (PQresultStatus(result)) {
      case PGRES_SINGLE_TUPLE: return true;
      case PGRES_TUPLES_OK:
      case PGRES_COMMAND_OK:
      case PGRES_EMPTY_QUERY: break;
      case PGRES_FATAL_ERROR: return fail(refused());
      default:  // COPY and what else a map's SQL cannot mean
        abandon();
        return fail(schemas::error_of(code::config, "expected a SELECT"));
    }
  }
}

// The last one of a pipeline is followed by the server's word that it is ready again.
Status Connection::leave() {
  if (piped_ > 1) {
    --piped_;
    PQsetSingleRowMode(connection_.get());
    return {};
  }
  if (piped_ == 1) {
    TRY(receive());
    const std::unique_ptr<pg_result, Clear> ready(PQgetResult(connection_.get()));
    if (ready == nullptr || PQresultStatus(ready.get()) != PGRES_PIPELINE_SYNC ||
        PQexitPipelineMode(connection_.get()) == 0)
      return fail(lost());
    piped_ = 0;
  }
  active_ = false;
  return {};
}

Status Connection::skip() {
  std::size_t past = 0;
  for (;;) {
    TRY_ASSIGN(const bool more, next());
    if (!more) return {};
    for (int column = 0; column < column_count(); ++column) past += text(column).size();
    if (past <= kReadPastMax) continue;
    abandon();
    return {};
  }
}

Status Connection::finish() {
  while (active_) TRY(skip());
  return {};
}

int Connection::column_count() const { return PQnfields(result_.get()); }
std::uint32_t Connection::type(int column) const { return PQftype(result_.get(), column); }
std::string Connection::name(int column) const { return PQfname(result_.get(), column); }
bool Connection::is_null(int column) const { return PQgetisnull(result_.get(), 0, column) != 0; }
bool Connection::in_transaction() const { return PQtransactionStatus(connection_.get()) != PQTRANS_IDLE; }
int Connection::server_version() const { return PQserverVersion(connection_.get()); }

std::string_view Connection::text(int column) const {
  return {PQgetvalue(result_.get(), 0, column), static_cast<std::size_t>(PQgetlength(result_.get(), 0, column))};
}

Status Connection::wait(short events) {
  for (;;) {
    const Duration now = clock_.monotonic();
    if (now >= until_) {
      if (active_) abandon();
      return fail(schemas::error_of(code::source_timeout, "the statement ran past its deadline"));
    }
    pollfd socket{PQsocket(connection_.get()), events, 0};
    const std::int64_t left_ms = (until_ - now).us / 1'000 + 1;
    const int ready = ::poll(&socket, 1, static_cast<int>(std::min<std::int64_t>(left_ms, kPollMsMax)));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) {
      usable_ = false;
      return fail(schemas::error_of(code::owner_unavailable, "waiting for the database: " + os_reason(errno)));
    }
  }
}

// The server may send while we do: what comes is taken, else both could wait for each other.
Status Connection::flush() {
  for (;;) {
    const int left = PQflush(connection_.get());
    if (left < 0) return fail(lost());
    if (left == 0) return {};
    TRY(wait(POLLIN | POLLOUT));
    if (PQconsumeInput(connection_.get()) == 0) return fail(lost());
  }
}

Status Connection::receive() {
  if (++rows_since_look_ >= kRowsBetweenClockReads) {
    rows_since_look_ = 0;
    if (clock_.monotonic() >= until_) TRY(wait(POLLIN));
  }
  while (PQisBusy(connection_.get()) != 0) {
    TRY(wait(POLLIN));
    if (PQconsumeInput(connection_.get()) == 0) return fail(lost());
  }
  return {};
}

Error Connection::lost() {
  usable_ = false;
  active_ = false;
  state_.clear();
  return schemas::error_of(code::owner_unavailable, one_line(PQerrorMessage(connection_.get())));
}

Error Connection::refused() {
  const char* field = PQresultErrorField(result_.get(), PG_DIAG_SQLSTATE);
  if (field == nullptr) return lost();  // libpq's own words: the connection broke
  state_ = field;
  const std::string words = may_quote_a_value(state_)
                                ? "the database says " + state_
                                : one_line(PQresultErrorField(result_.get(), PG_DIAG_MESSAGE_PRIMARY));
  const std::string state = state_;
  while (active_) {  // up to the server's word that it is ready again
    if (auto received = receive(); !received) break;
    result_.reset(PQgetResult(connection_.get()));
    const bool over =
        piped_ == 0 ? result_ == nullptr : result_ != nullptr && PQresultStatus(result_.get()) == PGRES_PIPELINE_SYNC;
    if (!over) continue;
    if (piped_ > 0 && PQexitPipelineMode(connection_.get()) == 0) usable_ = false;
    active_ = false;
    piped_ = 0;
  }
  if (PQstatus(connection_.get()) != CONNECTION_OK) usable_ = false;
  return schemas::error_of(code_of(state), words);
}

void Connection::abandon() {
  cancel_apart(connection_.get(), cancelling_);
  usable_ = false;
  active_ = false;
}

}  // namespace steelyard::adapters::postgres
