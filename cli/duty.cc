// steelyard duty: registers what a member is charged with, and passes it on.
#include "cli/desk.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

struct Options {
  Making making;
  std::string id, holder, name_zh, name_en, source_zh, source_en;
};

Status add(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  if (auto good = check_name(options.holder); !good) return usage("--member: " + good.error().what);
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  schemas::Duty body{
      {options.name_zh, options.name_en}, {options.source_zh, options.source_en}, MemberId(options.holder)};
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kDuty, options.id,
                        schemas::Role::kRootManager, std::move(body));
}

// Nothing else changes; what stood on its holder the fold suspends, until it follows.
Status pass(Terminal& terminal, const Options& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  if (auto good = check_name(options.holder); !good) return usage("--to: " + good.error().what);
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  const auto* duty = desk.registry().duty(DutyId(options.id));
  if (duty == nullptr) return usage("there is no duty `" + options.id + "`");
  schemas::Duty body = duty->statement;
  if (body.holder.text == options.holder) return usage("`" + options.holder + "` holds it already");
  body.holder = MemberId(options.holder);
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kDuty, options.id,
                        schemas::Role::kRootManager, std::move(body));
}

}  // namespace

void register_duty(Command& root) {
  Command noun = root.verb("duty", "registers duties, and passes them on");
  auto options = std::make_shared<Options>();
  Command command = noun.verb("add", "registers a duty and the member that holds it",
                              "  steelyard duty add household-register --member civil-affairs --name-zh 户籍登记 \\\n"
                              "      --name-en \"Household register\" --source-zh 三定规定 --source-en \"Mandate\" "
                              "--home data-bureau-office\n");
  command.required("id", options->id, "the duty's id");
  command.required("--member", options->holder, "the member that holds it");
  command.required("--name-zh", options->name_zh, "its name in Chinese");
  command.required("--name-en", options->name_en, "its name in English");
  command.option("--source-zh", options->source_zh, "the document that it stands in, in Chinese");
  command.option("--source-en", options->source_en, "the same in English");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return add(terminal, *options); });

  auto passing = std::make_shared<Options>();
  Command passes = noun.verb("pass", "passes a duty to another member; agreements follow with their next version",
                             "  steelyard duty pass income-tax --to revenue --home data-bureau-office\n");
  passes.required("id", passing->id, "the duty's id");
  passes.required("--to", passing->holder, "the member that holds it from now on");
  passing->making.declare(passes);
  passes.runs([passing](Terminal& terminal) { return pass(terminal, *passing); });
}

}  // namespace steelyard::cli
