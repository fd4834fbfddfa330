// steelyard sign, submit: statements that travel between offices as files.
#include "cli/desk.h"
#include "cli/statement_file.h"
#include "cli/statement_text.h"
#include "cli/verbs.h"
#include "schemas/codec.h"

namespace steelyard::cli {
namespace {

struct Options {
  std::string home, file, role;
};

Status sign(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(exchange::StatementBytes statement, read_statement(options.file));
  TRY_ASSIGN(const schemas::Statement value, schemas::decode<schemas::Statement>(statement.document));
  TRY_ASSIGN(const Office office, read_office(options.home));
  TRY(sign_as(office, statement, options.role));
  TRY(write_statement(options.file, statement, true));
  TRY_ASSIGN(const auto signatures, schemas::decode<std::vector<schemas::StatementSignature>>(statement.signatures));
  json::Value shown = describe(value);
  shown.set("signatures", describe(signatures));
  print(terminal, shown);
  return {};
}

Status submit(Terminal& terminal, const Options& options) {
  TRY_ASSIGN(const exchange::StatementBytes statement, read_statement(options.file));
  TRY_ASSIGN(Session session, Session::connect(terminal, options.home));
  TRY_ASSIGN(const LogIndex index, session.submit(statement));
  return print_recorded(terminal, session.registry().suite(), statement, index);
}

}  // namespace

void register_sign(Command& root) {
  auto signing = std::make_shared<Options>();
  Command command = root.verb("sign", "shows a statement file and adds your office's signature",
                              "  steelyard sign tax.statement --home tax-office\n");
  command.required("file", signing->file, "statement file, changed in place");
  command.home(signing->home);
  command.option("--role", signing->role,
                 "the right in which you sign, where the statement does not tell: root-manager, member, owner, user, "
                 "manager, previous");
  command.runs([signing](Terminal& terminal) { return sign(terminal, *signing); });

  auto submitting = std::make_shared<Options>();
  Command second = root.verb("submit", "sends a signed statement file to the broker and waits for its entry",
                             "  steelyard submit tax.statement --home data-bureau-office\n");
  second.required("file", submitting->file, "statement file");
  second.home(submitting->home);
  second.runs([submitting](Terminal& terminal) { return submit(terminal, *submitting); });
}

}  // namespace steelyard::cli
