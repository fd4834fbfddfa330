// Statements on their way: drawn up, signed by one office after another, submitted, or left in a file for others.
//
// Threads: any. Errors: kFix, naming file or rule.
#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/folder.h"
#include "cli/session.h"
#include "core/exchange/registry.h"

namespace steelyard::cli {

// A document that extends the subject's last version in this registry.
Bytes draw_up(const exchange::Registry& registry, schemas::StatementKind kind, const std::string& subject,
              const MemberId& author, schemas::Role role, Instant now, schemas::StatementBody body);

// The rights in which this member signs that statement, as far as the statement itself tells.
std::vector<schemas::Role> roles_of(const schemas::Statement& statement, const MemberId& member);
// Adds this office's signature in each of its rights; `role` picks one. Fails where it has none.
Status sign_as(const Office& office, exchange::StatementBytes& statement, const std::string& role = "");

Result<schemas::Role> role_named(const std::string& name);

// What every verb that makes a statement can be told.
struct Making {
  std::string home;
  std::vector<std::string> also_sign;  // folders of further offices on this machine
  std::string out;                     // write a file in place of submitting

  void declare(Command& command);
};

// Signs with the home's office (in `role`) and with --also-sign's, then submits, or writes --out.
Status finish_statement(Terminal& terminal, Session& session, const Making& making, const Office& office,
                        const Bytes& document);

}  // namespace steelyard::cli
