#include "cli/desk.h"

namespace steelyard::cli {

Result<Desk> open_desk(Terminal& terminal, const Making& making) {
  TRY_ASSIGN(Office office, read_office(making.home));
  for (const std::string& dir : making.also_sign) TRY(read_office(dir));
  if (!making.out.empty()) TRY(refuse_existing(making.out));
  TRY_ASSIGN(Session session, Session::connect(terminal, making.home));
  return Desk{std::move(office), std::move(session)};
}

Status make_statement(Terminal& terminal, Desk& desk, const Making& making, schemas::StatementKind kind,
                      const std::string& subject, schemas::Role role, schemas::StatementBody body) {
  const Bytes document =
      draw_up(desk.registry(), kind, subject, desk.office.member, role, terminal.clock.wall(), std::move(body));
  return finish_statement(terminal, desk.session, making, desk.office, document);
}

void declare_list(Command& noun, const std::string& what,
                  std::function<Table(const exchange::Registry&, Instant now)> table) {
  auto home = std::make_shared<std::string>();
  noun.verb("list", "lists " + what).home(*home).runs([home, table](Terminal& terminal) -> Status {
    TRY_ASSIGN(Session session, Session::connect(terminal, *home));
    print(terminal, table(session.registry(), terminal.clock.wall()));
    return {};
  });
}

void declare_show(
    Command& noun, const std::string& what,
    std::function<Result<json::Value>(const exchange::Registry&, const std::string& id, Instant now)> show) {
  struct Options {
    std::string home, id;
  };
  auto options = std::make_shared<Options>();
  Command command = noun.verb("show", "shows " + what);
  command.home(options->home).required("id", options->id, "its id");
  command.runs([options, show](Terminal& terminal) -> Status {
    TRY_ASSIGN(Session session, Session::connect(terminal, options->home));
    TRY_ASSIGN(const json::Value value, show(session.registry(), options->id, terminal.clock.wall()));
    print(terminal, value);
    return {};
  });
}

}  // namespace steelyard::cli
