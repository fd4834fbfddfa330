#include "cli/statement_signing.h"

#include <algorithm>

#include "cli/statement_file.h"
#include "cli/statement_text.h"
#include "core/exchange/digest.h"
#include "schemas/codec.h"
#include "schemas/errors.h"

namespace steelyard::cli {

using schemas::Role;
using schemas::StatementKind;

Bytes draw_up(const exchange::Registry& registry, StatementKind kind, const std::string& subject,
              const MemberId& author, Role role, Instant now, schemas::StatementBody body) {
  const auto [version, previous] = registry.last_version(kind, subject);
  schemas::Statement statement;
  statement.head = {registry.network(), kind, subject, version + 1, previous, author, role, now};
  statement.body = std::move(body);
  return schemas::encode(statement);
}

std::vector<Role> roles_of(const schemas::Statement& statement, const MemberId& member) {
  std::vector<Role> roles;
  const auto add = [&roles](Role role) {
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
  };
  if (statement.head.author == member) add(statement.head.role);
  if (statement.head.kind == StatementKind::kMember && statement.head.subject == member.text) add(Role::kMember);
  if (const auto* application = std::get_if<schemas::Application>(&statement.body))
    if (application->member == member) add(Role::kMember);
  if (const auto* catalogue = std::get_if<schemas::Catalogue>(&statement.body))
    add(owner_of(catalogue->dataset) == member ? Role::kOwner : Role::kManager);
  if (roles.empty() && (statement.head.kind == StatementKind::kMember || statement.head.kind == StatementKind::kDuty ||
                        statement.head.kind == StatementKind::kVocabulary))
    add(Role::kRootManager);
  return roles;
}

Result<Role> role_named(const std::string& name) {
  for (const Role role :
       {Role::kRootManager, Role::kMember, Role::kOwner, Role::kUser, Role::kManager, Role::kPrevious, Role::kRecovery})
    if (schemas::name_of(role) == name) return role;
  return usage("unknown role `" + name + "`: root-manager, member, owner, user, manager, previous or recovery");
}

Status sign_as(const Office& office, exchange::StatementBytes& statement, const std::string& role) {
  TRY_ASSIGN(schemas::Statement value, schemas::decode<schemas::Statement>(statement.document));
  std::vector<Role> roles = roles_of(value, office.member);
  if (!role.empty()) {
    TRY_ASSIGN(const Role one, role_named(role));
    roles = {one};
  }
  if (roles.empty())
    return usage("`" + office.member.text + "` has no right of its own in this statement: name one with --role");
  for (const Role one : roles)
    TRY(exchange::add_signature(
        statement, exchange::sign_statement(suite_of(office.key), statement.document, one, office.member, office.key)));
  return {};
}

void Making::declare(Command& command) {
  command.home(home);
  command.option("--also-sign", also_sign, "folder of a further office on this machine that signs, too");
  command.option("--out", out, "write the statement to this file for others to sign, in place of submitting it");
}

Status finish_statement(Terminal& terminal, Session& session, const Making& making, const Office& office,
                        const Bytes& document) {
  exchange::StatementBytes statement{document, {}};
  TRY(sign_as(office, statement));
  for (const std::string& dir : making.also_sign) {
    TRY_ASSIGN(const Office further, read_office(dir));
    TRY_ASSIGN(const schemas::Statement value, schemas::decode<schemas::Statement>(document));
    // An agreement's change of state names nobody else's right, so a further office signs in the one that it has there.
    std::string role;
    if (const auto* state = std::get_if<schemas::AgreementState>(&value.body))
      if (const auto* agreement = session.registry().agreement(state->agreement);
          agreement != nullptr && agreement->terms() != nullptr)
        role = role_in(*agreement->terms(), further.member);
    TRY(sign_as(further, statement, role));
  }
  if (!making.out.empty()) {
    TRY(write_statement(making.out, statement));
    terminal.err << "others sign " << making.out << " with `steelyard sign`, then `steelyard submit`\n";
    return print_written(terminal, session.registry().suite(), statement, making.out);
  }
  TRY_ASSIGN(const LogIndex index, session.submit(statement));
  return print_recorded(terminal, session.registry().suite(), statement, index);
}

}  // namespace steelyard::cli
