// Desk: an office at work: its office key and its session with the broker.
//
// Threads: main's. Errors: those of Session and of the folder.
#pragma once

#include "cli/statement_signing.h"

namespace steelyard::cli {

struct Desk {
  Office office;
  Session session;
  const exchange::Registry& registry() const { return session.registry(); }
};
Result<Desk> open_desk(Terminal& terminal, const Making& making);

// Draws up, signs, submits or writes.
Status make_statement(Terminal& terminal, Desk& desk, const Making& making, schemas::StatementKind kind,
                      const std::string& subject, schemas::Role role, schemas::StatementBody body);

// `list` and `show` need no office, only a bound folder.
void declare_list(Command& noun, const std::string& what,
                  std::function<Table(const exchange::Registry&, Instant now)> table);
void declare_show(
    Command& noun, const std::string& what,
    std::function<Result<json::Value>(const exchange::Registry&, const std::string& id, Instant now)> show);

}  // namespace steelyard::cli
