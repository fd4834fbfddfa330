// Connection: the few calls of libpq that a read-only source needs, with a deadline on each and its errors as ours.
//
//   TRY(connection->send({{"BEGIN READ ONLY"}, {"SELECT a FROM t WHERE b = $1", {bound}}, {"ROLLBACK"}}, until));
//   TRY(connection->skip());
//   for (;;) { TRY_ASSIGN(const bool more, connection->next()); if (!more) break; ... connection->text(0) ... }
//   TRY(connection->finish());
//
// Statements that are sent together wait for the server once: libpq's pipeline mode. After one that fails the rest are
// not run, and a transaction that was begun among them is still to be rolled back.
// Nothing blocks past its deadline: connecting, writing and reading all wait in poll(2). Rows come one at a time
// (single-row mode), so memory is that of one row. The session is read-only by its own default as well as by each
// transaction, speaks UTF-8, ISO dates and UTC, and sees the schema that it was opened for and nothing of its own
// making. After a deadline, or when too much would have to be read past, the statement is cancelled by a thread of its
// own (PQcancel waits for the server as long as that likes) and the connection is not `usable` any more.
//
// Owns: the connection, the row at hand. Threads: one.
// Errors: owner_unavailable (away, locked, failing), source_timeout (deadline), source_changed (what the SQL names is
//   not there, not readable, or refuses a value), config (SQL that would write). They hold the server's words about SQL
//   and connections; where its words could quote a value, only the number of its error.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/postgres/address.h"
#include "adapters/postgres/types.h"
#include "core/base/time.h"

struct pg_conn;
struct pg_result;

namespace steelyard::adapters::postgres {

struct SessionOptions {
  std::string schema = "public";  // where unqualified names are looked for
  // Set while a thread cancels: one at a time for a source, however long its server takes. Null: never cancel, as that
  // takes a second connection for a moment.
  std::shared_ptr<std::atomic<bool>> cancelling;
};

class Connection {
 public:
  static Result<std::unique_ptr<Connection>> open(const PostgresAddress& address, const SessionOptions& options,
                                                  const Clock& clock, Duration until);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements without rows or parameters, separated by `;`: this program's own text only.
  Status run(const std::string& statements, Duration until);

  // Each exactly one statement. Rows of the first are then taken with next() until that is false, then those of the
  // next; where it fails all are over.
  Status send(const std::vector<Statement>& statements, Duration until);
  Result<bool> next();
  Status skip();    // what is left of the statement at hand
  Status finish();  // what is left of all

  // Of the row at hand, and of the last statement's description when its rows are over. Columns count from 0.
  int column_count() const;
  std::uint32_t type(int column) const;
  std::string name(int column) const;
  bool is_null(int column) const;
  std::string_view text(int column) const;  // until the next call of next()

  bool usable() const { return usable_; }
  bool in_transaction() const;  // also one that failed
  // Whether the last error says that a column or table is not there (as opposed to, say, not readable).
  bool missed_a_name() const { return state_ == "42703" || state_ == "42P01" || state_ == "3F000"; }
  int server_version() const;  // 150018

 private:
  struct Close {
    void operator()(pg_conn* connection) const;
  };
  struct Clear {
    void operator()(pg_result* result) const;
  };
  Connection(pg_conn* connection, const SessionOptions& options, const Clock& clock);
  Status connect(const std::string& shown, Duration until);
  Status set_up(const SessionOptions& options, Duration until);
  Status wait(short events);
  Status flush();
  Status receive();  // until libpq has a whole result
  Status leave();    // the statement at hand is over
  Error lost();      // of the connection itself
  Error refused();   // of the statement
  void abandon();

  std::unique_ptr<pg_conn, Close> connection_;
  std::unique_ptr<pg_result, Clear> result_;
  const Clock& clock_;
  Duration until_{};
  std::shared_ptr<std::atomic<bool>> cancelling_;
  bool active_ = false;    // statements whose results were not all taken
  std::size_t piped_ = 0;  // of them, in pipeline mode
  bool usable_ = true;
  std::uint32_t rows_since_look_ = 0;
  std::string state_;  // SQLSTATE of the last error
};

}  // namespace steelyard::adapters::postgres
