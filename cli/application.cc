// steelyard application: registers a member's application.
#include "cli/desk.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

struct Options {
  Making making;
  std::string id, name_zh, name_en;
};

Status add(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  schemas::Application body{desk.office.member, {options.name_zh, options.name_en}};
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kApplication, options.id,
                        schemas::Role::kMember, std::move(body));
}

}  // namespace

void register_application(Command& root) {
  Command noun = root.verb("application", "registers applications");
  auto options = std::make_shared<Options>();
  Command command = noun.verb("add", "registers an application of your own",
                              "  steelyard application add tax-relief --name-zh 专项附加扣除 --name-en \"Tax relief\" "
                              "--home tax-office\n");
  command.required("id", options->id, "the application's id");
  command.required("--name-zh", options->name_zh, "its name in Chinese");
  command.required("--name-en", options->name_en, "its name in English");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return add(terminal, *options); });
}

}  // namespace steelyard::cli
